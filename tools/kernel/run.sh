#!/bin/sh
# The kernel tier: boots Debian's kernel in QEMU (no KVM needed), with simulated GPIO chips, a keyboard of uinput's, a loop-back sound card and radios
# of mac80211_hwsim, and runs the tests of hal/tests/kernel/ and tests/machine/air.rs there. Exit status is that of the tests. Names of tests may be given to run only them.
# Usage: tools/kernel/run.sh [TEST…]
set -eu
cd "$(dirname "$0")/../.."
limit_s=${MOTCUA_KERNEL_LIMIT:-300}
target=${CARGO_TARGET_DIR:-target}
work=$target/kernel
tools/setup.sh kernel
tools/kernel/prepare.sh "$work"
work=$(cd "$work" && pwd)

# Nothing else builds these drivers on every machine.
cargo clippy -q -p motcua-hal --all-targets --all-features -- -D warnings
built=$(cargo test -p motcua-hal --features gpiocdev,rppal,alsa,evdev,sim --test kernel --no-run --message-format=json) || exit 1
parts=$(echo "$built" | grep -oE '"executable":"[^"]*/kernel-[^"]*"' | cut -d'"' -f4 | tail -n 1)
# shellcheck disable=SC2086 # the choice of features of the Makefile
built=$(cargo test ${MOTCUA_SELECTION:--p motcua} --test it --no-run --message-format=json) || exit 1
device=$(echo "$built" | grep -E '"package_id":"[^"]*#motcua@' | grep -oE '"executable":"[^"]*/it-[^"]*"' | cut -d'"' -f4 | tail -n 1)
[ -x "$parts" ] && [ -x "$device" ] || { echo "kernel tier: cargo has not said where the test programs are" >&2; exit 1; }

{
    echo "#!/bin/sh"
    printf 'cd %s\n/bin/sh tools/kernel/guest.sh %s --ignored --test-threads=1 --color=never' "$PWD" "$parts"
    for test in "$@"; do printf " '%s'" "$test"; done
    printf ' || exit\n'
    case " $* " in
    "  " | *" air "*) printf 'exec %s --ignored --test-threads=1 --color=never machine::air::\n' "$device" ;;
    esac
} >"$work/run"

echo "kernel tier: booting Linux $(cat "$work/version")"
timeout --foreground "$limit_s" qemu-system-x86_64 -M q35,accel=tcg -cpu max -m 1024 -nographic -no-reboot -nic none \
    -kernel "$work/vmlinuz" -initrd "$work/initrd.gz" \
    -append "console=ttyS0 quiet loglevel=1 oops=panic panic=-1 motcua.run=$work/run" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    </dev/null 2>&1 | tr -d '\r' | tee "$work/console.log" |
    sed -un '/MOTCUA-GUEST-BEGIN/,/MOTCUA-GUEST-EXIT/{ /MOTCUA-GUEST/!p }' || true

status=$(sed -n 's/.*MOTCUA-GUEST-EXIT=\([0-9]*\).*/\1/p' "$work/console.log" | tail -n 1)
if [ -z "$status" ]; then
    tail -n 20 "$work/console.log" >&2
    echo "kernel tier: the guest did not come to its end within $limit_s s, or died; see $work/console.log" >&2
    exit 1
fi
[ "$status" = 0 ] && echo "kernel tier: all passed" || echo "kernel tier: failed with status $status" >&2
exit "$status"
