#!/bin/sh
# Every figure of the central in docs/benchmarks.md, on SQLite and on a PostgreSQL of its own in a temporary directory.
# Usage: tools/bench-central.sh PROGRAM [DEVICES]. Safe to repeat; nothing is left behind.
set -eu
program=${1:?"say which program: tools/bench-central.sh target/release/motcua-central"}
devices=${2:-5000}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
# A connection is a file on both sides.
ulimit -n "$(ulimit -Hn)"

dir=$(mktemp -d)
port=$((20000 + $$ % 20000))
step_down=
if [ "$(id -u)" = 0 ]; then
    chown postgres: "$dir"
    step_down="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
$step_down "$bin/initdb" -U motcua -A trust -E UTF8 --locale=C -D "$dir/data" >/dev/null
$step_down "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 \
    -c shared_buffers=512MB -c max_wal_size=4GB 2>"$dir/log" &
server=$!
trap 'kill -INT $server; wait $server || true; rm -rf "$dir"' EXIT
while ! "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do sleep 0.1; done

# A sender that is told 5xx comes again, so nothing is lost by one; but a central that says it is not what is promised.
measure() {
    "$program" load "$@" >"$dir/table"
    cat "$dir/table"
    if grep -q ' x 5[0-9][0-9]' "$dir/table"; then
        echo "a device was answered 5xx" >&2
        failed=1
    fi
}

run() { # title, options…
    title=$1
    shift
    echo "== $title"
    measure "$@"
    "$bin/createdb" -U motcua -h 127.0.0.1 -p "$port" "b$n"
    measure --database-url "postgres://motcua@127.0.0.1:$port/b$n?sslmode=disable" "$@"
    "$bin/dropdb" -U motcua -h 127.0.0.1 -p "$port" "b$n"
    n=$((n + 1))
}
failed=0
n=0
run "flat out: 200 halls that return with 2,000 events each" --flat-out --devices 200 --waiting 2000
run "a province at its pace" --devices "$devices" --rate 255 --seconds 60
run "a province returns" --devices "$devices" --rate 51 --seconds 10 --outage 60 --waiting 100
exit $failed
