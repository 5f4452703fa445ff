#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The technician's self-test and the readiness report on paper, in Vietnamese and in English. Usage: report.py arm64|amd64"""

import sys
import time

from device import Device, MENU_BACK, MENU_LANGUAGE, MENU_REPORT, MENU_SELF_TEST
from machine import Failed, say, scenario

arch = sys.argv[1]
# Below "The report is printed".
UNDERSTOOD = (0.5, 0.748)
with scenario():
    device = Device(arch, "report")
    machine = device.start("report")
    machine.wait_for_screen(600)
    device.take_number(machine)
    device.technician(machine)
    for lang in ("vi", "en"):
        machine.tap(*MENU_SELF_TEST)
        time.sleep(25)
        machine.picture(f"self-test-{lang}")
        machine.tap(*MENU_BACK)
        time.sleep(3)
        before = len(device.printer.slips())
        machine.tap(*MENU_REPORT)
        machine.wait_for("the report", lambda: len(device.printer.slips()) > before, 60)
        say(f"the report in `{lang}`: {device.printer.slips()[-1]}")
        time.sleep(5)
        machine.picture(f"printed-{lang}")
        machine.tap(*UNDERSTOOD)
        time.sleep(3)
        machine.tap(*MENU_LANGUAGE)
        time.sleep(3)
    if len(device.printer.slips()) != 3:
        raise Failed("not one ticket and two reports came out of the printer")
    say(f"{arch}: report: passed")
