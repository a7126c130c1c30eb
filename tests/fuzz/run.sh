#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzzing programs and runs one or all of them. Usage: run.sh [TARGET] [SECONDS]
# SECONDS, a minute if not given, are those of all together. What was found lies in
# build/fuzz/found/, and makes the exit code 1; GANFACE_FUZZ_SEED makes a run from no corpus one that can be
# repeated; 77 says that there is no clang to build with.
set -euo pipefail
cd "$(dirname "$0")/../.."
fuzz=$PWD/tests/fuzz
build=${GANFACE_FUZZ_BUILD:-$PWD/build/fuzz}
all=(command_line elements frame image input json mask safetensors)

targets=("${all[@]}") seconds=60
for word in "$@"; do
  if [[ $word =~ ^[1-9][0-9]*$ ]]; then
    seconds=$word
  elif [ -d "$fuzz/corpus/$word" ]; then
    targets=("$word")
  else
    echo "usage: ./run fuzz [TARGET] [SECONDS], TARGET one of: ${all[*]}" >&2
    exit 2
  fi
done

export CC=clang CXX=clang++
if ! clang++ -x c++ -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null \
  <<<'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'; then
  echo "skipped: there is no clang with libFuzzer; apt-get install clang libclang-rt-dev"
  exit 77
fi
if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" -Dfuzz=true -Dbuildtype=plain -Doptimization=1 >/dev/null
fi
ninja -C "$build" "${targets[@]/#/tests/fuzz/fuzz-}" >"$build/build.log" || { cat "$build/build.log"; exit 1; }

# Files that a killed program leaves.
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
mkdir -p "$build/found" "$build/logs"
status=0
for target in "${targets[@]}"; do
  grown=$build/corpus/$target log=$build/logs/$target
  mkdir -p "$grown"
  options=(-max_total_time=$((seconds / ${#targets[@]} + 1)) -rss_limit_mb=1024 -timeout=20
    -len_control=0 -print_final_stats=1 -artifact_prefix="$build/found/$target-")
  [ -z "${GANFACE_FUZZ_SEED:-}" ] || options+=(-seed="$GANFACE_FUZZ_SEED")
  [ -f "$fuzz/$target.dict" ] && options+=(-dict="$fuzz/$target.dict")
  if "$build/tests/fuzz/fuzz-$target" "${options[@]}" "$grown" "$fuzz/corpus/$target" >"$log" 2>&1; then
    awk -v target="$target" '
      /^stat::number_of_executed_units/ {inputs = $2}
      /^stat::peak_rss_mb/ {memory = $2}
      / cov: / {for (i = 1; i < NF; ++i) if ($i == "cov:") edges = $(i + 1)}
      END {printf "%-13s %8d inputs, %5d edges, %4d MB: nothing found\n", target, inputs, edges, memory}' "$log"
  else
    status=1
    tail -60 "$log"
    echo "$target: found something; again with: $build/tests/fuzz/fuzz-$target $(
      sed -n 's/.*Test unit written to //p' "$log" | tail -1)"
  fi
done
exit "$status"
