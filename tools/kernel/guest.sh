#!/bin/sh
# Runs inside the guest, as root, on a throw-away copy of the host's files. Makes the guest look like a Raspberry Pi 4 as far
# as rppal looks, then runs the test program. Usage: guest.sh PROGRAM [ARGUMENT…]
set -eu
mount -t configfs configfs /sys/kernel/config 2>/dev/null || true
mount -t tmpfs tmp /run/lock 2>/dev/null || true
# rppal reads the board's revision here (c03114: Raspberry Pi 4 B, 4 GB) …
printf 'processor\t: 0\n\nHardware\t: BCM2711\nRevision\t: c03114\nModel\t\t: Raspberry Pi 4 Model B\n' >/run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo
# … and maps the GPIO registers from here: one page that nobody but the tests changes.
head -c 4096 /dev/zero >/dev/gpiomem
export RUST_BACKTRACE=0
exec "$@"
