#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The root stays what it was built as: with both slots filled, one bit of the running one turned over is noticed, and the other slot starts, with the
data. Usage: slots.py arm64|amd64"""

import sys

from device import Device
from machine import Failed, MIB, say, scenario, WORK

arch = sys.argv[1]
with scenario():
    device = Device(arch, "slots")
    # As after an update: the same system in both slots.
    parts = WORK / arch / "parts"
    device.fill(3, (parts / "boot.vfat").read_bytes())
    device.fill(6, (parts / "system.img").read_bytes())
    device.boot_state(ORDER="A B", A_OK=1, B_OK=1, A_TRY=0, B_TRY=0)
    machine = device.start("whole")
    machine.wait_for_screen(600)
    device.take_number(machine)
    machine.power_off()
    before = device.tickets()
    size = (parts / "system.img").stat().st_size
    # What is never read does no harm, so the second damage is spread over all programs.
    for place, offsets in (("the head of the file system", [40]), ("every MiB of the system", range(MIB, size - MIB, MIB))):
        device.boot_state(ORDER="A B", A_OK=1, B_OK=1, A_TRY=0, B_TRY=0)
        device.disk.flip(5, offsets)
        machine = device.start(f"flipped-{len(offsets)}", reboots=True)
        try:
            machine.wait_for_screen(1500)
        finally:
            machine.picture("end")
        machine.kill()
        slot = device.slot()
        device.disk.flip(5, offsets)
        say(f"{arch}: a flipped bit in {place}: slot {slot} runs")
        if slot != "B":
            raise Failed("the damaged slot was started")
    if not before <= device.tickets():
        raise Failed("tickets are missing")
    say(f"{arch}: slots: passed")
