#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The plug is pulled while numbers are given: QEMU is killed at a random moment, the database of the device is opened as the device would open it, and
every number that came out of the printer is in it. One machine is started, stopped while it gives numbers, and continued many times from there, so that
hundreds of cuts take minutes; every tenth cut is followed by a whole start. The printer is on a line of the board here, because QEMU cannot continue one
on USB. Usage: power.py amd64 [CUTS]"""

import random
import sys
import time

from device import DONE, Device, NO_PRIORITY, SERVICE, SETTINGS, TAKE
from machine import Failed, say, scenario

arch = sys.argv[1]
cuts = int(sys.argv[2]) if len(sys.argv) > 2 else 100
chance = random.Random(7)
with scenario():
    if arch != "amd64":
        raise Failed("only on amd64: QEMU's arm64 board has no second serial line")
    device = Device(arch, "power", settings=SETTINGS.replace("/dev/ttyUSB0", "/dev/ttyS1"))
    machine = device.start("first", board_printer=True)
    machine.wait_for_screen(600)
    device.take_number(machine)
    for place in (DONE, TAKE):
        machine.tap(*place)
        time.sleep(4)
    saved = machine.save("saved")
    started = seen = 0
    for cut in range(1, cuts + 1):
        disk = device.layer(saved, "cut")
        device.printer.restart()
        machine = device.resume("cut", saved, disk)
        # From the page of services: one number after the other, until the plug is pulled somewhere.
        moment = time.monotonic() + chance.uniform(2, 25)
        steps = [SERVICE, NO_PRIORITY, DONE, TAKE]
        at = 0
        while time.monotonic() < moment:
            machine.tap(*steps[at % 4], hold=0.1)
            at += 1
            time.sleep(min(2, max(0.05, moment - time.monotonic())))
        machine.kill()
        printed = device.printed()
        seen += len(printed)
        held = device.tickets(disk)
        missing = printed - held
        if missing:
            raise Failed(f"cut {cut}: printed and not in the database: {sorted(missing)}")
        if cut % 10 == 0:
            flat = device.flatten(disk)
            machine = device.start(f"again-{cut}", board_printer=True, disk=flat)
            machine.wait_for_screen(600)
            machine.kill()
            if not held <= device.tickets(flat):
                raise Failed(f"cut {cut}: after a whole start numbers are gone")
            started += 1
        if cut % 10 == 0:
            say(f"{cut} cuts: {seen} numbers printed in them, none lost; last: {len(printed)} printed, {len(held)} in the database")
    if seen < cuts // 2:
        raise Failed(f"only {seen} numbers were printed: this shows nothing")
    say(f"{arch}: power: {cuts} cuts among {seen} numbers on paper, {started} whole starts after them: passed")
