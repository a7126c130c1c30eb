#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A training run that is killed twenty times at random moments ends as the uninterrupted one does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
kills=20

mkdir "$folder/faces"
gst-launch-1.0 -q ganfake grid=1x1 seed=5 walk=line walk-frames=4 num-buffers=32 ! videoconvert ! pngenc \
  ! multifilesink location="$folder/faces/%02d.png"

options=(--size 16 --ngf 8 --ndf 8 --latent-size 10 --batch-size 8 --epochs 200 --reconstruction 5
  --augmentation color,translation --seed 3 --checkpoint-minutes 0.001)
train() { # name, further options
  exec ganface train "$folder/faces" --out "$folder/$1.safetensors" "${options[@]}" "${@:2}"
}

seconds() { date +%s.%N; }

begin=$(seconds)
(train whole) >"$folder/whole.out" 2>&1
whole=$(awk -v a="$begin" -v b="$(seconds)" 'BEGIN {print b - a}')

checkpoint=$folder/killed.safetensors.train/checkpoint.safetensors
# Which checkpoint there is.
state() { stat -c %y "$checkpoint" 2>/dev/null || echo none; }
await_checkpoint_after() { # state
  for _ in $(seq 600); do
    [ "$(state)" = "$1" ] || return 0
    sleep 0.05
  done
  echo "FAIL: no checkpoint within 30 s"
  exit 1
}

RANDOM=11
killed=0 resumed=0
while [ "$killed" -lt "$kills" ]; do
  resume=()
  if [ -e "$checkpoint" ]; then
    resume=(--resume)
    resumed=$((resumed + 1))
  fi
  before=$(state)
  (train killed "${resume[@]}") >"$folder/killed.out" 2>&1 &
  process=$!
  # Every fourth while it loads, the others a while after they have got on: all kills fall well before
  # the run's end, however busy the machine is.
  pause=$(awk -v r="$RANDOM" -v w="$whole" 'BEGIN {print r / 32767 * w / 40}')
  [ $((killed % 4)) -eq 3 ] || await_checkpoint_after "$before"
  sleep "$pause"
  if ! kill -9 "$process" 2>/dev/null; then
    wait "$process" || { echo "FAIL: run $killed ended by itself:"; cat "$folder/killed.out"; exit 1; }
    echo "FAIL: the run was complete after $killed of $kills kills"
    exit 1
  fi
  wait "$process" 2>/dev/null || true
  killed=$((killed + 1))
  [ ! -e "$folder/killed.safetensors" ] || { echo "FAIL: a killed run wrote its model"; exit 1; }
done
[ "$resumed" -ge 10 ] || { echo "FAIL: only $resumed of $kills runs had a checkpoint"; exit 1; }
(train killed --resume) >"$folder/killed.out" 2>&1

values() { sed -e '/variances/d' -e 's/"images_per_second":[^,]*,//' "$folder/$1.safetensors.train/log.jsonl"; }
cmp "$folder/whole.safetensors" "$folder/killed.safetensors"
diff <(values whole) <(values killed)
if ls "$folder"/killed.safetensors.train/.*ganface-* 2>/dev/null; then
  echo "FAIL: half-written files are left"
  exit 1
fi
echo "killed $killed times, resumed $resumed times: same model, same $(values whole | wc -l) log lines"
