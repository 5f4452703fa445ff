#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The image from the first start to a ticket: settings on the boot partition, the firmware's way, the home screen, three touches, paper. Prints times,
memory and sizes. Usage: boot.py arm64|amd64"""

import sys

from machine import Failed, say, scenario
from device import Device

arch = sys.argv[1]
with scenario():
    device = Device(arch, "boot")
    machine = device.start("first")
    seconds = machine.wait_for_screen(600)
    machine.picture("home")
    say(f"{arch}: first start to usable screen {seconds:.0f} s")
    if device.disk.get("motcua.toml") is not None:
        raise Failed("the settings with their secrets are still on the boot partition")
    if device.disk.get("hall.toml") is not None:
        raise Failed("the hall is still on the boot partition, and would go before what its manager changes")
    device.take_number(machine)
    slip = device.printer.slips()[-1]
    say(f"a ticket of {len(device.printer.bytes())} bytes came out of the printer: {slip}")
    machine.picture("number")
    device.tell_memory(machine)
    machine.power_off()
    machine = device.start("second")
    say(f"{arch}: later start to usable screen {machine.wait_for_screen(600):.0f} s")
    device.take_number(machine)
    machine.kill()
    device.tell_sizes()
    say(f"{arch}: passed")
