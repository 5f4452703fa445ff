# SPDX-License-Identifier: MIT OR Apache-2.0
"""A kiosk with its hub in it, as the scenarios use it: the disk from the image, the settings a technician would bring, the printer, the touches of a
citizen, and what can be asked over the hall's network."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import urllib.error

from machine import Disk, Failed, Layer, Machine, Printer, WORK, image_of, say, there, tool

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


# The technician's way in: the corners of the dark panel, the pad that then appears, the places of the menu (docs/technician.md).
CORNER, OTHER_CORNER = (0.045, 0.025), (0.955, 0.025)
PAD_X, PAD_Y = (0.311, 0.5, 0.689), (0.6, 0.675, 0.75, 0.8245)
PAD = {str(n): (PAD_X[(n - 1) % 3], PAD_Y[(n - 1) // 3]) for n in range(1, 10)} | {"0": (PAD_X[1], PAD_Y[3]), "open": (PAD_X[2], PAD_Y[3])}
MENU_SELF_TEST, MENU_REPORT, MENU_TRIAL = (0.267, 0.149), (0.733, 0.149), (0.733, 0.278)
MENU_UPDATE, MENU_LANGUAGE, MENU_LEAVE, FIRST_ROW, MENU_BACK = (0.267, 0.538), (0.733, 0.798), (0.267, 0.93), (0.856, 0.124), (0.14, 0.955)


def updates_of(arch):
    """The directory of the updates for the scenarios, made anew where the image is newer."""
    made = WORK / "test" / arch / "bundles"
    bundles = [made / f"{name}.raucb" for name in ("good", "broken", "old", "forged")]
    image = image_of(arch).stat().st_mtime
    if any(not b.exists() or b.stat().st_mtime < image for b in bundles):
        say("making the updates")
        tool("/src/deploy/image/test/variants.sh", arch)
    return made


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
        if os.environ.get("MOTCUA_IMAGE_TALK"):
            self.disk.talk()
        self.printer = Printer(self.dir / "paper")

    def start(self, name, disk=None, **options):
        return Machine(self.arch, disk or self.disk, name, printer=self.printer, **options)

    def fill(self, number, data):
        """Writes a partition from its beginning."""
        start, size = self.disk.partitions()[number]
        if len(data) > size:
            raise Failed(f"partition {number} is too small")
        with open(self.disk.path, "r+b") as disk:
            disk.seek(start)
            disk.write(data)

    def boot_state(self, **values):
        """The boot loader's variables, as /usr/lib/motcua/boot-state writes them."""
        text = "# GRUB Environment Block\n" + "".join(f"{k}={v}\n" for k, v in values.items())
        self.disk.put("motcua/grubenv", text + "#" * (1024 - len(text)))

    def boot_state_now(self):
        lines = self.disk.get("motcua/grubenv").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def tickets(self, disk=None):
        """Labels of every number in the hub's database and in the kiosk's own one, which it gives numbers from while it does not reach its hub, after
        the file system and the databases have recovered as on the device."""
        def held(name):
            if not name.exists():
                return set()
            with tempfile.TemporaryDirectory() as copy:
                for file in name.parent.glob("hall.db*"):
                    shutil.copy(file, copy)
                db = sqlite3.connect(f"{copy}/hall.db")
                good = db.execute("PRAGMA integrity_check").fetchone()[0]
                if good != "ok":
                    raise Failed(f"the database {name} is damaged: {good}")
                rows = db.execute("SELECT series, number FROM tickets").fetchall()
                db.close()
                labels = [f"{series}{'-' if len(series) > 1 else ''}{number:03}" for series, number in rows]
                if len(labels) != len(set(labels)):
                    raise Failed("a number is there twice")
                return set(labels)
        return (disk or self.disk).mounted(7, lambda at: held(at / "motcua/hall.db") | held(at / "motcua/kiosk/own/hall.db"))

    def printed(self):
        """Labels of what came out of the printer, by the QR code on the paper."""
        labels = set()
        for slip in self.printer.slips():
            read = subprocess.run(["zbarimg", "-q", "--raw", slip], capture_output=True, text=True)
            labels |= {line.split("/")[0] for line in read.stdout.splitlines() if line.strip()}
        return labels

    def health(self, machine):
        try:
            return json.loads(machine.http("/v1/health"))
        except urllib.error.HTTPError as answer:
            return json.loads(answer.read())

    def slot(self):
        """Which slot ran last: a slot that was given up stands at three tries."""
        state = self.boot_state_now()
        first, second = state["ORDER"].split()
        return second if state[f"{first}_TRY"] == "3" or state[f"{first}_OK"] != "1" else first

    def kiosk_starts(self):
        """How often the kiosk was started, by the log that the device keeps."""
        log = self.disk.mounted(7, lambda at: "".join(p.read_text("utf-8", "replace") for p in (at / "system/log").glob("*.log")))
        return log.count("Starting motcua-kiosk.service")

    def stick(self, name, files, mib=64):
        """A USB stick with files on it."""
        path = self.dir / f"{name}.stick"
        path.unlink(missing_ok=True)
        with open(path, "wb") as file:
            file.truncate(mib << 20)
        tool("mkfs.vfat", "-F", "32", "-n", "STICK", there(path))
        for file, data in files.items():
            if isinstance(data, bytes):
                tool("mcopy", "-i", there(path), "-", f"::{file}", input=data)
            else:
                tool("mcopy", "-i", there(path), there(data), f"::{file}")
        return path

    def layer(self, saved, name):
        """A disk upon the one of a saved machine; what is written goes into the layer."""
        return Layer(saved.disk, self.dir / f"{name}.qcow2")

    def resume(self, name, saved, disk):
        machine = Machine(self.arch, disk, name, printer=self.printer, board_printer=True, incoming=saved.state)
        # It runs when its memory is read.
        machine.wait_for("its memory", lambda: machine.qmp("query-status")["status"] == "paused", 120)
        machine.qmp("cont")
        return machine

    def flatten(self, layer):
        """A plain disk of a layer and what is below it."""
        return layer.flat(self.dir / "flat.img")

    def take_number(self, machine, limit=90):
        """A citizen takes a number; comes back when the paper is cut."""
        before = len(self.printer.slips())
        for place in (TAKE, SERVICE, NO_PRIORITY):
            machine.tap(*place)
            time.sleep(3)
        machine.wait_for("the ticket", lambda: len(self.printer.slips()) > before, limit)
        time.sleep(1)

    def technician(self, machine, pin="714905", below=0.0):
        """The hidden gesture, the PIN, and then the menu. The last citizen's page is left first; a busy virtual machine may
        need a second gesture. `below`: how much a strip above the dark panel takes."""
        machine.tap(*DONE)
        time.sleep(4)
        for _ in range(4):
            machine.tap(CORNER[0], CORNER[1] + below, hold=4.5)
            time.sleep(0.4)
            for _ in range(2):
                machine.tap(OTHER_CORNER[0], OTHER_CORNER[1] + below, hold=0.1)
                time.sleep(0.3)
            time.sleep(5)
            machine.picture("pad")
            # The pad darkens what is behind it.
            if machine.share_of((0x0B, 0x5D, 0x5B)) < 0.05:
                break
        for digit in pin:
            machine.tap(*PAD[digit])
            time.sleep(0.7)
        machine.tap(*PAD["open"])
        # The menu's head is darker than the kiosk's.
        machine.wait_for("the technician's menu", lambda: machine.share_of((0x14, 0x21, 0x3D)) > 0.03, 120)
        time.sleep(3)

    def choose_update(self, machine, name, bundle):
        """A technician with an update on a stick: the menu, the stick, the update, yes."""
        stick = self.stick(name, {f"{name}.raucb": bundle}, mib=400)
        self.technician(machine)
        machine.plug_stick(stick)
        time.sleep(20)
        machine.tap(*MENU_UPDATE)
        # It takes some seconds until the stick is let in and listed.
        time.sleep(25)
        machine.picture(f"{name}-list")
        machine.tap(*FIRST_ROW)
        time.sleep(8)
        machine.picture(f"{name}-begun")

    def tell_memory(self, machine):
        """What the whole system has in use, and that the hub answers over the hall's network."""
        try:
            health = self.health(machine)
        except OSError as fault:
            raise Failed(f"the hub does not answer over the network: {fault}") from fault
        if health["faults"]:
            raise Failed(f"the hub has faults: {health['faults']}")
        say(f"{self.arch}: {machine.memory() / 1e6:.0f} MB of memory in use by the whole system")

    def tell_sizes(self):
        packed = WORK.parents[1] / "dist" / (self.image.name + ".zst")
        if packed.exists():
            say(f"{self.arch}: image {packed.stat().st_size / 1e6:.0f} MB packed, {self.image.stat().st_size / 1e6:.0f} MB on the card")
