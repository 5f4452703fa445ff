#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The image on a USB disk: the system is not shut out by its own rules, neither at the start nor when the technician's menu, which lets sticks in, is left;
a stick is let in beside it. Usage: usbdisk.py arm64|amd64"""

import sys
import time

from device import Device, MENU_BACK, MENU_LEAVE, MENU_UPDATE
from machine import Failed, say, scenario

arch = sys.argv[1]
# Right of "Leave the menu?".
YES_LEAVE = (0.713, 0.747)
with scenario():
    device = Device(arch, "usbdisk")
    machine = device.start("usb", usb_disk=True)
    machine.wait_for_screen(600)
    device.take_number(machine)
    machine.picture("number")
    stick = device.stick("stick", {"motcua-9.9.9.raucb": b"not an update"})
    device.technician(machine)
    machine.plug_stick(stick)
    time.sleep(20)
    machine.tap(*MENU_UPDATE)
    time.sleep(25)
    machine.picture("stick")
    machine.tap(*MENU_BACK)
    time.sleep(3)
    machine.tap(*MENU_LEAVE)
    time.sleep(3)
    machine.tap(*YES_LEAVE)
    time.sleep(20)
    machine.wait_for_screen(300)
    device.take_number(machine)
    machine.picture("number-after")
    machine.power_off()
    if len(device.printed()) != 2 or not device.printed() <= device.tickets():
        raise Failed("a number is missing")
    say(f"{arch}: usbdisk: passed")
