#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An update from the central: central and hub run on this machine, the kiosk in the virtual one. `software add` and a rollout at the central, one fetch
by the hub, then the device streams from its hub under its own certificate, restarts, proves itself and reports the version.
Usage: fleet.py arm64|amd64"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from device import Device, HERE, updates_of
from machine import Failed, free_port, ROOT, say, scenario, start

arch = sys.argv[1]
programs = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"


def ran(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, words[:3]))}: {done.stderr.strip()}")
    return done.stdout


class Fleet:
    """A central and the hub of one hall."""

    def __init__(self, directory):
        self.central_data, self.hub_data = directory / "central", directory / "hub"
        self.hub_data.mkdir()
        devices, pages, console, hub_devices = (free_port() for _ in range(4))
        log = open(directory / "central.log", "wb")
        start([programs / "motcua-central", "serve", "--data", self.central_data, "--listen", f"127.0.0.1:{pages}", "--devices", f"127.0.0.1:{devices}"],
                 stdout=log, stderr=log)
        time.sleep(5)
        ticket = self.central("ticket", "may-ao.hub", "--url", f"https://localhost:{devices}").split()[0]
        self.central("config", "set", "may-ao", HERE / "hall.toml", "--note", "new")
        ran(programs / "motcua", "enrol", "--data", self.hub_data, ticket)
        log = open(directory / "hub.log", "wb")
        start([programs / "motcua", "hub", "--data", self.hub_data, "--hall", HERE / "hall.toml", "--listen", f"127.0.0.1:{console}",
                  "--devices", f"0.0.0.0:{hub_devices}"], stdout=log, stderr=log)
        time.sleep(5)
        self.kiosk_ticket = ran(programs / "motcua", "device", "add", "kiosk-1", "--data", self.hub_data).split()[0]
        self.hub_url = re.search(r"u=(https://[^&]+)", self.kiosk_ticket)[1]

    def central(self, *words):
        return ran(programs / "motcua-central", *words, "--data", self.central_data)


with scenario():
    updates = updates_of(arch)
    device = Device(arch, "fleet", settings=None)
    fleet = Fleet(device.dir)
    device.disk.put("motcua.toml", f"""role = "kiosk"
name = "kiosk-1"
hub = "{fleet.hub_url}"
[enrolment]
ticket = "{fleet.kiosk_ticket}"
[printer]
url = "serial:/dev/ttyUSB0?baud=115200"
profile = "epson-tm"
[technician]
pin = "714905"
[updates]
window = "00:00-23:59"
""")
    machine = device.start("first", reboots=True, network="open")
    machine.wait_for_screen(600)
    say(f"{arch}: the kiosk is enrolled and knows its hall")
    file = device.dir / f"motcua-0.2.0-{arch}.raucb"
    shutil.copy(updates / "good.raucb", file)
    fleet.central("software", "add", file)
    change = device.dir / "change.toml"
    change.write_text('[software]\nversion = "0.2.0"\n')
    fleet.central("rollout", "start", change, "--sites", "may-ao", "--note", "0.2.0")
    machine.wait_for("the restart into the new version", lambda: machine.share_of((0x0B, 0x5D, 0x5B)) < 0.01, 1800)
    machine.wait_for_screen(900)
    machine.wait_for("the end of the rollout", lambda: "done" in fleet.central("rollout", "list"), 900)
    say(f"{arch}: the central's rollout is done: {fleet.central('rollout', 'list').strip()}")
    machine.picture("home")
    device.take_number(machine)
    machine.kill()
    state = device.boot_state_now()
    if state["ORDER"] != "B A" or state["B_OK"] != "1":
        raise Failed(f"the update is not kept: {state}")
    say(f"{arch}: fleet: passed")
