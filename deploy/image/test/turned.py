#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""One setting turns picture and touch: for each rotation, a panel that is mounted so, three touches where the buttons are drawn, and a ticket.
Usage: turned.py arm64|amd64 [ROTATION…]"""

import sys

from device import Device, SETTINGS
from machine import say, scenario

arch = sys.argv[1]
with scenario():
    for turned in [int(r) for r in sys.argv[2:]] or [90, 180, 270]:
        size = (1080, 1920) if turned == 180 else (1920, 1080)
        device = Device(arch, f"turned-{turned}", settings=SETTINGS.replace("[printer]", f"[screen]\nrotation = {turned}\n[printer]"))
        machine = device.start("turned", size=size, turned=turned)
        machine.wait_for_screen(600)
        machine.picture("home")
        device.take_number(machine)
        machine.picture("number")
        machine.kill()
        device.printer.stop()
        say(f"{arch}: {turned} degrees on a panel of {size[0]}x{size[1]}: a ticket")
    say(f"{arch}: turned: passed")
