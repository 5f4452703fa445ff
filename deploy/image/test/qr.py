#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A card without settings, and a code with the text of a motcua.toml before a serial scanner: a wrong one is explained on the screen, the right one makes
the device serve, and it serves again after the next start. Usage: qr.py arm64|amd64"""

import socket
import sys
import time

from device import Device, SETTINGS
from machine import Failed, free_port, say, scenario

arch = sys.argv[1]
GOOD = SETTINGS + '[hall]\nname = "Phường Ngô Quyền"\n'
WRONG = GOOD.replace('"kiosk"', '"kisok"', 1)
TEAL, FAULT = (0x0B, 0x5D, 0x5B), (0x14, 0x21, 0x3D)


class Scanner:
    """A scanner whose code has several lines, on a USB serial line."""

    def __init__(self):
        self.port = free_port()
        self.words = ["-chardev", f"socket,id=scanner,host=127.0.0.1,port={self.port},server=on,wait=off",
                      "-device", "usb-serial,chardev=scanner,serial=scanner,always-plugged=on,bus=usb.0,port=2"]
        self.line = None

    def show(self, text):
        self.line = self.line or socket.create_connection(("127.0.0.1", self.port), 10)
        self.line.sendall(text.replace("\n", "\r").encode())


def shown_until(machine, scanner, text, what, condition):
    """A person holds the code there until the device reacts."""
    for _ in range(8):
        scanner.show(text)
        end = time.monotonic() + 25
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(1)
    machine.picture("failed")
    raise Failed(f"{what} did not come, see {machine.dir}")


with scenario():
    device = Device(arch, "qr", settings=None)
    scanner = Scanner()
    machine = device.start("blank", extra=scanner.words)
    machine.wait_for("the screen that waits for settings", lambda: machine.share_of(TEAL) > 0.15, 600)
    time.sleep(10)
    machine.picture("waits")
    shown_until(machine, scanner, WRONG, "what is wrong with the code", lambda: machine.share_of(FAULT) > 0.15)
    machine.picture("wrong")
    shown_until(machine, scanner, GOOD, "the end of the fault's page", lambda: machine.share_of(FAULT) < 0.05)

    def serves():
        try:
            return "faults" in device.health(machine)
        except OSError:
            return False

    machine.wait_for("the hub in the kiosk", serves, 300)
    time.sleep(15)
    machine.picture("serves")
    machine.power_off()
    scanner.line = None
    machine = device.start("later", extra=scanner.words)
    machine.wait_for("the hub after the next start", serves, 600)
    time.sleep(15)
    machine.picture("serves")
    machine.kill()
    kept = device.disk.mounted(7, lambda at: [p for p in at.rglob("*.toml") if "714905" in p.read_text("utf-8", "replace")])
    if kept:
        raise Failed(f"the PIN is kept in plain: {kept}")
    say(f"{arch}: qr: passed")
