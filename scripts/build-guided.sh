#!/usr/bin/env bash
# Builds the program for production, guided by a profile of its own work: an instrumented build audits made-up
# encounters, and the second build lays out the machine code by what it counted. The results of an audit are the same byte
# for byte; only the time differs (docs/performance.md).
#
#     rustup component add llvm-tools
#     scripts/build-guided.sh            # leaves target/guided/infusion-audit
#
# Takes two release builds' time, and asks the network for nothing beyond what they do.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
merge=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
if [[ ! -x $merge ]]; then
  echo "llvm-profdata is not there: rustup component add llvm-tools" >&2
  exit 1
fi
mkdir -p "${CARGO_TARGET_DIR:-target}/guided"
folder=$(cd "${CARGO_TARGET_DIR:-target}/guided" && pwd)
counts=$folder/counts
training=$folder/training
rm -rf "$counts" "$training"

# With a target named, build scripts and macros are built once and without counters.
build() {
  RUSTFLAGS="${RUSTFLAGS:-} $1" cargo build --release --locked --bin infusion-audit --target "$host" --target-dir "$folder"
}
program=$folder/$host/release/infusion-audit

build "-Cprofile-generate=$counts"
# The generator's own work is not counted: audits are what is to be fast.
LLVM_PROFILE_FILE=/dev/null "$program" generate --encounters 60000 --months 4 --seed 77 --errors all --out "$training/data"
inputs=(--claims "$training/data/claims" --flowsheets "$training/data/flowsheets" --encounters "$training/data/encounters")
# Once with room for all rows, once with most of them waiting on disk.
"$program" audit --quiet "${inputs[@]}" --out "$training/out"
"$program" audit --quiet "${inputs[@]}" --out "$training/out" --memory-limit 32MiB
"$program" check --quiet "${inputs[@]}"
"$merge" merge --output "$folder/profile" "$counts"
rm -rf "$counts" "$training"

build "-Cprofile-use=$folder/profile"
cp "$program" "$folder/infusion-audit"
echo "$folder/infusion-audit"
