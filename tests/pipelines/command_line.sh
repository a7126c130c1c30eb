#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `ganface`: results, and exit codes that tell errors apart.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
expect() { # expected exit code, word in the output, command…
  local code=$1 word=$2 output
  shift 2
  output=$("$@" 2>&1)
  local got=$?
  if [ "$got" -ne "$code" ] || ! grep -q -- "$word" <<<"$output"; then
    echo "FAIL: $* gave $got, expected $code and '$word': $output"
    failures=$((failures + 1))
  fi
}
mkdir "$folder/empty" "$folder/faces"
expect 0 wrote ganface fake "$folder/a.png" --grid 2x1 --seed 3
expect 0 wrote ganface fake "$folder/b.png" --grid 2x1 --seed 3
cmp "$folder/a.png" "$folder/b.png" || failures=$((failures + 1))
for seed in 1 2 3 4; do expect 0 wrote ganface fake "$folder/faces/$seed.png" --grid 1x1 --seed $seed; done
expect 0 center ganface eval lfw-dcgan64 "$folder/faces" --mask center,half --iterations 2 \
  --preset fast,paper --json "$folder/eval.json" --per-image "$folder/images.json" --sheet "$folder/sheet.png"
holds() { # file, words
  for key in "${@:2}"; do
    grep -q "$key" "$1" || { echo "FAIL: no $key in $1"; failures=$((failures + 1)); }
  done
}
holds "$folder/eval.json" psnr_hole ssim_hole '"telea"' '"ns"' ms_per_face '"images": 4' '"half"' \
  '"preset": "fast"' '"paper"'
holds "$folder/images.json" '4.png' '"fast"' '"paper"' '"telea"' '"ns"' '"iterations": 2'
expect 0 features ganface frechet lfw-dcgan64 "$folder/faces" --samples 8 --json "$folder/frechet.json"
holds "$folder/frechet.json" '"samples": 8' '"pixels"' '"features"'
expect 0 generated ganface neighbours lfw-dcgan64 "$folder/faces" --count 4 --sheet "$folder/neighbours.png"
[ -s "$folder/neighbours.png" ] || failures=$((failures + 1))
[ -s "$folder/sheet.png" ] || failures=$((failures + 1))
expect 0 'generator: ' ganface info lfw-dcgan64
expect 0 '"parameters"' ganface info lfw-dcgan64 --json
expect 4 no-such-model ganface info no-such-model
expect 3 'standard output cannot be written' bash -c 'ganface info lfw-dcgan64 >/dev/full'
expect 3 'standard output cannot be written' bash -c 'ganface --help >/dev/full'
expect 0 'repair, fast' ganface bench --preset fast --json "$folder/bench.json"
holds "$folder/bench.json" 'generate, 64 together' 'repair, fast, 16 together'
expect 2 subcommand ganface
expect 2 grid ganface fake "$folder/c.png" --grid 0x1
expect 2 preset ganface eval lfw-dcgan64 "$folder/faces" --preset fastest
expect 2 restarts ganface eval lfw-dcgan64 "$folder/faces" --restarts 0
expect 4 features ganface frechet lfw-dcgan64 "$folder/faces" --features lfw-dcgan64
expect 2 initialisation ganface train "$folder/faces" --out "$folder/m.safetensors" --initialisation he
expect 2 WORLD_SIZE env RANK=0 ganface train "$folder/faces" --out "$folder/m.safetensors"
expect 5 cuda ganface train "$folder/faces" --out "$folder/m.safetensors" --device cuda:7
expect 2 device ganface fake "$folder/c.png" --device toaster
expect 3 "no image" ganface eval lfw-dcgan64 "$folder/empty"
expect 3 "does not exist" ganface train "$folder/nowhere" --out "$folder/m.safetensors"
expect 3 "does not exist" ganface fake "$folder/nowhere/c.png"
expect 4 no-such-model ganface fake "$folder/c.png" --model no-such-model
printf 'not a model' >"$folder/bad.safetensors"
expect 4 bad.safetensors ganface fake "$folder/c.png" --model "$folder/bad.safetensors"
[ -e "$folder/c.png" ] && { echo "FAIL: c.png was written"; failures=$((failures + 1)); }
exit "$failures"
