#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How much a day at work writes to the card: what the disk of the virtual machine was given while nobody is there, and while numbers are taken one by
one, farther apart than the file system's commits. A kiosk with its hub in it, so both databases, the log and the clock. Usage: wear.py arm64|amd64
[NUMBERS] [IDLE SECONDS]"""

import sys
import time

from device import DONE, Device
from machine import Failed, say, scenario

arch = sys.argv[1]
numbers = int(sys.argv[2]) if len(sys.argv) > 2 else 30
idle_s = int(sys.argv[3]) if len(sys.argv) > 3 else 600
A_DAY = 1000


def written(machine):
    """Bytes and requests of writing so far, as the disk saw them."""
    stats = next(b["stats"] for b in machine.qmp("query-blockstats") if b.get("device") == "disk")
    return stats["wr_bytes"], stats["wr_operations"]


with scenario():
    device = Device(arch, "wear")
    machine = device.start("wear")
    machine.wait_for_screen(600)
    device.take_number(machine)
    machine.tap(*DONE)
    # The first start's own work: the data partition grows, keys are made.
    time.sleep(180)
    before = written(machine)
    time.sleep(idle_s)
    after = written(machine)
    idle = (after[0] - before[0]) / idle_s
    say(f"{arch}: idle: {idle:.0f} bytes a second in {after[1] - before[1]} writes over {idle_s} s")
    began = time.monotonic()
    for _ in range(numbers):
        device.take_number(machine)
        machine.tap(*DONE)
        time.sleep(6)
    time.sleep(40)
    end, spent = written(machine), time.monotonic() - began
    each = (end[0] - after[0] - idle * spent) / numbers
    if len(device.printer.slips()) < numbers:
        raise Failed("not every number came out of the printer")
    day = idle * 86_400 + A_DAY * each
    say(f"{arch}: {each / 1000:.0f} kB for each number ({(end[1] - after[1]) / numbers:.1f} writes); {A_DAY} numbers and 24 hours: {day / 1e6:.0f} MB a day")
