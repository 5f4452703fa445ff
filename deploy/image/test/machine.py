# SPDX-License-Identifier: MIT OR Apache-2.0
"""A device in QEMU: the built image on a disk of its own, started through the firmware path of a real one (UEFI on a PC; U-Boot on the Raspberry Pi), a
screen, a touch panel, a simulated printer behind a USB serial line, and a network that reaches nothing. Runs QEMU from the root `tools`."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORK = pathlib.Path(os.environ.get("MOTCUA_IMAGE_WORK", ROOT / "target/image"))
TOOLS = WORK / "tools"
MIB = 1 << 20


class Failed(Exception):
    """What was to be shown was not."""


STARTED = []
# Ended from outside, a scenario ends what it started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def stop_all():
    """Ends what a scenario started and left."""
    for process in STARTED:
        if process.poll() is None:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def scenario():
    """One scenario: what it shows in the end, and nothing left running."""
    try:
        yield
    except Failed as fault:
        say(f"FAILED: {fault}")
        sys.exit(1)
    finally:
        stop_all()


def say(text):
    print(f"image-test: {text}", flush=True)


def start(words, **options):
    process = subprocess.Popen(words, **options)
    STARTED.append(process)
    return process


GIVEN = set()


def free_port():
    """A port that nobody has, and that was not given before."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def tool(*words, **options):
    """A program of the root `tools`, on files below WORK (as /build there)."""
    inside = ROOT / "deploy/image/inside.sh"
    return subprocess.run([inside, TOOLS, *map(str, words)], check=True, capture_output=True, **options).stdout


def there(path):
    """A path below WORK as the root `tools` sees it."""
    return "/build/" + str(pathlib.Path(path).relative_to(WORK))


class Disk:
    """A card with the image on it, as a technician has it after flashing."""

    format = "raw"

    def __init__(self, image, path, gib=4):
        self.path = pathlib.Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "--sparse=always", image, path], check=True)
        os.truncate(path, gib << 30)

    @classmethod
    def at(cls, path):
        """A disk that is there already."""
        disk = cls.__new__(cls)
        disk.path = pathlib.Path(path)
        return disk

    def partitions(self):
        table = json.loads(tool("sfdisk", "-J", there(self.path)))["partitiontable"]["partitions"]
        return {int(re.search(r"(\d+)$", p["node"]).group(1)): (p["start"] * 512, p["size"] * 512) for p in table}

    def _fat(self, number):
        return f"{there(self.path)}@@{self.partitions()[number][0]}"

    def put(self, name, text, number=1):
        """Writes a file to a FAT partition, the first by default."""
        tool("mcopy", "-o", "-i", self._fat(number), "-", f"::{name}", input=text.encode() if isinstance(text, str) else text)

    def get(self, name, number=1):
        """A file of a FAT partition; none where it is not."""
        try:
            return tool("mtype", "-i", self._fat(number), f"::{name}").decode()
        except subprocess.CalledProcessError:
            return None

    def talk(self):
        """Both slots tell their whole journal on the serial line; for finding what a start waits for."""
        for number in (2, 3):
            text = self.get("slot.cfg", number)
            if text and "$motcua_extra" in text:
                line = "ttyAMA0" if "ttyAMA0" in text else "ttyS0"
                words = f"console={line} loglevel=6 systemd.journald.forward_to_console=1"
                self.put("slot.cfg", text.replace("$motcua_extra", words), number)

    def flip(self, number, offsets):
        """Turns bits of a partition over, as a dying card does; the same again turns them back."""
        start, _ = self.partitions()[number]
        with open(self.path, "r+b") as disk:
            for offset in offsets:
                disk.seek(start + offset)
                byte = disk.read(1)[0]
                disk.seek(start + offset)
                disk.write(bytes([byte ^ 0x10]))

    def mounted(self, number, work):
        """Mounts a partition on this machine and gives its directory to `work`."""
        start, size = self.partitions()[number]
        at = self.path.with_suffix(".mnt")
        at.mkdir(exist_ok=True)
        loop = subprocess.run(["losetup", "--find", "--show", f"--offset={start}", f"--sizelimit={size}", self.path], check=True, capture_output=True,
                              text=True).stdout.strip()
        try:
            subprocess.run(["mount", "-o", "noatime", loop, at], check=True)
            try:
                return work(at)
            finally:
                subprocess.run(["umount", at], check=True)
        finally:
            subprocess.run(["losetup", "-d", loop], check=True)


class Layer(Disk):
    """A disk whose changes lie in a file of their own."""

    format = "qcow2"

    def __init__(self, below, path):
        self.path = pathlib.Path(path)
        self.path.unlink(missing_ok=True)
        tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", there(below), "-F", "raw", there(self.path))

    def flat(self, path):
        pathlib.Path(path).unlink(missing_ok=True)
        tool("qemu-img", "convert", "-O", "raw", there(self.path), there(path))
        return Disk.at(path)

    def mounted(self, number, work):
        return self.flat(self.path.with_suffix(".flat")).mounted(number, work)


