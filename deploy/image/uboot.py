#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Takes the way out at U-Boot's prompt: Debian's build waits two seconds for a key and listens to USB keyboards. Its built-in variables (a list of
NAME=VALUE, each ended by a zero byte, the list by one more) are written anew with `bootdelay=-2`, which neither waits nor looks for a key, and without
`usbkbd` in `stdin`. https://docs.u-boot.org/en/latest/usage/environment.html. Usage: uboot.py FROM TO"""
import sys

CHANGED = {b"bootdelay": b"-2", b"stdin": b"serial"}

source, target = sys.argv[1:3]
program = open(source, "rb").read()
found = program.find(b"\0bootdelay=")
if found < 0 or program.find(b"\0bootdelay=", found + 1) >= 0:
    sys.exit(f"{source}: its variables are not where they are looked for; look at this build of U-Boot")
# The list begins behind the last byte that is no text, and ends at the first empty entry.
start = found
while start > 0 and (program[start - 1] == 0 or 32 <= program[start - 1] < 127) and program[start - 1:start + 1] != b"\0\0":
    start -= 1
end = program.index(b"\0\0", found) + 2
if program[start] == 0:
    start += 1
entries = program[start:end - 2].split(b"\0")
names = [entry.partition(b"=")[0] for entry in entries]
missing = [name for name in CHANGED if name not in names]
if missing or not all(entry.partition(b"=")[1] for entry in entries):
    sys.exit(f"{source}: {missing or entries[:3]} is not what is expected of its variables; look at this build of U-Boot")
entries = [name + b"=" + CHANGED.get(name, entry.partition(b"=")[2]) for name, entry in zip(names, entries)]
block = b"\0".join(entries) + b"\0\0"
if len(block) > end - start:
    sys.exit(f"{source}: the changed variables are longer than the ones that were there")
open(target, "wb").write(program[:start] + block.ljust(end - start, b"\0") + program[end:])
