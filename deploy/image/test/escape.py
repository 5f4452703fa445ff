#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Nobody gets out of the kiosk: a keyboard that is leant on while it starts, every key chord on a keyboard of the board and on one that is plugged in, storage that is plugged in, and a storm of
10^5 touches. Afterwards the same programs run as before and give numbers. Usage: escape.py arm64|amd64"""

import itertools
import random
import sys
import time

from device import Device
from machine import Failed, say, scenario

arch = sys.argv[1]
TOUCHES = 100_000
FUNCTION = [f"f{n}" for n in range(1, 13)]
PLAIN = ["esc", "ret", "tab", "delete", "backspace", "spc", "up", "down", "left", "right", "home", "end", "pgup", "pgdn", "insert", "sysrq", "pause", "menu",
         "meta_l", "power", "sleep", "wake", "num_lock", "caps_lock", "scroll_lock"]
LETTERS = list("abcdefghijklmnopqrstuvwxyz") + list("0123456789")
HOLDS = [(), ("ctrl",), ("alt",), ("shift",), ("meta_l",), ("ctrl", "alt"), ("ctrl", "shift"), ("ctrl", "alt", "shift"), ("alt", "sysrq"), ("ctrl", "meta_l"),
         ("alt", "shift"), ("alt_r",), ("ctrl_r", "alt")]


def chords():
    return [(*hold, key) for hold, key in itertools.product(HOLDS, FUNCTION + PLAIN + LETTERS) if key not in hold]


def press_all(machine, what):
    sent = 0
    for chord in chords():
        try:
            machine.key(*chord)
        except Failed:
            continue
        sent += 1
        if sent % 50 == 0:
            time.sleep(0.2)
    time.sleep(5)
    say(f"{what}: {sent} chords pressed")


def storm(machine):
    """Touches anywhere, short, long, sliding, up to five fingers; the seed makes it the same storm each time."""
    chance = random.Random(20261126)
    sent = 0

    def event(kind, finger, axis="x", value=0):
        return {"type": "mtt", "data": {"type": kind, "slot": finger, "tracking-id": finger if kind != "end" else -1, "axis": axis, "value": value}}
    while sent < TOUCHES:
        batch = []
        for finger in range(chance.randint(1, 5)):
            batch += [event("begin", finger)]
            for axis in ("x", "y"):
                batch.append(event("data", finger, axis, chance.randrange(32768)))
            for _ in range(chance.randrange(3)):
                batch += [event("update", finger), event("data", finger, chance.choice("xy"), chance.randrange(32768))]
            batch.append(event("end", finger))
        machine.qmp("input-send-event", events=batch)
        sent += len(batch)
        if chance.random() < 0.02:
            time.sleep(0.05)
    say(f"a storm of {sent} events of touch")


def lean_on(device):
    """Somebody leans on a keyboard while the device starts. Esc, F2 and Del are for the firmware of a PC, which its own password shuts
    (the guides, section 1); U-Boot has none."""
    machine = device.start("early", extra=["-device", "usb-kbd,id=early,bus=usb.0,port=2"])
    keys = [("ret",), ("spc",), ("c",), ("e",), ("ctrl", "c"), ("shift",), ("tab",)] + ([("esc",), ("f2",), ("delete",)] if arch == "arm64" else [])
    while machine.seconds() < 45:
        for chord in keys:
            machine.key(*chord)
            time.sleep(0.1)
    machine.wait_for_screen(600)
    if "any key" in machine.log():
        raise Failed("the boot loader waits for a key")
    machine.power_off()
    say("keys from the first second on: the device starts as ever")


with scenario():
    device = Device(arch, "escape")
    lean_on(device)
    machine = device.start("escape")
    machine.wait_for_screen(600)
    device.take_number(machine)
    before = device.health(machine)
    press_all(machine, "the board's keyboard" if arch == "amd64" else "no keyboard on the board")
    machine.picture("board-keyboard")
    machine.qmp("device_add", driver="usb-kbd", id="kbd", bus="usb.0", port="2")
    time.sleep(10)
    press_all(machine, "a keyboard plugged in")
    machine.picture("plugged-keyboard")
    stick = device.stick("stick", {"autorun.sh": b"#!/bin/sh\nreboot\n"})
    machine.plug_stick(stick)
    time.sleep(15)
    machine.picture("stick")
    storm(machine)
    time.sleep(90)
    machine.picture("after-the-storm")
    machine.wait_for_screen(300)
    device.take_number(machine)
    after = device.health(machine)
    if after["uptime_s"] < before["uptime_s"]:
        raise Failed("the hub was started anew: something crashed")
    if machine.log().count("Linux version") > 1:
        raise Failed("the device was restarted")
    machine.kill()
    # Once for each of the two starts.
    if device.kiosk_starts() > 2:
        raise Failed(f"the kiosk was started {device.kiosk_starts()} times: something crashed")
    say(f"{arch}: escape: passed")
