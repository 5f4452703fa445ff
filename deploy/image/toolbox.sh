#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the two roots that the image is built with, out of Debian's packages: `compiler` (Rust and C for both
# architectures) and `tools` (disk images, RAUC, QEMU). Safe to repeat; nothing is installed into the machine but
# mmdebstrap. Usage: deploy/image/toolbox.sh [compiler|tools]…
set -eu
. "$(dirname "$0")/common.sh"
need_root arm64
[ "$(uname -m)" = x86_64 ] || die "only made for x86-64 machines"

# A device's libraries for the display, touch, sound, fonts and cards; of both architectures.
libraries="libdrm-dev libgbm-dev libinput-dev libxkbcommon-dev libudev-dev libfontconfig-dev libasound2-dev libpcsclite-dev"

bootstrap() { # name, packages, further options of mmdebstrap
    name=$1
    packages=$2
    shift 2
    if made "$work/$name.made" "$0"; then
        return
    fi
    say "making the root '$name' (some minutes, once)"
    rm -rf "${work:?}/$name" "$work/$name.made"
    mkdir -p "$work/tmp"
    sources | TMPDIR=$work/tmp mmdebstrap --quiet --mode=root --variant=minbase --architectures=amd64,arm64 \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
        --skip=check/qemu --include="$(echo "$packages" | tr ' ' ',')" "$@" "$suite" "$work/$name" -
    mark "$work/$name.made" "$0"
}

compiler() {
    both=
    for library in $libraries; do
        both="$both $library $library:arm64"
    done
    # Rust newer than the suite's; explicit names, because apt mixes versions of the two architectures otherwise.
    # shellcheck disable=SC2016 # expanded by mmdebstrap's shell
    bootstrap compiler "ca-certificates rustc cargo libstd-rust-dev libstd-rust-dev:arm64 gcc g++ gcc-aarch64-linux-gnu \
g++-aarch64-linux-gnu libc6-dev libc6-dev:arm64 pkg-config make cmake git espeak-ng fonts-dejavu-core fontconfig$both" \
        --setup-hook='mkdir -p "$1"/etc/apt/preferences.d
            printf "Package: rustc rustc:* cargo libstd-rust-dev libstd-rust-dev:* libstd-rust-1.96 libstd-rust-1.96:* rust-src\nPin: release n=trixie-backports\nPin-Priority: 600\n" \
                >"$1"/etc/apt/preferences.d/rust'
}

tools() {
    bootstrap tools "ca-certificates mmdebstrap arch-test qemu-system-arm qemu-system-x86 qemu-user qemu-utils genimage bmap-tools rauc mtools \
dosfstools e2fsprogs squashfs-tools cryptsetup-bin u-boot-qemu qemu-efi-aarch64 ovmf ipxe-qemu fdisk zstd xz-utils python3 python3-cryptography openssl file kmod \
cpio device-tree-compiler systemd udev grub-common tzdata binutils"
}

[ $# -gt 0 ] || set -- compiler tools
command -v mmdebstrap >/dev/null || "$root/tools/setup.sh" image
for name in "$@"; do
    case $name in
    compiler | tools) "$name" ;;
    *) die "no root is called '$name'" ;;
    esac
done
