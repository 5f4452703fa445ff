#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the roots that the image is built with, out of Debian's packages: `compiler` (Rust and clang), `sysroot-arm64` and `sysroot-amd64` (what a program
# of the device is compiled and linked against: headers and libraries of the device's own release), `tools` (disk images, RAUC, QEMU). Safe to repeat;
# nothing is installed into the machine but mmdebstrap. Usage: deploy/image/toolbox.sh compiler|tools|sysroot-arm64|sysroot-amd64 …
set -eu
. "$(dirname "$0")/common.sh"
need_root arm64
[ "$(uname -m)" = x86_64 ] || die "only made for x86-64 machines"

bootstrap() { # name, packages, options of mmdebstrap; the lines of apt come on its input
    name=$1
    packages=$2
    shift 2
    say "making the root '$name' (some minutes, once)"
    rm -rf "${work:?}/$name" "$work/$name.made"
    # What was built with other compilers or libraries is not of these.
    [ "$name" = tools ] || rm -rf "$work/firmware"
    mkdir -p "$work/tmp"
    TMPDIR=$work/tmp mmdebstrap --quiet --mode=root --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
        --skip=check/qemu --include="$(echo "$packages" | tr ' ' ',')" "$@" "$work/$name" -
    mark "$work/$name.made" "$0"
}

# mmdebstrap brings our pins into a root before apt looks at anything.
pinned() { # name, packages, options
    pins >"$work/pins"
    # shellcheck disable=SC2016 # expanded by mmdebstrap's shell
    sources | bootstrap "$@" --setup-hook='mkdir -p "$1"/etc/apt/preferences.d' \
        --setup-hook="upload $work/pins /etc/apt/preferences.d/motcua" "$suite"
}

# The program needs a newer Rust than the suite has. In backports that of one architecture can be older than that of the other for weeks; the next
# release has both or none. What is newer in it stays in this root: programs are linked against a sysroot.
compiler() {
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $next main" |
        bootstrap compiler "ca-certificates rustc cargo libstd-rust-dev libstd-rust-dev:arm64 clang lld llvm gcc libc6-dev pkg-config make cmake git \
espeak-ng fonts-dejavu-core fontconfig libfontconfig-dev" --variant=minbase --architectures=amd64,arm64 "$next"
}

sysroot() { # architecture
    pinned "sysroot-$1" "base-files libc6-dev libgcc-14-dev libdrm-dev libgbm-dev libinput-dev libxkbcommon-dev libudev-dev libfontconfig-dev \
libasound2-dev libpcsclite-dev" --variant=extract --architectures="$1"
}

tools() {
    pinned tools "ca-certificates mmdebstrap arch-test qemu-system-arm qemu-system-x86 qemu-user qemu-utils genimage bmap-tools rauc mtools \
dosfstools e2fsprogs squashfs-tools cryptsetup-bin u-boot-qemu qemu-efi-aarch64 ovmf ipxe-qemu fdisk zstd xz-utils python3 python3-cryptography openssl file kmod \
cpio device-tree-compiler systemd udev grub-common tzdata binutils" --variant=minbase --architectures=amd64,arm64
}

[ $# -gt 0 ] || set -- compiler sysroot-arm64 sysroot-amd64 tools
command -v mmdebstrap >/dev/null || "$root/tools/setup.sh" image
mkdir -p "$work"
for name in "$@"; do
    if made "$work/$name.made" "$0"; then
        continue
    fi
    case $name in
    compiler | tools) "$name" ;;
    sysroot-arm64 | sysroot-amd64) sysroot "${name#sysroot-}" ;;
    *) die "no root is called '$name'" ;;
    esac
done
