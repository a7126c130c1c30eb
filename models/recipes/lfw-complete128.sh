#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the like of models/lfw-complete128.safetensors but for its refinement network, which refinement.sh adds from
# portraits: six hours on one core with bfloat16, then half a day more or, on an H100 with 16 cores, half an hour.
# Usage: lfw-complete128.sh LFW_FOLDER OUT_FOLDER
set -euo pipefail
here=$(dirname "$0")
out=$2
python3 "$here/split_lfw.py" "$1" "$out"
learn() { # name of the result, options
  ganface train-completion "$out/train" --out "$out/$1.safetensors" --prior lfw-dcgan64 \
    --data-name "LFW deep-funneled, 10396 photographs of 4562 people" "${@:2}"
}
learn 1-absolute --epochs 8 --seed 1
learn 2-prior --from "$out/1-absolute.snapshot.safetensors" --epochs 4 --seed 4 --learning-rate 0.0012
learn 3-fixed --from "$out/2-prior.snapshot.safetensors" --epochs 9 --seed 11 --learning-rate 0.0008 --fixed-statistics
learn 5-finish --from "$out/3-fixed.snapshot.safetensors" --epochs 9 --seed 21 --learning-rate 0.0008 --fixed-statistics
learn 7-square --from "$out/5-finish.snapshot.safetensors" --epochs 4 --seed 31 --learning-rate 0.0007 --fixed-statistics
# The critic needs time before it is worth being heard.
learn 8-critic --from "$out/7-square.snapshot.safetensors" --epochs 10 --seed 33 --learning-rate 0.0005 \
  --fixed-statistics --adversarial 0.03 --feature-matching 0.3
learn 9-sharp --from "$out/8-critic.snapshot.safetensors" --epochs 2 --seed 34 --learning-rate 0.0004 \
  --fixed-statistics --adversarial 0.04 --feature-matching 0.3
# A little of the softer one takes the last step's excess in half faces.
python3 "$here/average_weights.py" "$out/9-mean.safetensors" "$out/9-sharp.safetensors" 0.8 \
  "$out/8-critic.safetensors" 0.2
# Large batches, for a GPU (--device auto takes one where there is one). A fresh critic.
large() { learn "$@" --fixed-statistics --batch-size 128; }
large 10-warm --from "$out/9-mean.safetensors" --epochs 8 --seed 41 --learning-rate 0.001
large 11-square --from "$out/10-warm.snapshot.safetensors" --epochs 48 --seed 42 --learning-rate 0.001
large 12-critic --from "$out/11-square.snapshot.safetensors" --epochs 33 --seed 43 --learning-rate 0.0006 \
  --adversarial 0.03 --feature-matching 0.3
large 13-settle --from "$out/12-critic.snapshot.safetensors" --epochs 11 --seed 44 --learning-rate 0.0004 \
  --adversarial 0.015 --feature-matching 0.3
# On a CPU, 240 steps on some of the people: those before were trained when chequers were not taken out.
mkdir -p "$out/some"
count=0
for person in $(ls "$out/train" | shuf --random-source=<(yes 7)); do
  ln -sfn "$out/train/$person" "$out/some/$person"
  count=$((count + $(ls "$out/train/$person/" | wc -l)))
  [ "$count" -lt 3850 ] || break
done
ganface train-completion "$out/some" --out "$out/14-chequers.safetensors" --from "$out/13-settle.snapshot.safetensors" \
  --epochs 1 --seed 45 --learning-rate 0.0004 --fixed-statistics --adversarial 0.04 --feature-matching 0.3
# What the critic asks for too much, the softer one takes back.
python3 "$here/average_weights.py" "$out/15-mean.safetensors" "$out/14-chequers.safetensors" 0.88 \
  "$out/11-square.safetensors" 0.12
# Sharper photographs and more half faces; the critic has the time to become worth being heard more.
large 16-square --from "$out/15-mean.safetensors" --epochs 18 --seed 101 --learning-rate 0.0008
large 17-critic --from "$out/16-square.snapshot.safetensors" --epochs 25 --seed 102 --learning-rate 0.0006 \
  --adversarial 0.05 --feature-matching 0.4
large 18-critic --from "$out/17-critic.safetensors" --epochs 58 --seed 111 --learning-rate 0.0007 \
  --adversarial 0.06 --feature-matching 0.4
large 19-settle --from "$out/18-critic.snapshot.safetensors" --epochs 25 --seed 113 --learning-rate 0.0004 \
  --adversarial 0.03 --feature-matching 0.3
python3 "$here/average_weights.py" "$out/20-mean.safetensors" "$out/18-critic.safetensors" 0.5 \
  "$out/19-settle.safetensors" 0.5
# The finest detail, which is soft where it cannot be known.
ganface train-completion "$out/train" --network sharpening --from "$out/20-mean.safetensors" \
  --out "$out/lfw-complete128.safetensors"
