#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Remakes models/lfw-facemask.safetensors. The three networks learn apart and may do so side by side:
# each on one core, two hours for the finder and for the occlusion network.
# Usage: lfw-facemask.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
out=$2
python3 "$here/split_lfw.py" "$1" "$out"
model=
learn() { # network, name of the result, options
  ganface train-facemask "$out/train" --network "$1" ${model:+--from "$model"} --out "$out/$2.safetensors" \
    --data-name "LFW deep-funneled, 10396 photographs of 4562 people" "${@:3}"
  model=$out/$2.safetensors
}
learn finder 1-finder --epochs 12 --seed 1
learn finder 2-finder --epochs 14 --seed 2 --learning-rate 0.0012
learn aligner 3-aligner --epochs 50 --seed 1 --batch-size 64
learn aligner 4-aligner --epochs 45 --seed 2 --batch-size 64 --learning-rate 0.0012
learn occlusion 5-occlusion --epochs 22 --seed 1
learn occlusion 6-occlusion --epochs 12 --seed 2 --learning-rate 0.0012
learn finder 7-finder --epochs 14 --seed 3 --learning-rate 0.001
learn aligner 8-aligner --epochs 120 --seed 3 --batch-size 64 --learning-rate 0.001
learn occlusion 9-occlusion --epochs 12 --seed 3 --learning-rate 0.0012
learn finder 10-finder --epochs 20 --seed 4 --learning-rate 0.0009
learn aligner 11-aligner --epochs 100 --seed 4 --batch-size 64 --learning-rate 0.0009
learn occlusion 12-occlusion --epochs 10 --seed 4 --learning-rate 0.001
learn occlusion 13-occlusion --epochs 6 --seed 41 --learning-rate 0.0012
learn occlusion 14-occlusion --epochs 6 --seed 42 --learning-rate 0.001
learn occlusion 15-occlusion --epochs 6 --seed 43 --learning-rate 0.001
learn aligner 16-aligner --epochs 60 --seed 51 --batch-size 64 --learning-rate 0.0008
learn aligner 17-aligner --epochs 26 --seed 61 --batch-size 64 --learning-rate 0.0008
learn aligner 18-aligner --epochs 56 --seed 62 --batch-size 64 --learning-rate 0.0008
learn aligner 19-aligner --epochs 48 --seed 72 --batch-size 64 --learning-rate 0.0008
learn occlusion 20-occlusion --epochs 7 --seed 81 --learning-rate 0.001
# Hands that are easier to tell from faces and harder ones: the mean knows both best.
python3 "$here/average_weights.py" "$out/lfw-facemask.safetensors" "$out/20-occlusion.safetensors" 0.5 \
  "$out/19-aligner.safetensors" 0.5
