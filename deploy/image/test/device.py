# SPDX-License-Identifier: MIT OR Apache-2.0
"""A kiosk with its hub in it, as the scenarios use it: the disk from the image, the settings a technician would bring, the printer, the touches of a
citizen, and what can be asked over the hall's network."""

import json
import shutil
import time

from machine import Disk, Failed, Machine, Printer, WORK, image_of, say

HERE = __import__("pathlib").Path(__file__).resolve().parent

SETTINGS = """role = "kiosk"
name = "kiosk-1"
hub = "here"
[network]
address = "10.0.2.15/24"
gateway = "10.0.2.2"
[printer]
url = "serial:/dev/ttyUSB0?baud=115200"
profile = "epson-tm"
[technician]
pin = "714905"
"""

# Where a citizen touches, in parts of a 1080x1920 screen: take a number, the first service, none of the priorities, done.
TAKE, SERVICE, NO_PRIORITY, DONE = (0.5, 0.588), (0.28, 0.395), (0.72, 0.872), (0.78, 0.858)


class Device:
    def __init__(self, arch, scenario, settings=SETTINGS, gib=4):
        self.arch = arch
        self.dir = WORK / "test" / arch / scenario
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        self.image = image_of(arch)
        self.disk = Disk(self.image, self.dir / "disk.img", gib)
        if settings:
            self.disk.put("motcua.toml", settings)
            self.disk.put("hall.toml", (HERE / "hall.toml").read_text())
        self.printer = Printer(self.dir / "paper")

    def start(self, name, **options):
        return Machine(self.arch, self.disk, name, printer=self.printer, **options)

    def take_number(self, machine, limit=90):
        """A citizen takes a number; comes back when the paper is cut."""
        before = len(self.printer.slips())
        for place in (TAKE, SERVICE, NO_PRIORITY):
            machine.tap(*place)
            time.sleep(3)
        machine.wait_for("the ticket", lambda: len(self.printer.slips()) > before, limit)
        time.sleep(1)

    def tell_memory(self, machine):
        """The guest's own balloon tells nothing; the hub says how much it takes, the monitor what the whole guest touched."""
        try:
            health = json.loads(machine.http("/v1/health"))
            say(f"{self.arch}: the hub says {json.dumps(health)[:300]}")
        except OSError as fault:
            raise Failed(f"the hub does not answer over the network: {fault}") from fault

    def tell_sizes(self):
        packed = WORK.parents[1] / "dist" / (self.image.name + ".zst")
        if packed.exists():
            say(f"{self.arch}: image {packed.stat().st_size / 1e6:.0f} MB packed, {self.image.stat().st_size / 1e6:.0f} MB on the card")
