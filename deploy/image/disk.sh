#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Puts boot loader, slots and data together: the image of a disk, and the bundle that updates it. Runs inside the root `tools`, after rootfs.sh and
# initrd.sh. Usage: deploy/image/inside.sh TOOLS /src/deploy/image/disk.sh ARCH EPOCH VERSION
set -eu
arch=$1
epoch=$2
version=$3
src=/src/deploy/image
out=/build/$arch
from=$out/boot-root
parts=$out/parts
. "$out/facts"
export SOURCE_DATE_EPOCH="$epoch"
rm -rf "$parts" "$out/genimage"
mkdir -p "$parts" "$out/genimage"

fat() { # FILE, SIZE in MiB, LABEL, SERIAL, DIRECTORY: the same bytes for the same files
    rm -f "$1"
    truncate -s "$2M" "$1"
    mkfs.vfat -F 32 -s 1 -n "$3" -i "$4" --invariant "$1" >/dev/null
    find "$5" -exec touch -h -d "@$epoch" {} +
    (cd "$5" && find . -mindepth 1 -type d | LC_ALL=C sort | while read -r dir; do mmd -i "$1" "::${dir#./}"; done
        find . -type f | LC_ALL=C sort | while read -r file; do mcopy -m -i "$1" "$file" "::${file#./}"; done)
}

# --- A slot: kernel, initial root, and the lines that the boot loader runs. The same bytes serve in both slots.
slot=$parts/slot
mkdir -p "$slot"
cp "$out/vmlinuz" "$out/initrd.img" "$slot/"
case $arch in
arm64) consoles="console=ttyAMA0 console=ttyAMA10 console=ttyS1 console=tty0" ;;
amd64) consoles="console=ttyS0 console=tty0" ;;
esac
cat >"$slot/slot.cfg" <<C
linux /vmlinuz motcua.slot=\$chosen rauc.slot=\$chosen motcua.roothash=$roothash motcua.hashoffset=$hashoffset $consoles quiet loglevel=3 vt.global_cursor_default=0 consoleblank=0 panic=3 sysctl.kernel.sysrq=0 usbcore.authorized_default=1 fsck.repair=yes rd.systemd.show_status=false systemd.show_status=false \$motcua_extra
initrd /initrd.img
C
fat "$parts/boot.vfat" 96 "SLOT" 6d6f0002 "$slot"

# --- The first partition: what the machine's firmware starts, and where a technician puts motcua.toml.
first=$parts/first
mkdir -p "$first/motcua" "$first/EFI/BOOT"
cp "$src/boot/grub.cfg" "$first/motcua/grub.cfg"
{ printf '# GRUB Environment Block\nORDER=A B\nA_OK=1\nB_OK=0\nA_TRY=0\nB_TRY=0\n'; head -c 1024 /dev/zero | tr '\0' '#'; } | head -c 1024 >"$first/motcua/grubenv"
case $arch in
arm64) format=arm64-efi name=BOOTAA64.EFI ;;
amd64) format=x86_64-efi name=BOOTX64.EFI ;;
esac
grub-mkimage -d "$from/usr/lib/grub/$format" -O "$format" -p /motcua -o "$first/EFI/BOOT/$name" part_msdos fat normal linux loadenv \
    regexp test echo reboot configfile search minicmd sleep $([ "$arch" = amd64 ] && echo "efi_gop")
cp "$src/boot/README.txt" "$first/README.txt"
cp /src/deploy/motcua.sample.toml "$first/motcua.sample.toml"
if [ "$arch" = arm64 ]; then
    # The Raspberry Pi's own firmware starts U-Boot, which brings UEFI to where the PC has it.
    firmware=$(find "$from/usr/lib" -type d -name 'raspi-firmware' | head -n 1)
    for file in start4.elf fixup4.dat; do cp "$firmware/$file" "$first/"; done
    python3 "$src/uboot.py" "$from/usr/lib/u-boot/rpi_arm64/u-boot.bin" "$first/u-boot.bin"
    cp "$src/boot/config.txt" "$first/config.txt"
    for board in bcm2711-rpi-4-b bcm2711-rpi-400 bcm2711-rpi-cm4-io bcm2712-rpi-5-b bcm2712-d-rpi-5-b; do
        cp "$out/dtb/broadcom/$board.dtb" "$first/" 2>/dev/null || true
    done
