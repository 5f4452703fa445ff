#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Fetches the programs that nobody on this project wrote and that tests use as peers, most of them those of hal/printer:
#   emupos        a whole printer on TCP (needs Python 3.13): our driver prints through it
#   python-escpos a second driver: it drives our simulator
#   vietnam-qr-pay  reads the codes to pay with that the kiosk draws (tests/flows)
#   receiptio     a third driver, with automatic status back: it drives our simulator
# Everything goes into .tools/ at the root of the repository. Safe to repeat; a peer that cannot be had is named and
# skipped (the tests then skip it too, or fail when MOTCUA_REQUIRE_PEERS=1).
set -eu
cd "$(dirname "$0")/../.."
tools="$PWD/.tools"
mkdir -p "$tools"
missing=0

skip() {
    echo "peers: $1 is SKIPPED: $2" >&2
    missing=1
}

# The first interpreter of that version that really starts (a pyenv shim may exist without its version).
python_313() {
    for candidate in "$HOME"/.pyenv/versions/3.13*/bin/python3.13 /usr/bin/python3.13 python3.13; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

if ! "$tools/emupos/bin/python" -c 'import emupos' 2>/dev/null; then
    if python=$(python_313); then
        "$python" -m venv --clear "$tools/emupos" &&
            "$tools/emupos/bin/pip" install --quiet --disable-pip-version-check emupos==0.4.0 ||
            skip emupos "its installation failed"
    else
        skip emupos "no Python 3.13 or newer (pyenv install 3.13, or Debian's python3.13)"
    fi
fi

if ! "$tools/python-escpos/bin/python" -c 'import escpos.printer' 2>/dev/null; then
    if python3 -m venv --clear "$tools/python-escpos" &&
        "$tools/python-escpos/bin/pip" install --quiet --disable-pip-version-check python-escpos==3.1 setuptools; then
        :
    else
        skip python-escpos "its installation failed (is python3-venv installed?)"
    fi
fi

if [ ! -x "$tools/receiptio/node_modules/.bin/receiptio" ]; then
    if command -v npm >/dev/null; then
        mkdir -p "$tools/receiptio"
        npm install --silent --no-audit --no-fund --omit=optional --prefix "$tools/receiptio" receiptio@2.1.2 ||
            skip receiptio "its installation failed"
    else
        skip receiptio "npm is not installed"
    fi
fi

if [ ! -d "$tools/vietnam-qr-pay/node_modules/vietnam-qr-pay" ]; then
    if command -v npm >/dev/null; then
        mkdir -p "$tools/vietnam-qr-pay"
        npm install --silent --no-audit --no-fund --prefix "$tools/vietnam-qr-pay" vietnam-qr-pay@1.5.1 ||
            skip vietnam-qr-pay "its installation failed"
    else
        skip vietnam-qr-pay "npm is not installed"
    fi
fi

command -v zbarimg >/dev/null || skip zbarimg "install Debian's zbar-tools"

if [ "$missing" = 0 ]; then
    echo "peers: emupos, python-escpos, receiptio, vietnam-qr-pay and zbarimg are ready"
fi
# A missing peer is not a failure here: whoever needs them sets MOTCUA_REQUIRE_PEERS=1 for the tests.
