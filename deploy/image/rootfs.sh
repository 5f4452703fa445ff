#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the device's root file system out of Debian's packages, runs inside the root `tools`: packages are unpacked, their scripts are not run, because
# what they would do here is little, and said below. So nothing foreign is executed, nothing is emulated, and the same packages give the same bytes.
# Usage: deploy/image/inside.sh TOOLS /src/deploy/image/rootfs.sh ARCH EPOCH COMMIT VERSION LEVEL
set -eu
arch=$1
epoch=$2
commit=$3
version=$4
level=$5
src=/src/deploy/image
out=/build/$arch
tree=$out/root
apt=$out/apt
boot_tree=$out/boot-root
umask 022

list() { sed 's/#.*//' "$@" | grep -v '^ *$' || true; }

# --- Packages: asked for, resolved by apt against nothing, fetched and checked by it.
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
cp "$out/sources.list" "$apt/sources.list"
cp "$out/preferences" "$apt/preferences"
cat >"$apt/apt.conf" <<C
Dir::Etc::main "/dev/null"; Dir::Etc::parts "/dev/null"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::preferences "$apt/preferences";
Dir::State "$apt"; Dir::State::lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
APT::Architecture "$arch"; APT::Architectures { "$arch"; }; APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none"; Acquire::Check-Valid-Until "false"; APT::Keep-Downloaded-Packages "true";
C
export APT_CONFIG="$apt/apt.conf"
apt-get update -qq
kernel=$(apt-cache depends "linux-image-$arch" | sed -n 's/.*Depends: linux-image-\([0-9].*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo "rootfs: no kernel for $arch" >&2; exit 1; }

# Fetches what the given packages need, and writes their files' names: the closure as apt would install it.
fetch() { # FILE for the list, then names
    into=$1
    shift
    apt-get install -qq -y --download-only "$@" >/dev/null
    apt-get install -qq --simulate "$@" | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\(.*\)\]).*/\1 \2 \3/p' | while read -r name number of; do
        echo "${name%%:*}_$(echo "$number" | sed 's/:/%3a/')_$of.deb"
    done | sort -u >"$into"
}
# shellcheck disable=SC2046 # lists of names
fetch "$out/root.debs" $(list "$src/packages/root" "$src/packages/$arch") base-files base-passwd libc-bin "linux-modules-$kernel" "linux-binary-$kernel"
case $arch in
arm64) grub=grub-efi-arm64-bin extra="raspi-firmware u-boot-rpi" ;;
amd64) grub=grub-efi-amd64-bin extra= ;;
esac
# shellcheck disable=SC2046,SC2086
fetch "$out/boot.debs" $(list "$src/packages/boot") $grub $extra

# --- Unpacked.
rm -rf "$tree" "$boot_tree"
merged() { mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; for d in bin sbin lib; do ln -s "usr/$d" "$1/$d"; done; }
merged "$tree"
merged "$boot_tree"
[ "$arch" = amd64 ] && for r in "$tree" "$boot_tree"; do mkdir -p "$r/usr/lib64" && ln -s usr/lib64 "$r/lib64"; done
unpack() { dpkg-deb --fsys-tarfile "$apt/cache/archives/$1" | tar -x --keep-directory-symlink -C "$2"; }
list "$src/packages/drop" | sed 's/$/_/' >"$out/drop"
while read -r deb; do
    case $deb in linux-image-* | linux-headers-* | initramfs-tools* | dracut* | raspi-firmware* | u-boot-* | grub-*) continue ;; esac
    if echo "$deb" | cut -d_ -f1 | sed 's/$/_/' | grep -qxFf "$out/drop"; then continue; fi
    unpack "$deb" "$tree"
    echo "$deb"
done <"$out/root.debs" >"$out/root.used"
while read -r deb; do unpack "$deb" "$boot_tree"; done <"$out/boot.debs"

# --- What the packages' scripts would have done.
for file in passwd group; do cp "$tree/usr/share/base-passwd/$file.master" "$tree/etc/$file"; done
sed -i 's#^root:\*:0:0:root:/root:.*#root:*:0:0:root:/root:/usr/sbin/nologin#' "$tree/etc/passwd"
: >"$tree/etc/shadow"
ln -sf mawk "$tree/usr/bin/awk"
ln -sf dash "$tree/usr/bin/sh"
for end in "" .p7s; do ln -sf "regulatory.db$end-debian" "$tree/usr/lib/firmware/regulatory.db$end"; done
cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
ln -sf /usr/share/zoneinfo/Asia/Ho_Chi_Minh "$tree/etc/localtime"
mkdir -p "$tree/usr/share/zoneinfo/Asia"
[ -e "$tree/usr/share/zoneinfo/Asia/Ho_Chi_Minh" ] || cp /usr/share/zoneinfo/Asia/Ho_Chi_Minh "$tree/usr/share/zoneinfo/Asia/"

