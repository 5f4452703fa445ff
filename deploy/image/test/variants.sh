#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Updates for the scenarios, made of the last image that was built: `good` (a later version), `broken` (its program ends at once), `old` (below the
# floor), `forged` (signed by a key that nobody believes). Packed quickly, otherwise as disk.sh packs them. Runs inside the root `tools`.
# Usage: deploy/image/inside.sh TOOLS /src/deploy/image/test/variants.sh ARCH
set -eu
arch=$1
out=/build/$arch
to=/build/test/$arch/bundles
mkdir -p "$to"

pack() { # NAME, VERSION, CERTIFICATE, KEY; the tree is $tree
    name=$1
    sed -i "s/^version = .*/version = \"$2\"/" "$tree/etc/motcua/release.toml"
    rm -f "$to/system.img"
    mksquashfs "$tree" "$to/system.img" -quiet -no-progress -comp zstd -Xcompression-level 1 -b 256K -no-xattrs -processors 2 >/dev/null
    offset=$((($(stat -c %s "$to/system.img") + 4095) / 4096 * 4096))
    truncate -s "$offset" "$to/system.img"
    roothash=$(veritysetup format --hash-offset="$offset" --data-blocks=$((offset / 4096)) "$to/system.img" "$to/system.img" | sed -n 's/^Root hash:[[:space:]]*//p')
    cp "$out/parts/boot.vfat" "$to/boot.img"
    mtype -i "$to/boot.img" ::slot.cfg | sed "s/motcua.roothash=[0-9a-f]*/motcua.roothash=$roothash/; s/motcua.hashoffset=[0-9]*/motcua.hashoffset=$offset/" >"$to/slot.cfg"
    mcopy -o -i "$to/boot.img" "$to/slot.cfg" ::slot.cfg
    rm -rf "$to/bundle" "$to/$name.raucb"
    mkdir "$to/bundle"
    mv "$to/system.img" "$to/boot.img" "$to/bundle/"
    printf '[update]\ncompatible=motcua-%s\nversion=%s\n[bundle]\nformat=verity\n[meta.motcua]\nfloor=%s\n[image.system]\nfilename=system.img\n[image.boot]\nfilename=boot.img\n' \
        "$arch" "$2" "$(cat /src/deploy/image/floor)" >"$to/bundle/manifest.raucm"
    rauc bundle --cert="$3" --key="$4" --mksquashfs-args="-comp zstd -Xcompression-level 1 -processors 2" "$to/bundle" "$to/$name.raucb" >/dev/null 2>&1
    rm -rf "$to/bundle" "$to/slot.cfg"
    echo "$name.raucb: version $2, root hash $roothash" >&2
}

copy() { # a tree that shares all files but those that are changed
    tree=$to/tree
    rm -rf "$tree"
    cp -al "$out/root" "$tree"
    for file in etc/motcua/release.toml usr/bin/motcua; do
        cp --remove-destination "$out/root/$file" "$tree/$file"
    done
}
own_cert=/build/keys/development.pem
own_key=/build/keys/development-key.pem
[ -e "$to/forger.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=forger" -keyout "$to/forger-key.pem" \
    -out "$to/forger.pem" -addext extendedKeyUsage=codeSigning 2>/dev/null

copy
pack good 0.2.0 "$own_cert" "$own_key"
copy
printf '#!/bin/sh\n[ "$1" = steward ] && exec /usr/bin/motcua-good "$@"\nexit 1\n' >"$tree/usr/bin/motcua"
cp "$out/root/usr/bin/motcua" "$tree/usr/bin/motcua-good"
pack broken 0.3.0 "$own_cert" "$own_key"
copy
pack old 0.0.9 "$own_cert" "$own_key"
copy
pack forged 0.2.0 "$to/forger.pem" "$to/forger-key.pem"
rm -rf "$to/tree"
