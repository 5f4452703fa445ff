#!/bin/sh
# Feeds N inputs to every fuzz target and fails on the first crash: tools/fuzz.sh N [target…]. Safe to repeat: what was
# learnt is kept in fuzz/corpus, and the seeds in fuzz/seeds are always read too.
set -eu
runs=${1:?"say how many inputs: tools/fuzz.sh 1000000 [status|scan|chip|session|hall|api|ingest]"}
shift
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- status scan chip session hall api ingest

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

# name, how many, how it is built, limits
feed() {
    # shellcheck disable=SC2086 # lists of options
    cargo +nightly fuzz build --target-dir "$target" $3 "$1"
    echo "fuzz $1: $2 inputs $3"
    # shellcheck disable=SC2086
    cargo +nightly fuzz run --target-dir "$target" $3 "$1" "fuzz/corpus/$1" "fuzz/seeds/$1" -- \
        -runs="$2" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1 $4
}

for name in "$@"; do
    mkdir -p "fuzz/corpus/$name"
    case $name in
    # Without the address sanitizer: Slint, which the hub's package brings, would take far longer to build with it.
    api) feed api "$runs" "--sanitizer none --features api" "-max_len=17000 -dict=fuzz/dict/api.dict" ;;
    # Our own code has no unsafe; zstd and SQLite are C, and a tenth runs with the sanitizer, which is eight times slower.
    # No look for leaks after each input: the stores keep what they took.
    ingest)
        limits="-max_len=8192 -dict=fuzz/dict/ingest.dict"
        feed ingest "$runs" "--sanitizer none --features ingest" "$limits"
        feed ingest "$((runs / 10))" "--features ingest" "$limits -detect_leaks=0"
        ;;
    # A scan of a card has some 150 bytes; a little more than the longest that is looked into.
    scan) feed scan "$runs" "" "-max_len=1100 -dict=fuzz/dict/scan.dict" ;;
    chip) feed chip "$runs" "" "-max_len=4096 -dict=fuzz/dict/chip.dict" ;;
    session) feed session "$runs" "" "-max_len=256" ;;
    hall) feed hall "$runs" "" "-max_len=6144 -dict=fuzz/dict/hall.dict" ;;
    *) feed "$name" "$runs" "" "-max_len=1024" ;;
    esac
done
echo "no crash in $runs inputs of: $*"
