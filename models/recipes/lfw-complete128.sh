#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Remakes models/lfw-complete128.safetensors on one core in two and a half hours.
# Usage: lfw-complete128.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
out=$2
python3 "$here/split_lfw.py" "$1" "$out"
learn() { # name of the result, options
  ganface train-completion "$out/train" --out "$out/$1.safetensors" \
    --data-name "LFW deep-funneled, 10396 photographs of 4562 people" "${@:2}"
}
learn 1-absolute --epochs 8 --seed 1
learn 2-critic --from "$out/1-absolute.snapshot.safetensors" --epochs 7 --seed 2 --learning-rate 0.0008 \
  --adversarial 0.03 --feature-matching 0.3
