#!/bin/sh
# Installs what a step needs and is missing; safe to repeat. Usage: tools/setup.sh run|test|bench|kernel|guide|image|image-test
# Debian packages are asked for only where dpkg does not have them, so a ready machine needs no network and no root.
set -eu
step=${1:?"say what for: run, test, bench, kernel, guide, image or image-test"}
cd "$(dirname "$0")/.."

need_packages() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    echo "installing$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
}

need_cargo_tool() { # name, version
    cargo "$1" --version 2>/dev/null | grep -qF "$2" || cargo install "cargo-$1" --version "$2" --locked
}

if ! command -v cargo >/dev/null; then
    echo "Rust is missing. Install Rust 1.95 or newer (rustup), then try again." >&2
    exit 1
fi

# espeak-ng speaks the clips of the voice at build time. Headers of the smart card service. A C compiler for SQLite; fontconfig is opened at run time, and without any font Slint's text engine does not start.
need_packages build-essential fontconfig libfontconfig1 fonts-dejavu-core espeak-ng pkg-config libpcsclite-dev

if [ "$step" = run ] && [ "$(id -u)" = 0 ]; then
    # A card reader that is none behind the real smart card service; a user who may not start one has it within the bench.
    need_packages pcscd vsmartcard-vpcd
fi

if [ "$step" = test ]; then
    # Browser and its driver, a QR reader nobody here wrote, headers of the device build's display, touch and sound
    # libraries.
    need_packages chromium chromium-driver zbar-tools git curl pkg-config python3-venv \
        libudev-dev libinput-dev libxkbcommon-dev libgbm-dev libdrm-dev libasound2-dev
    # A card reader that is none behind the real smart card service, and a state's certificates that nobody here made.
    need_packages pcscd vsmartcard-vpcd openssl
    # A bus of its own for the simulated RAUC.
    need_packages dbus-daemon
    # The central's databases and brokers; tests start their own, the machine's services are not used.
    need_packages postgresql mosquitto nats-server
    command -v npm >/dev/null || need_packages nodejs npm
    # An OpenID provider that nobody here wrote, by its lock file.
    npm ls --prefix central/tests/oidc >/dev/null 2>&1 ||
        npm ci --prefix central/tests/oidc --ignore-scripts --no-audit --no-fund --silent
    need_cargo_tool nextest 0.9.143
    need_cargo_tool deny 0.20.2
    tests/peers/setup.sh
fi

if [ "$step" = kernel ]; then
    # A machine for Debian's kernel, what unpacks and builds modules for it, sound headers, and the recorder that the
    # tests listen with.
    need_packages qemu-system-x86 busybox-static kmod cpio xz-utils libelf1 pkg-config libasound2-dev alsa-utils wpasupplicant
fi

if [ "$step" = bench ]; then
    # Puts a delay on flushes, so that the hub is measured on a slow disk as well; a card reader that is none.
    need_packages strace pcscd vsmartcard-vpcd
fi

if [ "$step" = guide ]; then
    # From Markdown to one page, from the page to paper, and how many sheets that is.
    need_packages pandoc chromium poppler-utils
fi

if [ "$step" = image ]; then
    # Makes the two roots in which the image is built; packs and describes it. Nothing else is installed into the machine.
    need_packages mmdebstrap zstd bmap-tools python3 git binutils
fi

if [ "$step" = image-test ]; then
    # Reads what the simulated printer printed, comes in as support; QEMU is in one of the roots.
    need_packages mmdebstrap python3 zbar-tools zstd openssh-client
fi
