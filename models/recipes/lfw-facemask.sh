#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the like of models/lfw-facemask.safetensors. The three networks learn apart and may do so side
# by side: two hours on one core for the finder and for the occlusion network, which then learns
# nine minutes on an H100 with 16 cores, the aligner twelve (--device auto takes one where there is one).
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
learn occlusion 5-occlusion --epochs 22 --seed 1
learn occlusion 6-occlusion --epochs 12 --seed 2 --learning-rate 0.0012
learn finder 7-finder --epochs 14 --seed 3 --learning-rate 0.001
learn occlusion 9-occlusion --epochs 12 --seed 3 --learning-rate 0.0012
learn finder 10-finder --epochs 20 --seed 4 --learning-rate 0.0009
learn occlusion 12-occlusion --epochs 10 --seed 4 --learning-rate 0.001
learn occlusion 13-occlusion --epochs 6 --seed 41 --learning-rate 0.0012
learn occlusion 14-occlusion --epochs 6 --seed 42 --learning-rate 0.001
learn occlusion 15-occlusion --epochs 6 --seed 43 --learning-rate 0.001
learn occlusion 20-occlusion --epochs 7 --seed 81 --learning-rate 0.001
# Hands that are easier to tell from faces and harder ones: the mean knows both best.
model=$out/20-mean.safetensors
python3 "$here/average_weights.py" "$model" "$out/20-occlusion.safetensors" 0.5 "$out/15-occlusion.safetensors" 0.5
# The first aligner takes faces to be where deep funneling has put them, the next where this one sees them.
aligner() { learn aligner "$@" --batch-size 256; }
aligner 20-aligner --epochs 60 --seed 90 --learning-rate 0.002
aligner 21-aligner --epochs 146 --seed 91 --learning-rate 0.002
aligner 22-aligner --epochs 54 --seed 92 --learning-rate 0.001
# Hands on their way before the face; then heads that have turned since their look, and more shine. The
# long training sees most, and takes lit skin for a hand; the mean does not.
last=$model
learn occlusion 23-occlusion --epochs 72 --seed 112 --learning-rate 0.0015 --batch-size 64
model=$out/23-mean.safetensors
python3 "$here/average_weights.py" "$model" "$out/23-occlusion.safetensors" 0.5 "$last" 0.5
learn occlusion 24-occlusion --epochs 4 --seed 121 --learning-rate 0.0008
python3 "$here/average_weights.py" "$out/lfw-facemask.safetensors" "$out/24-occlusion.safetensors" 0.4 \
  "$out/23-occlusion.safetensors" 0.2 "$last" 0.4
