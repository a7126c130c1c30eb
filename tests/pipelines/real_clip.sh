#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A real clip keeps its frames and timestamps, and its bytes outside the repaired faces.
set -euo pipefail
clip=${GANFACE_TEST_DATA:-../shared/data}/clips/asl-again.mkv
[ -f "$clip" ] || { echo "skipped: $clip is missing"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
frames=15
# The frames entering ganinpaint, and those leaving it.
gst-launch-1.0 -q filesrc location="$clip" ! decodebin ! videoconvert ! video/x-raw,format=I420 \
  ! identity eos-after=$frames ! facemask region=mouth occlude=gray ! tee name=t \
  t. ! queue ! filesink location="$folder/before.yuv" \
  t. ! queue ! ganinpaint iterations=2 ! filesink location="$folder/after.yuv"
size=$((640 * 480 * 3 / 2))
before=$(stat -c %s "$folder/before.yuv")
after=$(stat -c %s "$folder/after.yuv")
[ "$before" -eq "$after" ] || { echo "$before bytes in, $after out"; exit 1; }
[ $((before % size)) -eq 0 ] && [ "$before" -gt 0 ] || { echo "no whole frames: $before"; exit 1; }
differ=$({ cmp -l "$folder/before.yuv" "$folder/after.yuv" || true; } | wc -l)
# A mouth is far less than a tenth of the picture, and something must have been repaired.
[ "$differ" -gt 0 ] || { echo "nothing was repaired"; exit 1; }
[ "$differ" -lt $((before / 10)) ] || { echo "$differ of $before bytes changed"; exit 1; }
echo "$((before / size)) frames, $differ of $before bytes changed"
