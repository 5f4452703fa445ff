#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes what describes an image: NAME.cdx.json (CycloneDX 1.6, Debian packages and Rust crates) and NAME.rpi-imager-manifest (the repository
file of Raspberry Pi Imager 2; https://github.com/raspberrypi/rpi-imager, doc/schema). Usage: describe.py WORK DIST NAME ARCH VERSION COMMIT EPOCH LOCK"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import tomllib
import urllib.parse
import uuid

work, dist, name, arch, version, commit, epoch, lock = sys.argv[1:9]
work, dist = pathlib.Path(work), pathlib.Path(dist)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def debian():
    """Packages of the root with its kernel, and of what starts them (boot loader, firmware of the board, initial root), as apt fetched them: name,
    version, digest of the file."""
    for line in sorted({*(work / "root.used").read_text().split(), *(work / "boot.debs").read_text().split()}):
        package, raw, deb_arch = line[: -len(".deb")].split("_")
        package_version = urllib.parse.unquote(raw)
        yield {
            "type": "library",
            "bom-ref": f"deb:{package}",
            "name": package,
            "version": package_version,
            "purl": f"pkg:deb/debian/{urllib.parse.quote(package, safe='')}@{urllib.parse.quote(package_version, safe='')}?arch={deb_arch}",
            "hashes": [{"alg": "SHA-256", "content": sha256(work / "apt/cache/archives" / line)}],
        }


def tzdata():
    """Of the root `tools`, from which the hall's time zone is copied."""
    for entry in (work.parent / "tools/var/lib/dpkg/status").read_text().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in entry.splitlines() if ": " in line and not line.startswith(" "))
        if fields.get("Package") == "tzdata":
            version = fields["Version"]
            yield {"type": "library", "bom-ref": "deb:tzdata", "name": "tzdata", "version": version,
                   "purl": f"pkg:deb/debian/tzdata@{urllib.parse.quote(version, safe='')}?arch=all"}


def crates():
    """Crates of the program for the device, with their licences as they say themselves."""
    triple = {"arm64": "aarch64-unknown-linux-gnu", "amd64": "x86_64-unknown-linux-gnu"}[arch]
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "--offline", "-p", "motcua", "--no-default-features", "--features", "linuxkms", "--target", triple,
         "-e", "normal", "--prefix", "none", "-f", "{p}\t{l}"],
        cwd=pathlib.Path(lock).parent, check=True, capture_output=True, text=True).stdout
    digests = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.loads(pathlib.Path(lock).read_text())["package"]}
    seen = set()
    for line in tree.splitlines():
        package, _, licence = line.partition("\t")
        crate, crate_version = package.split(" ")[:2]
        crate_version = crate_version.lstrip("v")
        if (crate, crate_version) in seen:
            continue
        seen.add((crate, crate_version))
        component = {"type": "library", "bom-ref": f"cargo:{crate}@{crate_version}", "name": crate, "version": crate_version,
                     "purl": f"pkg:cargo/{crate}@{crate_version}"}
        licence = licence.removesuffix(" (*)").strip()
        if licence:
            component["licenses"] = [{"expression": licence.replace("/", " OR ")}]
        if digests.get((crate, crate_version)):
            component["hashes"] = [{"alg": "SHA-256", "content": digests[(crate, crate_version)]}]
        yield component


def bill(image_digest):
    components = sorted([*debian(), *tzdata()], key=lambda c: c["name"]) + sorted(crates(), key=lambda c: (c["name"], c["version"]))
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'motcua/{commit}/{arch}/{image_digest}')}",
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch))),
            "component": {"type": "firmware", "name": f"motcua-{arch}", "version": version, "bom-ref": "motcua",
                          "licenses": [{"expression": "GPL-3.0-only"}], "hashes": [{"alg": "SHA-256", "content": image_digest}]},
        },
        "components": components,
    }


def imager(image, packed, image_digest):
    boards = {
        "arm64": [{"name": "Raspberry Pi 5", "tags": ["pi5-64bit"], "icon": "", "description": "Raspberry Pi 5", "matching_type": "exclusive", "architecture": "armv8"},
                  {"name": "Raspberry Pi 4", "tags": ["pi4-64bit"], "icon": "", "description": "Raspberry Pi 4, 400, CM4 on its IO board", "matching_type": "exclusive", "architecture": "armv8"}],
        "amd64": [{"name": "Mini-PC (x86-64)", "tags": ["pc-x86-64"], "icon": "", "description": "PC with UEFI", "matching_type": "exclusive"}],
    }[arch]
    # Where the packed image will lie for others; beside this file otherwise, so that a double click finds it.
    base = os.environ.get("MOTCUA_DOWNLOADS", "").rstrip("/")
    url = f"{base}/{packed.name}" if base else packed.resolve().as_uri()
    entry = {
        "name": f"motcua kiosk {version}", "description": "Thiết bị bộ phận Một cửa: kiosk, màn hình chờ, bảng đánh giá, máy chủ", "icon": "", "url": url,
        "extract_size": image.stat().st_size, "extract_sha256": image_digest, "image_download_size": packed.stat().st_size,
        "image_download_sha256": sha256(packed), "release_date": time.strftime("%Y-%m-%d", time.gmtime(int(epoch))), "init_format": "none",
        "devices": [tag for board in boards for tag in board["tags"]],
    }
    if arch == "arm64":
        entry["architecture"] = "armv8"
    return {"imager": {"devices": boards}, "os_list": [entry]}


def write(ending, document):
    (dist / f"{name}.{ending}").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


disk = work / "genimage" / f"{name}.img"
digest = sha256(disk)
write("cdx.json", bill(digest))
write("rpi-imager-manifest", imager(disk, dist / f"{name}.img.zst", digest))
