#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Remakes models/lfw-facemask.safetensors. The three networks learn apart and may do so side by side.
# Usage: lfw-facemask.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
out=$2
python3 "$here/split_lfw.py" "$1" "$out"
learn() { # network, model to add to, options
  ganface train-facemask "$out/train" --network "$1" ${2:+--from "$2"} --out "$out/$3.safetensors" --seed 1 \
    --data-name "LFW deep-funneled, 10396 photographs of 4562 people" "${@:4}"
}
learn finder "" 1-finder --epochs 12 --batch-size 32
learn aligner "$out/1-finder.safetensors" 2-aligner --epochs 50 --batch-size 64
learn occlusion "$out/2-aligner.safetensors" lfw-facemask --epochs 22 --batch-size 32