# --- Ours.
# Without their times, which are those of the clone: what is newer than the commit is given its time below.
cp -dR --preserve=mode "$src/root/." "$tree/"
chown -R 0:0 "$tree/usr/lib/motcua" "$tree/etc/systemd" "$tree/etc/usbguard" "$tree/etc/rauc"
install -m 0755 "$out/motcua" "$tree/usr/bin/motcua"
# A program that wants newer libraries than the device has would be noticed by its black screen.
case $arch in arm64) qemu=qemu-aarch64 ;; amd64) qemu=qemu-x86_64 ;; esac
"$qemu" -L "$tree" "$tree/usr/bin/motcua" --version >&2 || { echo "rootfs: the program does not start with the libraries of this root" >&2; exit 1; }
chmod 0600 "$tree/etc/usbguard/rules.conf" "$tree/etc/usbguard/usbguard-daemon.conf"
sed -i "s/@COMPATIBLE@/motcua-$arch/; s/@FLOOR@/$(cat "$src/floor")/" "$tree/etc/rauc/system.conf"
cp /build/keys/keyring.pem "$tree/etc/rauc/keyring.pem"
production=false
[ -e /build/keys/production ] && production=true
mkdir -p "$tree/etc/motcua"
cat >"$tree/etc/motcua/release.toml" <<T
version = "$version"
commit = "$commit"
arch = "$arch"
built = "$(date -u -d "@$epoch" +%F)"
floor = "$(cat "$src/floor")"
production = $production
T
cat >"$tree/etc/os-release" <<T
NAME="motcua"
PRETTY_NAME="motcua $version"
ID=motcua
ID_LIKE=debian
VERSION_ID="$version"
BUILD_ID="$commit"
T
echo motcua >"$tree/etc/hostname"
printf '127.0.0.1 localhost motcua\n::1 localhost\n' >"$tree/etc/hosts"
: >"$tree/etc/machine-id"
ln -sf /run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
mkdir -p "$tree/data" "$tree/bootcfg"
touch -d "@$epoch" "$tree/usr/lib/clock-epoch"

# --- Accounts, presets, hardware database: by systemd's own tools, which work on a tree.
systemd-sysusers --root="$tree" 2>/dev/null
# Without a password, and still let in by key: sshd takes `!` for an account that is locked.
sed -i 's/^support:!\*:/support:*:/' "$tree/etc/shadow"
grep -q '^support:\*:' "$tree/etc/shadow" || { echo "rootfs: no account of support" >&2; exit 1; }
systemd-hwdb --root="$tree" update
rm -rf "$tree/etc/systemd/system/"*.wants
systemctl --root="$tree" preset-all --preset-mode=full 2>/dev/null
systemctl --root="$tree" set-default multi-user.target 2>/dev/null
for unit in getty@tty1.service console-getty.service serial-getty@.service autovt@.service getty.target ctrl-alt-del.target debug-shell.service \
    emergency.service rescue.service systemd-firstboot.service systemd-machine-id-commit.service systemd-network-generator.service \
    systemd-hwdb-update.service systemd-update-done.service ldconfig.service apt-daily.timer e2scrub_all.timer fstrim.timer \
    systemd-battery-check.service systemd-journal-catalog-update.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-mqueue.mount ssh.socket; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit"
done

# The units are what stands in the image. Without these, nothing makes more of them from the kernel's command line, partitions or sockets for ssh.
find "$tree/usr/lib/systemd/system-generators" -mindepth 1 ! -name systemd-fstab-generator -delete

