#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# From the sources to what a technician flashes: `make image ARCH=arm64|amd64`. Does all its own set-up, in roots below target/image; results in dist/:
# the packed disk image with block map, the update, checksums, the list of what is in it (CycloneDX), the list for Raspberry Pi Imager.
set -eu
. "$(dirname "$0")/common.sh"
arch=${1:?"ARCH=arm64 or ARCH=amd64"}
arch_known "$arch"
need_root "$arch"
"$root/tools/setup.sh" image
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
# Another version than the sources say, for trying updates.
version=${MOTCUA_IMAGE_VERSION:-$version}
commit=$(git -C "$root" rev-parse --short=12 HEAD)
[ -z "$(git -C "$root" status --porcelain --untracked-files=no)" ] || commit=$commit-changed
epoch=$(git -C "$root" log -1 --format=%ct)

"$here/toolbox.sh" tools
if [ -z "${MOTCUA_IMAGE_PROGRAM:-}" ]; then
    "$here/firmware.sh" "$arch"
else
    install -D -m 0755 "$MOTCUA_IMAGE_PROGRAM" "$work/$arch/motcua"
fi

mkdir -p "$work/$arch" "$work/keys"
sources >"$work/$arch/sources.list"
pins >"$work/$arch/preferences"
rm -f "$work/keys/given.pem" "$work/keys/sign-cert" "$work/keys/sign-key"
if [ -n "${MOTCUA_KEYRING:-}" ]; then
    [ -n "${MOTCUA_SIGN_CERT:-}" ] && [ -n "${MOTCUA_SIGN_KEY:-}" ] || die "MOTCUA_KEYRING wants MOTCUA_SIGN_CERT and MOTCUA_SIGN_KEY, too"
    cp "$MOTCUA_KEYRING" "$work/keys/given.pem"
    cp "$MOTCUA_SIGN_CERT" "$work/keys/sign.pem"
    echo /build/keys/sign.pem >"$work/keys/sign-cert"
    case $MOTCUA_SIGN_KEY in
    pkcs11:*) echo "$MOTCUA_SIGN_KEY" >"$work/keys/sign-key" ;;
    *) install -m 0600 "$MOTCUA_SIGN_KEY" "$work/keys/sign-key.pem" && echo /build/keys/sign-key.pem >"$work/keys/sign-key" ;;
    esac
fi
inside "$work/tools" /src/deploy/image/keys.sh
say "root file system"
inside "$work/tools" /src/deploy/image/rootfs.sh "$arch" "$epoch" "$commit" "$version" "${MOTCUA_IMAGE_LEVEL:-15}"
inside "$work/tools" /src/deploy/image/initrd.sh "$arch" "$epoch"
say "disk image and update"
inside "$work/tools" /src/deploy/image/disk.sh "$arch" "$epoch" "$version"

# --- dist/
name=motcua-$version-$arch
image=$work/$arch/genimage/$name.img
mkdir -p "$dist"
rm -f "$dist/$name".*
say "packing"
zstd -q -f -T0 -10 "$image" -o "$dist/$name.img.zst"
bmaptool create -o "$dist/$name.img.bmap" "$image" 2>/dev/null
cp "$work/$arch/$name.raucb" "$dist/"
python3 "$here/describe.py" "$work/$arch" "$dist" "$name" "$arch" "$version" "$commit" "$epoch" "$root/Cargo.lock"
(cd "$dist" && sha256sum "$name".* >"$name.sha256.new" && grep -v "$name.sha256" "$name.sha256.new" >"$name.sha256" && rm "$name.sha256.new")
say "root hash $(sed -n 's/^roothash=//p' "$work/$arch/facts")"
ls -l "$dist/$name".* | awk '{printf "image: %11d %s\n", $5, $9}' >&2
