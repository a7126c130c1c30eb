#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Adds the refinement network to a completion model without one, as lfw-complete128.sh makes it: ten minutes for the
# crops and their completions, then an hour and a half on two cores with AVX512-BF16. Needs python3-torch,
# python3-numpy and python3-pil.
# Usage: refinement.sh MODEL.safetensors LFW_FOLDER PORTRAITS OUT_FOLDER
# LFW_FOLDER and PORTRAITS hold training people alone; PORTRAITS are photographs whose faces are 180 pixels wide or more
# and uncovered.
set -euo pipefail
here=$(dirname "$0")
model=$1 lfw=$2 portraits=$3 out=$4
mkdir -p "$out"
ganface repair "$portraits" "$out/portraits" --quiet --report "$out/portraits.jsonl"
python3 "$here/refinement_crops.py" "$out/portraits" portraits "$out/portraits.jsonl" --variants 10 --seed 1
python3 "$here/refinement_crops.py" "$out/lfw" lfw "$lfw" --people 3000 --seed 2
c++ -O2 -std=c++17 "$here/refinement_completed.cpp" -I "$here/../../lib/include" $(pkg-config --cflags --libs ganface) \
  -o "$out/completed"
"$out/completed" "$model" "$out/portraits"
"$out/completed" "$model" "$out/lfw"
python3 "$here/refinement_train.py" train "$out/refinement" "$out/portraits" "$out/lfw" --shares 0.9 0.1 --minutes 90
python3 "$here/refinement_train.py" add "$model" "$out/refinement" "$out/lfw-complete128.safetensors"
