#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The plug is pulled at many points of an update from a stick, from the technician's yes to the new system being kept: at each, the machine is held, its
disk is copied as it is at that moment, and another machine is started from the copy. It must come to its home screen with every number, in whichever
slot. Then the first one goes on. Usage: cuts.py arm64|amd64 [POINTS] [SECONDS BETWEEN]"""

import subprocess
import sys
import time

from device import Device, updates_of
from machine import Disk, Failed, say, scenario

arch = sys.argv[1]
points = int(sys.argv[2]) if len(sys.argv) > 2 else 20
between = float(sys.argv[3]) if len(sys.argv) > 3 else 12


def cut(device, machine, number, before):
    """What a device does whose plug is pulled now: the slot that it comes to, as the boot loader counts."""
    machine.qmp("stop")
    path = device.dir / "cut.img"
    path.unlink(missing_ok=True)
    subprocess.run(["cp", "--sparse=always", device.disk.path, path], check=True)
    held, device.disk = device.disk, Disk.at(path)
    try:
        copy = device.start(f"cut-{number}", reboots=True)
        seconds = copy.wait_for_screen(1500)
        copy.kill()
        if not before <= device.tickets():
            raise Failed(f"cut {number}: numbers are missing")
        return device.slot(), seconds
    finally:
        device.disk = held
        path.unlink(missing_ok=True)
        machine.qmp("cont")


with scenario():
    updates = updates_of(arch)
    device = Device(arch, "cuts")
    machine = device.start("updated", reboots=True)
    machine.wait_for_screen(600)
    device.take_number(machine)
    before = device.printed()
    device.choose_update(machine, "good", updates / "good.raucb")
    begun = time.monotonic()
    spent = 0
    for number in range(1, points + 1):
        time.sleep(between)
        moment = time.monotonic() - begun - spent
        held = time.monotonic()
        slot, seconds = cut(device, machine, number, before)
        spent += time.monotonic() - held
        say(f"{arch}: cut {number} of {points}, {moment:.0f} s after the yes: slot {slot} after {seconds:.0f} s")
    machine.wait_for_screen(1500)
    time.sleep(150)
    machine.kill()
    state = device.boot_state_now()
    if state["ORDER"] != "B A" or state["B_OK"] != "1" or not before <= device.tickets():
        raise Failed(f"the update that went on is not kept: {state}")
    say(f"{arch}: cuts: {points} cuts of one update, which was kept in the end: passed")
