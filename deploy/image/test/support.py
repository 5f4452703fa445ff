#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Support from afar: an ssh key in the settings lets its owner look, and nothing else; settings without one shut the door. Usage: support.py arm64|amd64"""

import json
import subprocess
import sys

from device import Device, HERE, SETTINGS
from machine import Failed, say, scenario

arch = sys.argv[1]

# What must not go: what it is, as a command.
REFUSED = {
    "the numbers": "cat /data/motcua/hall.db",
    "the settings with their secrets": "cat /data/device/device.toml",
    "the key of this device": "cat /data/motcua/kiosk/hub/identity.key.pem",
    "the steward": "test -w /run/motcua/steward.sock",
    "ending the kiosk": "systemctl stop motcua-kiosk.service",
    "switching off": "systemctl poweroff",
    "another account": "su - motcua -c id || sudo -n id",
    "writing to the system": "touch /etc/x",
    "writing to the data": "touch /data/x || touch /data/motcua/x",
    "a program of its own": "cp /usr/bin/id /tmp/id && /tmp/id",
    "the kernel's memory of its log": "dmesg",
}


class Support:
    """The one who has the key, on a machine of his own."""

    def __init__(self, directory):
        self.directory = directory
        self.key = directory / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.public = (directory / "key.pub").read_text().strip()

    def says(self, machine, command, user="support", key=None, options=()):
        """Exit status and all that is said; 255 where nobody is let in."""
        words = ["ssh", "-F", "none", "-i", key or self.key, "-p", str(machine.ssh), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                 "-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={self.directory / 'known'}", "-o", "ConnectTimeout=60",
                 *options, f"{user}@127.0.0.1", *([command] if command else [])]
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=180)
        return done.returncode, done.stdout + done.stderr


with scenario():
    device = Device(arch, "support", settings=None)
    support = Support(device.dir)
    device.disk.put("motcua.toml", SETTINGS + f'[support]\nssh_key = "{support.public}"\n')
    device.disk.put("hall.toml", (HERE / "hall.toml").read_text())
    machine = device.start("with-a-key")
    machine.wait_for_screen(600)
    machine.wait_for("the door of support", lambda: support.says(machine, "true")[0] == 0, 300)

    status, said = support.says(machine, "motcua doctor --json")
    report = json.loads(said[said.index("{"):])
    say(f"{arch}: doctor, as support sees it: " + ", ".join(f"{c['name']} {c['state']}" for c in report["checks"]))
    if report["device"] != "kiosk-1" or len(report["checks"]) < 10 or report["root_hash"] is None:
        raise Failed(f"the doctor's report is not of this device: {said}")
    status, said = support.says(machine, "motcua doctor")
    (device.dir / "doctor.txt").write_text(said)
    status, said = support.says(machine, "journalctl -q -u motcua-hub | grep set-up")
    if status != 0:
        raise Failed(f"the log does not say the set-up code: {said}")
    for unit in ("motcua-kiosk", "motcua-steward"):
        status, said = support.says(machine, f"journalctl -q -u {unit} | wc -l")
        if status != 0 or int(said.split()[-1]) < 3:
            raise Failed(f"the log of {unit} is not to be read: {said}")

    for what, command in REFUSED.items():
        status, said = support.says(machine, command)
        if status == 0:
            raise Failed(f"support got at {what}: {said}")
        say(f"{arch}: refused: {what}: {said.strip().splitlines()[-1] if said.strip() else status}")
    stranger = device.dir / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
    doors = {
        "root": support.says(machine, "id", user="root"),
        "motcua": support.says(machine, "id", user="motcua"),
        "a key that nobody gave": support.says(machine, "id", key=stranger),
        "a way through to other machines": support.says(machine, None, options=("-W", "127.0.0.1:8611")),
    }
    for what, (status, said) in doors.items():
        if status == 0 or "uid=" in said:
            raise Failed(f"the door is open for {what}: {said}")
    machine.power_off()

    device.disk.put("motcua.toml", SETTINGS)
    machine = device.start("without-a-key")
    machine.wait_for_screen(600)
    device.take_number(machine)
    status, said = support.says(machine, "id")
    if status != 255 or "uid=" in said:
        raise Failed(f"the door of support is still open: {said}")
    machine.kill()
    if device.printed() - device.tickets():
        raise Failed("a number is lost")
    say(f"{arch}: support: passed")
