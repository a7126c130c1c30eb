#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two processes that train together, started by torchrun's variables, then by srun's, do what one does
# with twice the batch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/faces"
gst-launch-1.0 -q ganfake grid=1x1 seed=5 walk=line walk-frames=4 num-buffers=32 ! videoconvert ! pngenc \
  ! multifilesink location="$folder/faces/%02d.png"

train() { # name, batch size, further options
  ganface train "$folder/faces" --out "$folder/$1.safetensors" --size 16 --ngf 8 --ndf 8 --latent-size 10 \
    --batch-size "$2" --epochs 10 --augmentation color,translation --seed 3 "${@:3}"
}
port=$((20000 + RANDOM % 20000))

together() { # name, then NAME=VALUE of both processes with RANK for 0 or 1, a comma between
  local name=$1 processes=()
  for rank in 0 1; do
    # shellcheck disable=SC2046
    (export $(tr , ' ' <<<"${2//RANKNUMBER/$rank}") && train "$name" 4) >"$folder/$name-$rank.out" 2>&1 &
    processes+=($!)
  done
  for process in "${processes[@]}"; do
    wait "$process" || { cat "$folder/$name"-*.out; exit 1; }
  done
}

train alone 8 2>/dev/null
together torchrun "RANK=RANKNUMBER,WORLD_SIZE=2,LOCAL_RANK=RANKNUMBER,MASTER_ADDR=127.0.0.1,MASTER_PORT=$port"
together srun "SLURM_STEP_NUM_TASKS=2,SLURM_PROCID=RANKNUMBER,SLURM_LOCALID=RANKNUMBER,SLURM_STEP_NODELIST=127.0.0.1,SLURM_JOB_ID=$((port + 1))"

last() { tail -n 1 "$folder/$1.safetensors.train/log.jsonl" | sed "s/.*\"$2\":\([^,}]*\).*/\1/"; }
for name in torchrun srun; do
  [ -s "$folder/$name.safetensors" ]
  grep -q "2 processes" "$folder/$name-0.out"
  [ ! -s "$folder/$name-1.out" ] || { echo "FAIL: the second process speaks:"; cat "$folder/$name-1.out"; exit 1; }
  [ "$(last $name step)" = "$(last alone step)" ]
  # Rounding in another order, after 40 steps of a game: the third digit.
  awk -v a="$(last alone value)" -v b="$(last $name value)" \
    'BEGIN {d = a - b; if (d < 0) d = -d; print "V alone " a ", together " b; exit d > 0.01}'
done
