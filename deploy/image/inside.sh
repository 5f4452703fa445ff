#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs a command in one of the roots of the build, see common.sh. Usage: deploy/image/inside.sh ROOT COMMAND…
set -eu
. "$(dirname "$0")/common.sh"
inside_by=exec
inside "$@"
