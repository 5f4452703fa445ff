#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Updates from a USB stick, by the technician's menu, as a technician does it: a forged one and one below the floor are refused; a good one is written,
started, proved and kept, with every number; a broken one comes back by itself. Usage: updates.py arm64|amd64"""

import sys
import time

from device import Device, updates_of
from machine import Failed, say, scenario

arch = sys.argv[1]

with scenario():
    updates = updates_of(arch)
    device = Device(arch, "updates")
    machine = device.start("first")
    machine.wait_for_screen(600)
    device.take_number(machine)
    for refused in ("forged", "old"):
        device.choose_update(machine, refused, updates / f"{refused}.raucb")
        # The message has one broad button.
        machine.wait_for("the refusal on the screen", lambda: machine.share_of((0x0B, 0x5D, 0x5B)) > 0.03, 60)
        machine.picture(f"{refused}-end")
        machine.kill()
        state = device.boot_state_now()
        if state["ORDER"] != "A B" or state["B_OK"] != "0":
            raise Failed(f"the {refused} update changed what is started: {state}")
        say(f"{arch}: the {refused} update is refused")
        machine = device.start(f"after-{refused}", reboots=True)
        machine.wait_for_screen(600)
    before = device.printed()
    device.choose_update(machine, "good", updates / "good.raucb")
    machine.wait_for("the restart", lambda: machine.share_of((0x14, 0x21, 0x3D)) < 0.01, 900)
    machine.wait_for_screen(900)
    time.sleep(120)
    machine.picture("good-home")
    machine.kill()
    state = device.boot_state_now()
    if state["ORDER"] != "B A" or state["B_OK"] != "1" or state["B_TRY"] != "0":
        raise Failed(f"the good update is not kept: {state}")
    if not before <= device.tickets():
        raise Failed("numbers are missing after the update")
    say(f"{arch}: the good update runs in slot B and is kept")
    machine = device.start("broken", reboots=True)
    machine.wait_for_screen(600)
    device.choose_update(machine, "broken", updates / "broken.raucb")
    time.sleep(120)
    machine.wait_for_screen(2400)
    machine.picture("broken-back")
    machine.kill()
    state = device.boot_state_now()
    if state["A_OK"] != "0" or state["B_OK"] != "1":
        raise Failed(f"the broken update is not given up: {state}")
    if not before <= device.tickets():
        raise Failed("numbers are missing after the return")
    say(f"{arch}: the broken update came back by itself")
    say(f"{arch}: updates: passed")
