#!/bin/sh
# Builds the fuzz targets, then runs one: fuzz/run.sh midi|manifest|graph|uris|state [libFuzzer options]. With "build" only builds.
set -eu
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz sets for coverage, in flags that stable Rust takes. `--target` keeps them from build scripts.
coverage="-Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    coverage="$coverage -Cllvm-args=-sanitizer-coverage-$option"
done
target=${CARGO_TARGET_DIR:-../target}
RUSTFLAGS="$coverage" cargo build --profile fuzz --locked --examples --features targets --target "$host" --target-dir "$target"

name=$1
shift
[ "$name" = build ] && exit
corpus=corpus/$name
mkdir -p "$corpus" "artifacts/$name"
case $name in
    midi)
        cp ../assets/clips/*.mid "$corpus"
        set -- -dict=midi.dict -max_len=8192 "$@"
        ;;
    manifest)
        for model in ../models/*/; do
            cp "$model/manifest.toml" "$corpus/$(basename "$model").toml"
        done
        set -- -dict=manifest.dict -max_len=4096 "$@"
        ;;
    graph)
        cp seeds/step.onnx "$corpus"
        set -- -dict=graph.dict -max_len=4096 "$@"
        ;;
    uris) set -- -dict=uris.dict -max_len=1024 "$@" ;;
    state) set -- -max_len=32768 "$@" ;;
esac
# Inputs by name are run once each; otherwise the corpus is where it starts.
for last in "$@"; do :; done
[ -f "$last" ] || set -- "$@" "$corpus"
exec "$target/$host/fuzz/examples/fuzz-$name" -artifact_prefix="artifacts/$name/" "$@"
