#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds the device's program in the root `compiler` with Debian's own Rust and clang: device features only, for arm64 or amd64, against the sysroot of
# the release that the image is made of. Prints size and needed libraries. Usage: deploy/image/firmware.sh arm64|amd64
set -eu
. "$(dirname "$0")/common.sh"
arch=${1:?"arm64 or amd64"}
arch_known "$arch"
need_root "$arch"
"$here/toolbox.sh" compiler "sysroot-$arch"
case $arch in
arm64) triple=aarch64-unknown-linux-gnu prefix=aarch64-linux-gnu ;;
amd64) triple=x86_64-unknown-linux-gnu prefix=x86_64-linux-gnu ;;
esac
# Sources come by the machine's own cargo, so that its mirror and its cache are used; the build itself is offline.
say "fetching the sources of the dependencies"
CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} cargo fetch --locked --quiet --manifest-path "$root/Cargo.toml"
mkdir -p "$work/compiler/cargo"
sysroot=/build/sysroot-$arch
upper=$(echo "$triple" | tr 'a-z-' 'A-Z_')
lower=$(echo "$triple" | tr '-' '_')
say "building motcua for $triple"
# Paths of the build, time and hostname must not get into the program: same commit, same bytes.
epoch=$(git -C "$root" log -1 --format=%ct)
unshare --mount --propagation private sh -euc '
    mount --bind "$1" "$2/cargo"; shift 2; exec "$@"
' cargo "${CARGO_HOME:-$HOME/.cargo}" "$work/compiler" \
    "$here/inside.sh" "$work/compiler" env SOURCE_DATE_EPOCH="$epoch" CARGO_HOME=/cargo CARGO_TARGET_DIR=/build/firmware CARGO_INCREMENTAL=0 \
    "CARGO_TARGET_${upper}_LINKER=clang" "CC_$lower=clang" "CXX_$lower=clang++" "AR_$lower=llvm-ar" "CFLAGS_$lower=--sysroot=$sysroot" \
    "CXXFLAGS_$lower=--sysroot=$sysroot" PKG_CONFIG_ALLOW_CROSS=1 "PKG_CONFIG_SYSROOT_DIR_$lower=$sysroot" \
    "PKG_CONFIG_LIBDIR_$lower=$sysroot/usr/lib/$prefix/pkgconfig:$sysroot/usr/share/pkgconfig" \
    "CARGO_TARGET_${upper}_RUSTFLAGS=-Clink-arg=--target=$prefix -Clink-arg=--sysroot=$sysroot -Clink-arg=-fuse-ld=lld --remap-path-prefix=/cargo=cargo \
--remap-path-prefix=/src=motcua --remap-path-prefix=/build=build" \
    sh -euc 'cd /src && exec cargo build --offline --locked --release --target "$1" -p motcua --no-default-features --features linuxkms' build "$triple"
program=$work/firmware/$triple/release/motcua
[ -x "$program" ] || die "the build has not made $program"
install -D -m 0755 "$program" "$work/$arch/motcua"
say "$(wc -c <"$work/$arch/motcua") bytes; needs:"
objdump -p "$work/$arch/motcua" 2>/dev/null | awk '/NEEDED/ {print "    " $2}' >&2
