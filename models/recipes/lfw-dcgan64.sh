#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Remakes models/lfw-dcgan64.safetensors and models/lfw-features64.safetensors, with their figures.
# Usage: lfw-dcgan64.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
out=$2
python3 "$here/split_lfw.py" "$1" "$out"
faces=$out/train validation=$out/validation
name="LFW deep-funneled, 10396 photographs of 4562 people"

# The features that generators are compared in.
ganface train-features "$faces" --out "$out/lfw-features64.safetensors" --epochs 30 --seed 1 \
  --data-name "$name; of the people with 4 or more photographs"

# The game; an encoder for its generator; then both together and the encoder alone in turn.
ganface train "$faces" --out "$out/1-game.safetensors" --epochs 30 --seed 1 --data-name "$name"
ganface train-encoder "$faces" --model "$out/1-game.safetensors" --out "$out/2-encoder.safetensors" \
  --epochs 10 --seed 1 --data-name "$name"
ganface train "$faces" --from "$out/2-encoder.safetensors" --out "$out/3-together.safetensors" \
  --epochs 15 --seed 2 --reconstruction 5 --data-name "$name"
ganface train-encoder "$faces" --model "$out/3-together.safetensors" --out "$out/4-encoder.safetensors" \
  --epochs 2 --seed 1 --data-name "$name"
ganface train "$faces" --from "$out/4-encoder.safetensors" --out "$out/5-together.safetensors" \
  --epochs 10 --seed 3 --reconstruction 5 --data-name "$name"
ganface train-encoder "$faces" --model "$out/5-together.safetensors" --out "$out/6-encoder.safetensors" \
  --epochs 8 --seed 2 --data-name "$name"
ganface train-encoder "$faces" --model "$out/6-encoder.safetensors" --out "$out/7-encoder.safetensors" \
  --epochs 9 --seed 3 --data-name "$name"
ganface train "$faces" --from "$out/7-encoder.safetensors" --out "$out/8-together.safetensors" \
  --epochs 10 --seed 4 --reconstruction 5 --data-name "$name"
ganface train-encoder "$faces" --model "$out/8-together.safetensors" --out "$out/9-encoder.safetensors" \
  --epochs 14 --seed 4 --data-name "$name"
ganface train "$faces" --from "$out/9-encoder.safetensors" --out "$out/10-together.safetensors" \
  --epochs 10 --seed 5 --reconstruction 5 --data-name "$name"
ganface train-encoder "$faces" --model "$out/10-together.safetensors" --out "$out/lfw-dcgan64.safetensors" \
  --epochs 16 --seed 5 --data-name "$name"

ganface eval "$out/lfw-dcgan64.safetensors" "$validation" --preset fast,paper \
  --json "$out/lfw-dcgan64.eval.json" --sheet "$out/lfw-dcgan64.sheet.png"
ganface frechet "$out/lfw-dcgan64.safetensors" "$validation" --features "$out/lfw-features64.safetensors"
ganface neighbours "$out/lfw-dcgan64.safetensors" "$faces" --unseen "$validation" --sheet "$out/neighbours.png"
