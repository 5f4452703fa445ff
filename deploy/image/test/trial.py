#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The technician's test mode: numbers on real paper that say they are worth nothing, and afterwards the real series goes on without a gap.
Usage: trial.py arm64|amd64"""

import sys
import time

from device import Device, MENU_LEAVE, MENU_TRIAL
from machine import Failed, say, scenario

arch = sys.argv[1]
# The strip above every page of the test mode, in parts of the screen.
STRIP = 0.037
YES = (0.714, 0.747)
with scenario():
    device = Device(arch, "trial")
    machine = device.start("trial")
    machine.wait_for_screen(600)
    device.take_number(machine)
    device.technician(machine)
    machine.tap(*MENU_TRIAL)
    time.sleep(4)
    machine.picture("asked")
    machine.tap(*YES)
    time.sleep(5)
    machine.wait_for_screen(300)
    machine.picture("home")
    for _ in range(2):
        device.take_number(machine)
        time.sleep(25)
    machine.picture("number")
    say(f"paper of the test mode: {device.printer.slips()[-1]}")
    device.technician(machine, below=STRIP)
    machine.picture("menu-again")
    machine.tap(*MENU_LEAVE)
    time.sleep(4)
    machine.tap(*YES)
    machine.wait_for_screen(300)
    device.take_number(machine)
    machine.kill()
    held = device.tickets()
    if held != {"A001", "A002"}:
        raise Failed(f"the real database holds {sorted(held)}")
    say(f"{arch}: trial: {len(device.printer.slips())} papers, two real numbers: passed")