fi
fat "$parts/first.vfat" 64 "MOTCUA" 6d6f0001 "$first"

# --- The data partition, small here; the first start gives it the rest of the disk.
data=$parts/data
mkdir -p "$data/motcua" "$data/device/rauc" "$data/system/systemd" "$data/system/log"
chmod 0700 "$data/device" "$data/device/rauc"
user=$(sed -n 's/^motcua:[^:]*:\([0-9]*\):\([0-9]*\):.*/\1:\2/p' "$out/root/etc/passwd")
chown "$user" "$data/motcua"
chmod 0750 "$data/motcua"
find "$data" -exec touch -h -d "@$epoch" {} +
rm -f "$parts/data.ext4"
truncate -s 64M "$parts/data.ext4"
# Blocks as large as SQLite's pages and flash likes, few inodes, room to grow to 256 GB: none of which mke2fs would choose for so small a file.
mke2fs -q -t ext4 -b 4096 -i 65536 -L motcua-data -U 6d6f7463-7561-4000-8000-00000000da7a \
    -E hash_seed=6d6f7463-7561-4000-8000-00000000da7a,root_owner=0:0,lazy_itable_init=0,resize=67108864 -d "$data" "$parts/data.ext4"
cp "$out/system.img" "$parts/system.img"

cat >"$out/genimage.cfg" <<C
image motcua-$version-$arch.img {
    hdimage { align = 1M partition-table-type = "mbr" disk-signature = 0x6d6f7463 extended-partition = 4 }
    partition first { image = "first.vfat" partition-type = 0x0c bootable = true }
    partition boot_a { image = "boot.vfat" partition-type = 0x0c }
    partition boot_b { partition-type = 0x0c size = 96M }
    partition system_a { image = "system.img" partition-type = 0x83 size = 512M }
    partition system_b { partition-type = 0x83 size = 512M }
    partition data { image = "data.ext4" partition-type = 0x83 }
}
C
genimage --config "$out/genimage.cfg" --inputpath "$parts" --outputpath "$out/genimage" --tmppath "$out/genimage.tmp" --rootpath /var/empty >/dev/null
image=$out/genimage/motcua-$version-$arch.img

# --- The update: both parts of a slot, in one signed file.
bundle=$out/bundle
rm -rf "$bundle" "$out/motcua-$version-$arch.raucb"
mkdir -p "$bundle"
cp "$out/system.img" "$bundle/system.img"
cp "$parts/boot.vfat" "$bundle/boot.img"
cat >"$bundle/manifest.raucm" <<M
[update]
compatible=motcua-$arch
version=$version
build=$(sed -n 's/^commit = "\(.*\)"/\1/p' "$out/root/etc/motcua/release.toml")

[bundle]
format=verity

[meta.motcua]
floor=$(cat "$src/floor")
roothash=$roothash

[image.system]
filename=system.img

[image.boot]
filename=boot.img
M
rauc bundle --cert="$(cat /build/keys/sign-cert 2>/dev/null || echo /build/keys/development.pem)" \
    --key="$(cat /build/keys/sign-key 2>/dev/null || echo /build/keys/development-key.pem)" \
    --mksquashfs-args="-comp zstd -Xcompression-level 3 -processors 2" "$bundle" "$out/motcua-$version-$arch.raucb" 2>/dev/null
rm -rf "$bundle"
stat -c '%s bytes of disk image' "$image" >&2
stat -c '%s bytes of update' "$out/motcua-$version-$arch.raucb" >&2
