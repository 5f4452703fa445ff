#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the initial root file system: busybox, veritysetup, sfdisk with their libraries, and the modules that reach the disk. Runs inside the root
# `tools`, after rootfs.sh. Usage: deploy/image/inside.sh TOOLS /src/deploy/image/initrd.sh ARCH EPOCH
set -eu
arch=$1
epoch=$2
src=/src/deploy/image
out=/build/$arch
from=$out/boot-root
tree=$out/initrd
kernel=$(sed -n 's/^kernel=//p' "$out/facts")
rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/usr/lib"
ln -s usr/lib "$tree/lib"
ln -s bin "$tree/sbin"
[ "$arch" = amd64 ] && mkdir -p "$tree/usr/lib64" && ln -s usr/lib64 "$tree/lib64"
install -m 0755 "$src/initrd/init" "$tree/init"

binary() { # a program and every library it names, each once
    wanted=$1
    install -D -m 0755 "$from/$wanted" "$tree/bin/$(basename "$wanted")"
    queue=$from/$wanted
    while [ -n "$queue" ]; do
        next=
        for file in $queue; do
            for name in $(objdump -p "$file" | awk '/NEEDED/ {print $2}') $(readelf -l "$file" 2>/dev/null | sed -n 's/.*interpreter: \(.*\)\]/\1/p' | xargs -r basename); do
                at=$(find "$from/usr/lib" "$from/usr/lib64" -name "$name" 2>/dev/null | head -n 1)
                [ -n "$at" ] || { echo "initrd: $wanted needs $name, which is not there" >&2; exit 1; }
                to=$tree/${at#"$from"/}
                [ -e "$to" ] && continue
                install -D -m 0755 "$(readlink -f "$at" | sed "s#^/usr#$from/usr#")" "$to"
                next="$next $to"
            done
        done
        queue=$next
    done
}
binary usr/sbin/veritysetup
binary usr/sbin/sfdisk
# The loader stands where the programs look for it.
for loader in ld-linux-aarch64.so.1 ld-linux-x86-64.so.2; do
    at=$(find "$tree/usr" -name "$loader" | head -n 1)
    [ -n "$at" ] || continue
    case $loader in ld-linux-aarch64*) place=$tree/usr/lib/$loader ;; *) place=$tree/usr/lib64/$loader ;; esac
    [ "$at" = "$place" ] || cp "$at" "$place"
done
install -m 0755 "$(find "$from/usr" -path '*bin/busybox' | head -n 1)" "$tree/bin/busybox"
for applet in sh mount umount cat sort xargs find dd hexdump modprobe sleep basename reboot switch_root mkdir sed; do
    ln -sf busybox "$tree/bin/$applet"
done

# Modules with what they need; unknown names are those that this kernel has built in or this architecture has not.
modules=$out/root/usr/lib/modules/$kernel
to=$tree/usr/lib/modules/$kernel
mkdir -p "$to"
wanted=$(mktemp)
sed 's/#.*//' "$src/initrd/modules" | grep -v '^ *$' | while read -r name; do
    pattern=$(echo "$name" | sed 's/[-_]/[-_]/g')
    grep -E "/$pattern\.ko[^:]*:" "$modules/modules.dep" || true
done | tr -d ':' | tr ' ' '\n' | sort -u >"$wanted"
# What the file systems and checks load by name while they run.
for name in crc32c_generic libcrc32c sha256_generic sha256_arm64 sha256_ssse3 sha2_ce zstd_decompress; do
    pattern=$(echo "$name" | sed 's/[-_]/[-_]/g')
    grep -E "/$pattern\.ko[^:]*:" "$modules/modules.dep" | tr -d ':' | tr ' ' '\n' || true
done >>"$wanted"
sort -u "$wanted" | grep . | while read -r file; do
    # Unpacked, so that busybox can load them whatever the packing is.
    install -d "$to/$(dirname "$file")"
    case $file in
    *.xz) xz -dc "$modules/$file" >"$to/${file%.xz}" ;;
    *.zst) zstd -qdc "$modules/$file" >"$to/${file%.zst}" ;;
    *) cp "$modules/$file" "$to/$file" ;;
    esac
done
rm -f "$wanted"
cp "$modules/modules.builtin" "$modules/modules.builtin.modinfo" "$modules/modules.order" "$to/" 2>/dev/null || true
depmod -b "$tree" "$kernel"
rm -f "$to"/*.bin "$to/modules.builtin.modinfo"

find "$tree" -exec touch -h -d "@$epoch" {} +
cd "$tree"
find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --reproducible --owner=0:0 --quiet | zstd -q -19 -T1 >"$out/initrd.img"
echo "$(stat -c %s "$out/initrd.img") bytes of initial root file system, $(find "$to" -name '*.ko' | wc -l) modules" >&2
