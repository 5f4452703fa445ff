#!/bin/sh
# Makes a kernel and an initramfs for the kernel tier out of Debian's packages, which are fetched and unpacked, never
# installed. Everything lies in the directory given; safe to repeat, and without network once it is done.
# Usage: tools/kernel/prepare.sh DIRECTORY; MOTCUA_KERNEL=6.12.115+deb12-amd64 chooses another kernel than the newest.
set -eu
work=${1:?"say where: a directory below target/"}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work"
work=$(cd "$work" && pwd)
# Modules of the guest, besides those that they need themselves. gpio-sim is built here where Debian leaves it out.
modules="virtio_pci 9pnet_virtio 9p overlay configfs snd-aloop gpio-sim uinput evdev ctr ccm cmac mac80211_hwsim"
# What a module is told: a device's radio and two access points.
options="mac80211_hwsim.ko radios=3"

die() {
    echo "kernel tier: $*" >&2
    exit 1
}

[ "$(uname -m)" = x86_64 ] || die "only made for x86-64 hosts: the guest runs the host's programs"

# What was made is right as long as nothing that made it has changed.
stamp="$(cat "$here/prepare.sh" "$here/init" | cksum) ${MOTCUA_KERNEL:-newest}"
if [ -e "$work/ready" ] && [ "$(cat "$work/ready")" = "$stamp" ]; then
    exit 0
fi
rm -rf "$work/ready" "$work/root" "$work/gpio-sim" "$work/initrd" "$work/download"
mkdir -p "$work/root" "$work/gpio-sim" "$work/initrd/bin" "$work/initrd/modules" "$work/download"

has() {
    apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

# The newest kernel for which sources and headers are to be had as well.
newest() {
    apt-cache search --names-only '^linux-image-[0-9][^ ]*-amd64$' | cut -d' ' -f1 |
        grep -vE -- '-(cloud|rt)-amd64$|^linux-image-[0-9]+\.[0-9]+-amd64$' | sort -rV |
        while read -r image; do
            version=${image#linux-image-}
            series=$(echo "$version" | grep -oE '^[0-9]+\.[0-9]+')
            if has "linux-headers-$version" && has "linux-source-$series"; then
                echo "$version"
                break
            fi
        done
}
version=${MOTCUA_KERNEL:-$(newest)}
if [ -z "$version" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq || die "apt-get update failed: is there a network?"
    version=$(newest)
fi
[ -n "$version" ] || die "apt offers no linux-image-*-amd64 with its headers and its source"
series=$(echo "$version" | grep -oE '^[0-9]+\.[0-9]+')
# Older kernels fall over themselves when a GPIO chip vanishes while a program has its lines (seen with 6.1.0-56).
[ "$(printf '%s\n' 6.12 "$series" | sort -V | head -n 1)" = 6.12 ] ||
    die "Linux $version is too old, 6.12 is needed: does apt know the distribution's security updates?"
echo "kernel tier: unpacking Debian's Linux $version"

# The headers' own dependencies name the tools that build modules: linux-kbuild and the headers common to all flavours.
packages=$(apt-cache depends "linux-headers-$version" |
    sed -n 's/^ *|\{0,1\}Depends: \(linux-\(headers\|kbuild\)-[^ ]*\)$/\1/p')
cd "$work/download"
# shellcheck disable=SC2086 # a list of names
apt-get download -qq "linux-image-$version" "linux-headers-$version" $packages "linux-source-$series" 2>/dev/null ||
    die "the packages of Linux $version cannot be fetched: run apt-get update, then try again"
for package in linux-image-*.deb linux-headers-*.deb linux-kbuild-*.deb; do
    dpkg-deb -x "$package" "$work/root"
done
lib="$work/root/lib/modules/$version"
[ -d "$lib" ] || lib="$work/root/usr/lib/modules/$version"
[ -d "$lib" ] || die "the package of Linux $version has no modules"

if ! find "$lib" -name 'gpio-sim.ko*' | grep -q .; then
    dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO --wildcards "*linux-source-$series.tar.xz" | xz -dc |
        tar -xf - -C "$work/gpio-sim" --strip-components=1 "linux-source-$series/drivers/gpio/gpio-sim.c" \
            "linux-source-$series/drivers/gpio/gpiolib.h" "linux-source-$series/kernel/irq/irq_sim.c" 2>/dev/null || true
    cd "$work/gpio-sim"
    cp drivers/gpio/gpio-sim.c sim_main.c && cp drivers/gpio/gpiolib.h kernel/irq/irq_sim.c . ||
        die "linux-source-$series does not hold gpio-sim where it used to"
    # irq_to_desc() is not there for modules; this is the call that does the same for them.
    sed -i 's/irqnum = irq_find_mapping(work_ctx->domain, offset);//
            s/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_domain_irq(work_ctx->domain, offset);/
            s/^\s*int irqnum;$//' irq_sim.c
    grep -q 'irq_to_desc' irq_sim.c && die "kernel/irq/irq_sim.c of Linux $series has changed: adapt the replacement here"
    printf 'obj-m := gpio-sim.o\ngpio-sim-y := sim_main.o irq_sim.o\n' >Makefile
    # The headers include each other by the place where they would be installed.
    headers="$work/root/usr/src/linux-headers-$version"
    sed -i "s#include /usr/src/#include $work/root/usr/src/#" "$headers/Makefile"
    make -s -C "$headers" M="$work/gpio-sim" CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$work/gpio-sim.log" 2>&1 ||
        { cat "$work/gpio-sim.log" >&2; die "gpio-sim does not build against Linux $version"; }
    mkdir -p "$lib/extra"
    cp gpio-sim.ko "$lib/extra/"
fi
base=${lib%/lib/modules/*}
depmod -b "$base" "$version"

# Modules in the order in which they have to be loaded, each after those that it needs.
: >"$work/initrd/modules/order"
for module in $modules; do
    line=$(grep -E "/$module\.ko[^:]*:" "$lib/modules.dep" || true)
    if [ -z "$line" ]; then
        grep -qE "/$module\.ko" "$lib/modules.builtin" || die "Linux $version has no module $module"
        continue
    fi
    for file in $(echo "$line" | tr -d : | awk '{ for (i = NF; i >= 1; i--) print $i }'); do
        name=$(basename "$file" | sed 's/\.ko.*/.ko/')
        grep -qx "$name" "$work/initrd/modules/order" && continue
        case $file in
        *.xz) xz -dc "$lib/$file" >"$work/initrd/modules/$name" ;;
        *.zst) zstd -qdc "$lib/$file" >"$work/initrd/modules/$name" ;;
        *) cp "$lib/$file" "$work/initrd/modules/$name" ;;
        esac
        echo "$name" >>"$work/initrd/modules/order"
    done
done

echo "$options" | while read -r name said; do sed -i "s/^$name$/$name $said/" "$work/initrd/modules/order"; done
cp "$(command -v busybox)" "$work/initrd/bin/busybox"
cp "$here/init" "$work/initrd/init"
chmod +x "$work/initrd/init"
(cd "$work/initrd" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd.gz"
cp "$work/root/boot/vmlinuz-$version" "$work/vmlinuz"
# 2 GB that nothing needs any more.
rm -rf "$work/download" "$work/root" "$work/gpio-sim" "$work/initrd"
echo "$version" >"$work/version"
echo "$stamp" >"$work/ready"
