#!/bin/sh
# Feeds N inputs to every fuzz target and fails on the first crash: tools/fuzz.sh N [target…]. Safe to repeat: what was
# learnt is kept in fuzz/corpus, and the seeds in fuzz/seeds are always read too.
set -eu
runs=${1:?"say how many inputs: tools/fuzz.sh 1000000 [status|hall|api|ingest]"}
shift
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- status hall api ingest

if ! command -v rustup >/dev/null || ! cargo +nightly --version >/dev/null 2>&1; then
    echo "A nightly compiler is missing, fuzzing needs its coverage counters: rustup toolchain install nightly" >&2
    exit 1
fi
if ! command -v c++ >/dev/null; then
    echo "A C++ compiler is missing, libFuzzer is written in it: apt-get install build-essential" >&2
    exit 1
fi
case "$(cargo fuzz --version 2>/dev/null)" in
*" 0.13."*) ;;
*) cargo install cargo-fuzz --version '^0.13' --locked ;;
esac

# The databases: a million durable commits wear a disk for nothing.
[ -d /dev/shm ] && [ -w /dev/shm ] && export TMPDIR=/dev/shm
target=${CARGO_TARGET_DIR:-fuzz/target}

for name in "$@"; do
    with=
    limits="-max_len=1024"
    [ "$name" = hall ] && limits="-max_len=6144 -dict=fuzz/dict/hall.dict"
    if [ "$name" = api ]; then
        # Without the address sanitizer: Slint, which the hub's package brings, would take far longer to build with it.
        with="--sanitizer none --features api"
        limits="-max_len=17000 -dict=fuzz/dict/api.dict"
    fi
    if [ "$name" = ingest ]; then
        with="--features ingest"
        limits="-max_len=8192 -dict=fuzz/dict/ingest.dict"
    fi
    mkdir -p "fuzz/corpus/$name"
    # shellcheck disable=SC2086 # lists of options
    cargo +nightly fuzz build --target-dir "$target" $with "$name"
    echo "fuzz $name: $runs inputs"
    # shellcheck disable=SC2086
    cargo +nightly fuzz run --target-dir "$target" $with "$name" "fuzz/corpus/$name" "fuzz/seeds/$name" -- \
        -runs="$runs" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 $limits
done
echo "no crash in $runs inputs of: $*"
