#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every gst-launch-1.0 and ganface line of the README's "sh run" blocks as pasted.
set -euo pipefail
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# The photograph and the clip that the README's lines speak of.
gst-launch-1.0 -q ganfake grid=1x1 num-buffers=1 ! videoconvert ! videoscale ! video/x-raw,width=128,height=128 ! jpegenc ! filesink location=photo.jpg
gst-launch-1.0 -q ganfake grid=1x1 walk=line num-buffers=3 ! videoconvert ! jpegenc ! matroskamux ! filesink location=clip.mkv
lines=$(awk '/^```sh run$/ {on=1; next} /^```/ {on=0} on' "$root/README.md" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta')
count=0
while IFS= read -r line; do
  [ -z "$line" ] && continue
  echo "running: $line"
  bash -c "$line" </dev/null
  count=$((count + 1))
done <<<"$lines"
[ "$count" -ge 3 ] || { echo "expected at least 3 lines in README.md, ran $count"; exit 1; }
for file in faces.png repaired.png repaired.mp4; do
  [ -s "$file" ] || { echo "no $file was written"; exit 1; }
done
echo "$count lines ran"
