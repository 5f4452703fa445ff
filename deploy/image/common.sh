# SPDX-License-Identifier: MIT OR Apache-2.0
# What every step of the image's build shares; sourced, never run. Everything that is made lies below $work and $dist.
# shellcheck shell=sh
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/deploy/image
work=${MOTCUA_IMAGE_WORK:-$root/target/image}
dist=$root/dist
suite=trixie
# The release after it, for the compilers and for what `pins` names.
next=forky

die() {
    echo "image: $*" >&2
    exit 1
}

say() {
    printf 'image: %s\n' "$*" >&2
}

need_root() {
    [ "$(id -u)" = 0 ] || die "chroots and foreign packages need root: sudo make image ARCH=$1"
}

arch_known() {
    case $1 in
    arm64 | amd64) ;;
    *) die "ARCH is arm64 (Raspberry Pi 4 and 5) or amd64 (mini-PC), not '$1'" ;;
    esac
}

# The Debian mirror of this machine, so that a technician's own mirror is used as well; MOTCUA_MIRROR names another, such
# as a snapshot of one day.
mirror() {
    if [ -n "${MOTCUA_MIRROR:-}" ]; then
        echo "$MOTCUA_MIRROR"
        return
    fi
    found=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/ && $2 ~ /\/debian\/?$/ {print $2; exit}')
    [ -n "$found" ] || found=$(awk '$1 == "deb" { for (i = 2; i <= 3; i++) if ($i ~ /\/debian\/?$/) { print $i; exit } }' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1)
    [ -n "$found" ] || found=http://deb.debian.org/debian
    echo "${found%/}"
}

# Security updates lie beside the archive on most mirrors, on Debian's own under another name.
security_mirror() {
    case $1 in
    *deb.debian.org/debian) echo "http://security.debian.org/debian-security" ;;
    *) echo "${MOTCUA_SECURITY_MIRROR:-$1-security}" ;;
    esac
}

# The lines of apt for the target: main and security, firmware, and backports and the next release for what is named in `pins` only.
sources() {
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    at=$(mirror)
    echo "deb [signed-by=$keyring] $at $suite main contrib non-free-firmware"
    echo "deb [signed-by=$keyring] $(security_mirror "$at") $suite-security main contrib non-free-firmware"
    echo "deb [signed-by=$keyring] $at $suite-backports main contrib non-free-firmware"
    echo "deb [signed-by=$keyring] $at $next main"
}

# Which of these a package comes from: the suite, but for what is named here; else apt takes the newest of all. The kernel of backports knows the
# Raspberry Pi 5. RAUC of the suite (1.13) does not understand what kernels since 6.19 say of dm-verity, and refuses every update; 1.15.1 does.
pins() {
    cat <<P
Package: linux-image-* linux-modules-* linux-binary-* linux-base
Pin: release n=$suite-backports
Pin-Priority: 600

Package: rauc rauc-service libnl-*
Pin: release n=$next
Pin-Priority: 600

Package: *
Pin: release n=$next
Pin-Priority: -1
P
}

# What was made is right as long as nothing that made it has changed: `made FILE WHAT…` asks, `mark FILE WHAT…` says so.
stamp() {
    { cat "$@" 2>/dev/null; mirror; pins; } | sha256sum | cut -d' ' -f1
}
made() {
    file=$1
    shift
    [ -e "$file" ] && [ "$(cat "$file")" = "$(stamp "$@")" ]
}
mark() {
    file=$1
    shift
    stamp "$@" >"$file"
}

# Runs a command in one of the roots, with the project at /src (read-only), what is built at /build and the results at /dist. The mounts are those of a
# namespace of their own and go with the command.
inside() {
    chroot=$1
    shift
    mkdir -p "$chroot/src" "$chroot/build" "$chroot/dist" "$work" "$dist"
    # shellcheck disable=SC2016,SC2086 # expanded by the inner shell; empty or one word
    ${inside_by:-} unshare --mount --propagation private sh -euc '
        chroot=$1; src=$2; work=$3; dist=$4; shift 4
        mount --rbind /proc "$chroot/proc"; mount --rbind /sys "$chroot/sys"; mount --rbind /dev "$chroot/dev"
        mount --bind "$src" "$chroot/src"; mount -o remount,bind,ro "$chroot/src"
        mount --bind "$work" "$chroot/build"; mount --bind "$dist" "$chroot/dist"
        exec chroot "$chroot" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' inside "$chroot" "$root" "$work" "$dist" "$@"
}
