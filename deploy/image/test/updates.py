#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Updates from a USB stick, by the technician's menu, as a technician does it: a forged one and one below the floor are refused; a good one is written,
started, proved and kept, with every number; a broken one comes back by itself. Usage: updates.py arm64|amd64"""

import sys
import time

from device import Device, MENU_UPDATE
from machine import Failed, WORK, say, stop_all, tool

arch = sys.argv[1]
updates = WORK / "test" / arch / "updates"
FIRST_ROW, CONFIRM = (0.5, 0.12), (0.72, 0.756)


def install(device, machine, name):
    stick = device.stick(name, {f"{name}.raucb": updates / f"{name}.raucb"}, mib=400)
    device.technician(machine)
    machine.plug_stick(stick)
    time.sleep(20)
    machine.tap(*MENU_UPDATE)
    time.sleep(8)
    machine.picture(f"{name}-list")
    machine.tap(*FIRST_ROW)
    time.sleep(4)
    machine.picture(f"{name}-asked")
    machine.tap(*CONFIRM)
    time.sleep(8)
    machine.picture(f"{name}-begun")


try:
    if not (updates / "good.raucb").exists():
        say("making the updates")
        tool("/src/deploy/image/test/variants.sh", arch)
    device = Device(arch, "updates")
    machine = device.start("first")
    machine.wait_for_screen(600)
    device.take_number(machine)
    for refused in ("forged", "old"):
        install(device, machine, refused)
        time.sleep(30)
        machine.picture(f"{refused}-end")
        machine.kill()
        state = device.boot_state_now()
        if state["ORDER"] != "A B" or state["B_OK"] != "0":
            raise Failed(f"the {refused} update changed what is started: {state}")
        say(f"{arch}: the {refused} update is refused")
        machine = device.start(f"after-{refused}", reboots=True)
        machine.wait_for_screen(600)
    before = device.printed()
    install(device, machine, "good")
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
    install(device, machine, "broken")
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
except Failed as fault:
    say(f"FAILED: {fault}")
    sys.exit(1)
finally:
    stop_all()
