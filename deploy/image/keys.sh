#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# The keys that sign updates. Without further ado a development pair is made, which says so in its name and which no production image believes:
# MOTCUA_KEYRING=FILE names the certificates that an image shall believe, MOTCUA_SIGN_CERT and MOTCUA_SIGN_KEY (a file or a PKCS#11 URI) what signs its
# bundles; all three make a production image. Runs inside the root `tools`. Usage: deploy/image/inside.sh TOOLS /src/deploy/image/keys.sh
set -eu
keys=/build/keys
mkdir -p "$keys"
chmod 0700 "$keys"
if [ -e "$keys/given.pem" ]; then
    if openssl storeutl -noout -text -certs "$keys/given.pem" | grep -q 'motcua DEVELOPMENT'; then
        echo "keys: the keyring given holds a development certificate: a production image must not believe it" >&2
        exit 1
    fi
    cp "$keys/given.pem" "$keys/keyring.pem"
    : >"$keys/production"
    exit 0
fi
rm -f "$keys/production"
[ -e "$keys/development-key.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/O=motcua DEVELOPMENT ONLY/CN=motcua DEVELOPMENT updates" -keyout "$keys/development-key.pem" -out "$keys/development.pem" \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=critical,codeSigning 2>/dev/null
chmod 0600 "$keys/development-key.pem"
cp "$keys/development.pem" "$keys/keyring.pem"
