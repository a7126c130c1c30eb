#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Remakes models/lfw-dcgan64.safetensors. Usage: lfw-dcgan64.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
python3 "$here/split_lfw.py" "$1" "$2"
ganface train "$2/train" --out "$2/lfw-dcgan64.safetensors" --epochs 30 --seed 1 \
  --data-name "LFW deep-funneled, 10396 photographs of 4562 people"
ganface eval "$2/lfw-dcgan64.safetensors" "$2/validation" --preset paper \
  --json "$2/lfw-dcgan64.eval.json" --sheet "$2/lfw-dcgan64.sheet.png"
