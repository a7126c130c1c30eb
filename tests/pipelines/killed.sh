#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Kills `ganface repair` of an image, a folder, numbered images and a clip, and a training, with
# SIGKILL at random moments: nothing torn has the name of a result, nothing of the input changes, and
# the next run removes what was left. Usage: killed.sh [KILLS [SEED]]
set -euo pipefail
kills=${1:-10}
RANDOM=${2:-7}
export OMP_NUM_THREADS=1  # small work, and other tests beside it
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "FAIL: $*"
  exit 1
}

# Inputs, made up.
gst-launch-1.0 -q ganfake grid=1x1 seed=5 walk=line walk-frames=4 num-buffers=16 ! videoconvert ! pngenc \
  ! multifilesink location="$folder/%02d.png"
mkdir -p "$folder/in/folder/deep" "$folder/in/faces" "$folder/in/numbered"
cp "$folder/00.png" "$folder/in/image.png"
cp "$folder"/0[1-4].png "$folder/in/folder"
cp "$folder"/0[5-6].png "$folder/in/folder/deep"
cp "$folder"/*.png "$folder/in/faces"
cp "$folder"/0[0-7].png "$folder/in/numbered"
gst-launch-1.0 -q multifilesrc location="$folder/%02d.png" caps=image/png,framerate=10/1 ! pngdec ! videoconvert \
  ! x264enc ! matroskamux ! filesink location="$folder/in/clip.mkv"
inputs() { (cd "$folder/in" && find . -type f -exec sha256sum {} + | sort); }
inputs_before=$(inputs)

kinds=(image folder clip training)
[ "$kills" -lt 20 ] || kinds+=(numbered)
repair=(ganface repair --quiet --face-source frame --region mouth)
train=(ganface train "$folder/in/faces" --size 16 --ngf 8 --ndf 8 --latent-size 10 --batch-size 8 --epochs 5
  --seed 3 --checkpoint-minutes 0.001)
run() { # kind, the folder that it writes to
  case $1 in
    image) exec "${repair[@]}" "$folder/in/image.png" "$2/image.png" --report "$2/report.jsonl" ;;
    folder) exec "${repair[@]}" "$folder/in/folder" "$2/folder" --jobs 2 --report "$2/report.jsonl" ;;
    numbered) exec "${repair[@]}" "$folder/in/numbered/%02d.png" "$2/%02d.png" ;;
    clip) exec "${repair[@]}" "$folder/in/clip.mkv" "$2/clip.mkv" --report "$2/report.jsonl" ;;
    # A checkpoint goes on where it was.
    training)
      local resume=()
      [ ! -e "$2/model.safetensors.train/checkpoint.safetensors" ] || resume=(--resume)
      exec "${train[@]}" --out "$2/model.safetensors" "${resume[@]}"
      ;;
  esac
}
files_of() { (cd "$1" && find . -mindepth 1 | sort); }
frames_of() { gst-launch-1.0 filesrc location="$1" ! matroskademux ! avdec_h264 ! fakesink silent=false sync=false -v 2>/dev/null | grep -c 'chain.*fakesink'; }
now() { date +%s%N; }

# What an undisturbed run makes, and how long it takes.
declare -A time
for kind in "${kinds[@]}"; do
  mkdir -p "$folder/whole/$kind"
  [ "$kind" != folder ] || mkdir "$folder/whole/$kind/folder"
  begin=$(now)
  (run "$kind" "$folder/whole/$kind") >"$folder/log" 2>&1 || { cat "$folder/log"; fail "$kind, not killed"; }
  time[$kind]=$(($(now) - begin))
done
frames=$(frames_of "$folder/whole/clip/clip.mkv")
[ "$frames" -eq 16 ] || fail "$frames of 16 frames in the repaired clip"

is_from_before() { cmp -s "$1" <(echo before); }

# Whether what has a result's name is what a whole run makes, or what was there before.
check_file() { # kind, name, file
  local whole=$folder/whole/$1/$2
  ! is_from_before "$3" || return 0
  case $2 in
    */model.safetensors.train/*) ;; # read by the next run
    *.mkv) [ "$(frames_of "$3")" = "$frames" ] || fail "$1: $2 is torn" ;;
    *.jsonl | *.png | ./model.safetensors)
      cmp -s "$3" "$whole" || fail "$1: $2 is neither whole nor what was there before"
      ;;
    *) fail "$1: $2 is left under a name of its own" ;;
  esac
}

declare -A killed leftovers
for ((n = 0; n < kills; ++n)); do
  [ $((n % 20)) -ne 19 ] || echo "after $n kills: $(declare -p killed leftovers | tr '\n' ' ')"
  kind=${kinds[$((n % ${#kinds[@]}))]}
  out=$folder/out/$kind
  # Two in three while it writes, which is near its end; a training does all the time.
  share=$((RANDOM % 1000))
  [ "$kind" = training ] || [ $((RANDOM % 3)) -eq 0 ] || share=$((600 + share / 2))
  # A run that has ended before its kill was a fast one: the next try is sooner.
  for ((try = 0; try < 8; ++try)); do
    # Every other time there is a result already, which a killed run leaves alone or replaces.
    if [ "$kind" != training ] || [ "$try" -gt 0 ] || [ $((RANDOM % 4)) -eq 0 ]; then
      rm -rf "$out"
      mkdir -p "$out"
      [ "$kind" != folder ] || mkdir "$out/folder"
      if [ "$kind" != training ] && [ $((RANDOM % 2)) -eq 0 ]; then
        (cd "$folder/whole/$kind" && find . -type f) | while read -r name; do
          mkdir -p "$out/$(dirname "$name")"
          echo before >"$out/$name"
        done
      fi
    fi
    mkdir -p "$out"
    (run "$kind" "$out") >"$folder/log" 2>&1 &
    process=$!
    sleep "$(awk -v t="${time[$kind]}" -v s="$share" -v n="$try" 'BEGIN {print t / 1e9 * s / 1000 * 0.7 ^ n}')"
    kill -9 "$process" 2>/dev/null || true
    status=0
    wait "$process" 2>/dev/null || status=$?
    [ "$status" -ne 137 ] || break
    [ "$status" -eq 0 ] || { cat "$folder/log"; fail "$kind, before it could be killed"; }
  done
  [ "$status" -ne 137 ] || killed[$kind]=$((${killed[$kind]:-0} + 1))
  [ "$(inputs)" = "$inputs_before" ] || fail "$kind: an input has changed"
  left=0
  while read -r name; do
    case /$name in
      */.*ganface-*) left=1 ;;
      *) [ -d "$out/$name" ] || check_file "$kind" "$name" "$out/$name" ;;
    esac
  done < <(files_of "$out")
  leftovers[$kind]=$((${leftovers[$kind]:-0} + left))
  # The next run completes, and removes what was left.
  (run "$kind" "$out") >"$folder/log" 2>&1 || { cat "$folder/log"; fail "$kind, after a kill"; }
  [ "$(files_of "$out")" = "$(files_of "$folder/whole/$kind")" ] ||
    fail "$kind: the next run left $(comm -3 <(files_of "$out") <(files_of "$folder/whole/$kind"))"
  for name in $(cd "$out" && find . -type f); do
    ! is_from_before "$out/$name" || fail "$kind: $name was not written anew"
    [ "$kind" = training ] || check_file "$kind" "$name" "$out/$name"
  done
done
total=0
for kind in "${kinds[@]}"; do
  total=$((total + ${killed[$kind]:-0}))
  echo "$kind: ${killed[$kind]:-0} killed, ${leftovers[$kind]:-0} of them left something hidden, which the next run removed"
done
[ "$total" -eq "$kills" ] || fail "only $total of $kills runs were killed before their end"
echo "$total of $kills runs killed: nothing torn, nothing left behind"