class Saved:
    """A machine that was stopped in the middle of its work: memory and disk."""

    def __init__(self, state, disk):
        self.state, self.disk = state, disk


class Printer:
    """The simulated printer of motcua-hal, in a process of its own; it outlives its device, as paper does."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.port = free_port()
        self._start()

    def _start(self):
        program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples/printer_on_tcp"
        self.process = start([program, f"127.0.0.1:{self.port}", self.directory], stdout=subprocess.DEVNULL)

    def slips(self):
        return sorted(self.directory.glob("slip-*.png"), key=lambda p: int(p.stem.split("-")[1]))

    def bytes(self):
        file = self.directory / "bytes"
        return file.read_bytes() if file.exists() else b""

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def restart(self):
        """A new roll in a printer at the same place."""
        self.stop()
        for file in self.directory.glob("*"):
            file.unlink()
        self._start()


class Machine:
    """One start of the device."""

    def __init__(self, arch, disk, name, printer=None, size=(1080, 1920), memory=1024, extra=(), reboots=False,
                 board_printer=False, incoming=None, network="closed", turned=0, usb_disk=False):
        self.arch, self.disk, self.name, self.size = arch, disk, name, size
        self.dir = disk.path.parent
        self.serial = self.dir / f"{name}.serial"
        self.socket = self.dir / f"{name}.qmp"
        self.console = free_port()
        self.devices = free_port()
        self.ssh = free_port()
        for path in (self.serial, self.socket):
            path.unlink(missing_ok=True)
        self.started = time.monotonic()
        extra = list(extra) + ([] if reboots else ["-no-reboot"])
        if incoming:
            extra += ["-S", "-incoming", f"exec:zstd -dc {there(incoming)}"]
        self.board_printer = board_printer
        self.turned = turned
        self.usb_disk = usb_disk
        self.restrict = "on" if network == "closed" else "off"
        log = open(self.dir / f"{name}.qemu", "wb")
        self.process = start([ROOT / "deploy/image/inside.sh", TOOLS, *self._arguments(printer, memory, extra)], stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=log)
        self._connect()

    def _arguments(self, printer, memory, extra):
        if self.arch == "arm64":
            # By its device tree, as a Raspberry Pi: the board would tell its button to an ACPI that U-Boot does not pass on.
            firmware = self.dir / "u-boot.bin"
            # Changed as the board's own is.
            tool("python3", "/src/deploy/image/uboot.py", "/usr/lib/u-boot/qemu_arm64/u-boot.bin", there(firmware))
            words = ["qemu-system-aarch64", "-M", "virt,gic-version=3,acpi=off", "-cpu", "cortex-a72", "-bios", there(firmware)]
        else:
            variables = self.dir / f"{self.name}.vars"
            shutil.copy(TOOLS / "usr/share/OVMF/OVMF_VARS_4M.fd", variables)
            words = ["qemu-system-x86_64", "-M", "q35", "-cpu", "max",
                     "-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                     "-drive", f"if=pflash,format=raw,file={there(variables)}", "-device", "i6300esb"]
        words += ["-smp", "2", "-m", str(memory), "-accel", "tcg,thread=multi",
                  "-drive", f"if=none,id=disk,file={there(self.disk.path)},format={self.disk.format},cache=writeback", *([] if self.usb_disk else ["-device", "virtio-blk-pci,drive=disk,bootindex=1"]),
                  "-device", f"virtio-gpu-pci,xres={self.size[0]},yres={self.size[1]}", "-device", "virtio-multitouch-pci", "-device", "virtio-rng-pci",
                  "-device", "virtio-balloon-pci,id=balloon", "-device", "qemu-xhci,id=usb",
                  *(["-device", "usb-storage,drive=disk,bus=usb.0,port=4,bootindex=1"] if self.usb_disk else []),
                  "-netdev", f"user,id=net,restrict={self.restrict},hostfwd=tcp:127.0.0.1:{self.console}-:8610,hostfwd=tcp:127.0.0.1:{self.devices}-:8611,"
                  f"hostfwd=tcp:127.0.0.1:{self.ssh}-:22",
                  "-device", "virtio-net-pci,netdev=net,romfile=",
                  "-display", "none", "-vga", "none", "-serial", f"file:{there(self.serial)}", "-monitor", "none",
                  "-qmp", f"unix:{there(self.socket)},server,nowait"]
        if printer and self.board_printer:
            words += ["-chardev", f"socket,id=printer,host=127.0.0.1,port={printer.port},reconnect-ms=1000", "-serial", "chardev:printer"]
        elif printer:
            words += ["-chardev", f"socket,id=printer,host=127.0.0.1,port={printer.port},reconnect-ms=1000",
                      "-device", "usb-serial,chardev=printer,bus=usb.0,port=1"]
        return words + list(extra)

    def _connect(self):
        self.qmp_socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                self.qmp_socket.connect(str(self.socket))
                break
            except OSError:
                if self.process.poll() is not None:
                    raise Failed(f"QEMU ended at once, see {self.dir / (self.name + '.qemu')}") from None
                time.sleep(0.1)
        self.qmp_file = self.qmp_socket.makefile("rw")
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")

    def qmp(self, command, **arguments):
        self.qmp_file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']['desc']}")

    def seconds(self):
        return time.monotonic() - self.started

    def log(self):
        return self.serial.read_text("utf-8", "replace") if self.serial.exists() else ""

    def picture(self, name):
        """A picture of the screen, as PNG."""
        path = self.dir / f"{self.name}-{name}.png"
        self.qmp("screendump", filename=there(path), format="png")
        return path

    def pixels(self):
        """Width, height and the picture's bytes, RGB."""
        path = self.dir / f"{self.name}.ppm"
        self.qmp("screendump", filename=there(path))
        data = path.read_bytes()
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        return int(header[1]), int(header[2]), data[header.end():]

    def share_of(self, colour):
        """Which part of the screen has a colour, 0 to 1."""
        width, height, data = self.pixels()
        wanted = bytes(colour)
        step = 4 * 3
        hits = sum(data[i:i + 3] == wanted for i in range(0, len(data) - 3, step))
        return hits / (width * height / 4)

    def wait_for(self, what, condition, limit):
        """Waits until `condition()` is true; the machine's own time is slow, so limits are generous."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f"{self.name}: QEMU ended while waiting for {what}")
            result = condition()
            if result:
                return result
            time.sleep(0.5)
        self.picture("failed")
        raise Failed(f"{self.name}: {what} did not come within {limit} s, see {self.dir}")

    def wait_for_screen(self, limit=300):
        """Waits until the home screen is drawn and stays: its paper covers much of it, its head and its button have the product's teal. The seconds
        since the start at which it was there."""
        paper, teal = (0xFA, 0xF7, 0xF2), (0x0B, 0x5D, 0x5B)

        def drawn():
            return self.share_of(paper) > 0.15 and self.share_of(teal) > 0.25

        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.wait_for("the home screen", drawn, end - time.monotonic())
            seconds = self.seconds()
            # The screen that waits for the hub looks alike, and is gone by then.
            time.sleep(10)
            if drawn():
                return seconds
        raise Failed(f"{self.name}: the home screen did not stay")

    def tap(self, x, y, hold=0.15):
        """A finger, in parts of what is drawn: (0, 0) is its upper left, which on a turned screen is another corner of the panel."""
        x, y = {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[self.turned]

        def event(kind, axis="x", value=0, finger=7):
            return {"type": "mtt", "data": {"type": kind, "slot": 0, "tracking-id": finger, "axis": axis, "value": value}}
        self.qmp("input-send-event", events=[event("begin"), event("data", "x", int(x * 32767)), event("data", "y", int(y * 32767))])
        time.sleep(hold)
        self.qmp("input-send-event", events=[event("end", finger=-1)])

    def key(self, *names):
        """A chord on whatever keyboard the machine has."""
        self.qmp("send-key", keys=[{"type": "qcode", "data": n} for n in names])

    def http(self, path, timeout=20):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.console}{path}", timeout=timeout) as answer:
            return answer.read().decode()

    def plug_stick(self, path):
        self.qmp("blockdev-add", **{"node-name": "stick", "driver": "raw", "file": {"driver": "file", "filename": there(path)}})
        self.qmp("device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0", port="3", removable=True)

    def save(self, name):
        """Stops the machine and keeps its memory and its disk; it is over then."""
        state, disk = self.dir / f"{name}.state", self.dir / f"{name}.img"
        self.qmp("stop")
        self.qmp("migrate", uri=f"exec:zstd -q -1 -f -o {there(state)}")
        self.wait_for("the machine's memory", lambda: self.qmp("query-migrate").get("status") == "completed", 300)
        subprocess.run(["cp", "--sparse=always", self.disk.path, disk], check=True)
        self.kill()
        return Saved(state, disk)

    def power_off(self, limit=120):
        """The button is pressed: the system stops in order."""
        self.qmp("system_powerdown")
        if not self.ended(limit):
            raise Failed(f"{self.name} does not switch itself off")

    def memory(self):
        """Bytes of memory that the whole system has in use, as its kernel tells the balloon."""
        at = "/machine/peripheral/balloon"
        self.qmp("qom-set", path=at, property="guest-stats-polling-interval", value=2)
        time.sleep(8)
        stats = self.qmp("qom-get", path=at, property="guest-stats")["stats"]
        return stats["stat-total-memory"] - stats["stat-available-memory"]

    def kill(self):
        """The plug is pulled."""
        # The process is `unshare … chroot … qemu` by exec: it is QEMU itself.
        self.process.kill()
        self.process.wait(20)

    def ended(self, limit):
        """Waits until the machine switched itself off."""
        try:
            self.process.wait(limit)
            return True
        except subprocess.TimeoutExpired:
            return False


def image_of(arch):
    """The last image that was built, unpacked."""
    found = sorted((WORK / arch / "genimage").glob("motcua-*.img"), key=lambda p: p.stat().st_mtime)
    if not found:
        raise Failed(f"no image of {arch} is there: make image ARCH={arch}")
    return found[-1]
