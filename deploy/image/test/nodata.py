#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A card whose data partition is gone: the device says so on its screen instead of staying black, and serves again when the partition is repaired, here by
putting the old bytes back. Usage: nodata.py arm64|amd64"""

import sys

from device import Device
from machine import Failed, MIB, say, scenario

arch = sys.argv[1]
FAULT = (0x14, 0x21, 0x3D)  # the head of a page that tells a fault
with scenario():
    device = Device(arch, "nodata")
    machine = device.start("whole")
    machine.wait_for_screen(600)
    device.take_number(machine)
    machine.power_off()
    before = device.tickets()
    # Every group of blocks loses its head, so there is no spare description left to repair from.
    start, size = device.disk.partitions()[7]
    heads = range(start, start + size, 128 * MIB)
    kept = {}
    with open(device.disk.path, "r+b") as disk:
        for head in heads:
            disk.seek(head)
            kept[head] = disk.read(MIB)
            disk.seek(head)
            disk.write(bytes(len(kept[head])))
    machine = device.start("gone", reboots=True)
    machine.wait_for("a screen that says it", lambda: machine.share_of(FAULT) > 0.25, 900)
    machine.picture("said")
    machine.kill()
    with open(device.disk.path, "r+b") as disk:
        for head, data in kept.items():
            disk.seek(head)
            disk.write(data)
    device.boot_state(ORDER="A B", A_OK=1, B_OK=0, A_TRY=0, B_TRY=0)
    machine = device.start("back")
    machine.wait_for_screen(600)
    machine.kill()
    if not before <= device.tickets():
        raise Failed("numbers are missing")
    say(f"{arch}: nodata: passed")
