# The commands of the project. Each sets up what it needs and is safe to repeat.
SHELL := /bin/sh
# The bench is quick enough without the optimisations of a device, which take several times as long to compile.
RUN_PROFILE ?= dev
TARGET := $(or $(CARGO_TARGET_DIR),target)
RUN := $(TARGET)/$(if $(filter dev,$(RUN_PROFILE)),debug,$(RUN_PROFILE))
# One choice of features for every step, so that nothing is built twice.
ALL := --workspace --features motcua-link/full,motcua-central/mqtt,motcua-central/nats

# Virtual machines with the image; deploy/image/test has a script for each.
IMAGE_TESTS := image-test $(addprefix image-test-,slots escape power updates cuts fleet nodata trial report turned wear support qr usbdisk)

.PHONY: run test test-kill test-kernel fuzz bench bench-central screens guide format lint deny device clean image image-quick $(IMAGE_TESTS)

# The kiosk on simulated hardware, on a local page. Options: make run ARGS="--size 1280x800 --lang en"
run:
	tools/setup.sh run
	cargo build --profile $(RUN_PROFILE) -p motcua -p motcua-central
	tools/open-page.sh 127.0.0.1:8600 &
	$(RUN)/motcua sim $(ARGS)

# Everything a change must pass.
test:
	tools/setup.sh test
	$(MAKE) lint deny device
	cargo nextest run $(ALL) --all-targets --profile ci
	cargo test $(ALL) --doc --quiet

format:
	cargo fmt --all

lint:
	cargo fmt --all --check
	SLINT_COMPILER_DENY_WARNINGS=1 cargo clippy $(ALL) --all-targets -- -D warnings

deny:
	cargo deny --all-features check bans licenses sources

# The device build compiles: no window system, no simulators.
device:
	cargo clippy --no-default-features --features linuxkms -- -D warnings

# kill -9 at 1,000 random points of issuing, 200 of a whole hall at work, 300 of each side of the link to the central.
test-kill:
	tools/setup.sh test
	MOTCUA_KILL_RUNS=1000 cargo nextest run $(ALL) --profile long -E 'test(kill::) & package(motcua) | test(kill_hall::)'
	MOTCUA_KILL_RUNS=300 cargo nextest run $(ALL) --profile long -E 'test(kill::) & package(motcua-central)'

# Buttons, lamps, sound and Wi-Fi against devices of the kernel, in a virtual machine. One part: make test-kernel ARGS=sound, ARGS=air
test-kernel:
	MOTCUA_SELECTION="$(ALL)" tools/kernel/run.sh $(ARGS)

# A million inputs for each parser that strangers can reach. Needs a nightly toolchain.
fuzz:
	tools/fuzz.sh 1000000

# Every figure of docs/benchmarks.md, as a table and as JSON.
bench:
	tools/setup.sh bench
	cargo bench --bench figures

# The figures of the central: ingest on SQLite and PostgreSQL beside their bare rates, a province at its pace, its return.
bench-central:
	tools/setup.sh test
	cargo build --release -p motcua-central
	tools/bench-central.sh $(TARGET)/release/motcua-central $(ARGS)

# The pictures of the documentation, drawn by the program.
screens:
	cargo run -p motcua -- screens --out docs/screens

# The technician's guide for paper and for a screen without a network, in both languages, into dist/guide.
guide:
	tools/guide/make.sh

# The image of a device's disk, from the sources to dist/: make image ARCH=arm64 (Raspberry Pi 4, 5) or ARCH=amd64 (mini-PC). Needs root. docs/image.md
ARCH ?= arm64
image:
	deploy/image/build.sh $(ARCH)

# The same with a program that is built quickly: for trying the image. amd64 only, as this machine's own compiler makes it.
image-quick:
	tools/setup.sh test
	CARGO_PROFILE_DEV_DEBUG=0 cargo build -p motcua --no-default-features --features linuxkms
	strip -o $(TARGET)/motcua-quick $(TARGET)/debug/motcua
	MOTCUA_IMAGE_LEVEL=1 MOTCUA_IMAGE_PROGRAM=$(abspath $(TARGET))/motcua-quick deploy/image/build.sh amd64

# The image that was built last, in virtual machines: from its first start to a ticket; a damaged slot; ways out of the kiosk; the plug pulled; updates.
$(IMAGE_TESTS):
	tools/setup.sh image-test
	deploy/image/toolbox.sh tools
	cargo build -q -p motcua-hal --features sim --example printer_on_tcp
	$(if $(filter image-test-fleet,$@),cargo build -q -p motcua -p motcua-central)
	python3 deploy/image/test/$(or $(subst image-test-,,$(filter image-test-%,$@)),boot).py $(ARCH) $(ARGS)

clean:
	cargo clean