# --- Smaller: what no device reads.
modules=$tree/usr/lib/modules/$kernel
list "$src/modules.drop" | while read -r part; do rm -rf "${modules:?}/kernel/$part"; done
cp "$modules/vmlinuz" "$out/vmlinuz"
rm -f "$modules/vmlinuz"
if [ -d "$modules/dtb" ]; then rm -rf "$out/dtb" && cp -a "$modules/dtb" "$out/dtb" && rm -rf "$modules/dtb"; fi
depmod -b "$tree" "$kernel"
rm -rf "$tree"/usr/share/doc "$tree"/usr/share/man "$tree"/usr/share/info "$tree"/usr/share/locale "$tree"/usr/share/lintian "$tree"/usr/share/bug \
    "$tree"/usr/share/bash-completion "$tree"/usr/share/zsh "$tree"/usr/share/fish "$tree"/usr/share/doc-base "$tree"/usr/share/menu \
    "$tree"/usr/share/common-licenses "$tree"/usr/share/perl5 "$tree"/usr/share/debconf "$tree"/usr/share/initramfs-tools "$tree"/usr/share/polkit-1 \
    "$tree"/usr/share/pixmaps "$tree"/usr/share/icons "$tree"/usr/share/applications "$tree"/usr/share/gdb "$tree"/usr/share/X11/locale \
    "$tree"/etc/apt "$tree"/etc/dpkg "$tree"/etc/cron* "$tree"/etc/logrotate.d "$tree"/etc/init.d "$tree"/etc/rc*.d "$tree"/etc/initramfs-tools \
    "$tree"/usr/lib/apt "$tree"/usr/lib/dpkg "$tree"/var/lib/dpkg "$tree"/var/cache/* "$tree"/usr/lib/udev/hwdb.d "$tree"/etc/udev/hwdb.d \
    "$tree"/usr/lib/*/perl-base "$tree"/boot/* "$tree"/home/* "$tree"/root/.[a-z]* "$tree"/usr/include "$tree"/usr/lib/python3*
# Languages that no hall reads aloud, character sets that no program here converts, Bluetooth, and the whole of the source beside the hardware database.
find "$tree"/usr/lib/*/espeak-ng-data -maxdepth 1 -name '*_dict' ! -name 'vi_dict' ! -name 'en_dict' -delete
find "$tree"/usr/lib/*/gconv -type f ! -name 'gconv-modules*' ! -name 'UTF-*' ! -name 'UNICODE*' -delete
rm -rf "$tree"/usr/lib/firmware/intel/ibt-* "$tree"/usr/lib/firmware/rtl_bt "$tree"/usr/share/alsa/ucm2/Qualcomm "$tree"/usr/share/alsa/ucm2/MediaTek
rm -f "$tree"/usr/bin/perl* "$tree"/usr/bin/systemd-nspawn "$tree"/usr/bin/su "$tree"/usr/bin/newgrp "$tree"/usr/bin/chsh "$tree"/usr/bin/chfn
# Of the ssh client only what makes the server's key.
rm -f "$tree"/usr/bin/ssh "$tree"/usr/bin/scp "$tree"/usr/bin/sftp "$tree"/usr/bin/ssh-add "$tree"/usr/bin/ssh-agent "$tree"/usr/bin/ssh-argv0 \
    "$tree"/usr/bin/ssh-copy-id "$tree"/usr/bin/ssh-keyscan
# Nobody gains rights on this system.
find "$tree" -xdev -type f \( -perm -4000 -o -perm -2000 \) -exec chmod u-s,g-s {} +

# --- One file, and the tree of hashes behind it.
find "$tree" -xdev -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +
rm -f "$out/system.img"
SOURCE_DATE_EPOCH=$epoch mksquashfs "$tree" "$out/system.img" -quiet -no-progress -comp zstd -Xcompression-level "$level" -b 256K -no-xattrs -reproducible \
    -processors 2 >/dev/null
size=$(stat -c %s "$out/system.img")
offset=$(((size + 4095) / 4096 * 4096))
truncate -s "$offset" "$out/system.img"
veritysetup format --hash-offset="$offset" --data-blocks=$((offset / 4096)) --uuid=6d6f7463-7561-4000-8000-000000000000 \
    --salt="$(printf '%s' "motcua-$arch-$version" | sha256sum | cut -d' ' -f1)" "$out/system.img" "$out/system.img" >"$out/verity"
roothash=$(sed -n 's/^Root hash:[[:space:]]*//p' "$out/verity")
[ -n "$roothash" ] || { cat "$out/verity" >&2; exit 1; }
printf 'kernel=%s\nroothash=%s\nhashoffset=%s\n' "$kernel" "$roothash" "$offset" >"$out/facts"
cat "$out/facts" >&2
du -sm "$tree" | sed 's/\t.*/ MiB unpacked/' >&2
stat -c '%s bytes of verified root' "$out/system.img" >&2
