#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every "sh run" block of README.md and docs/*.md as pasted, in this order and in one folder. A
# block "sh run ELEMENT" runs where GStreamer has the element; "sh run installed" is for embedding.sh.
set -euo pipefail
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# The photograph and the clips that the lines speak of.
gst-launch-1.0 -q ganfake grid=1x1 num-buffers=1 ! videoconvert ! videoscale ! video/x-raw,width=128,height=128 ! jpegenc ! filesink location=photo.jpg
gst-launch-1.0 -q ganfake grid=1x1 walk=line num-buffers=3 ! videoconvert ! jpegenc ! matroskamux ! filesink location=clip.mkv
cp clip.mkv face.mkv
# Blocks in files NUMBER.sh, and the elements that they need in NUMBER.needs.
mkdir blocks
awk '/^```sh run( [a-z0-9]+)?$/ && $3 != "installed" {name = sprintf("blocks/%03d", ++count); on = 1
       print $3 >(name ".needs"); print FILENAME >(name ".from"); next}
     /^```/ {on = 0}
     on {print >(name ".sh")}' "$root"/README.md "$root"/docs/*.md
count=0
for block in blocks/*.sh; do
  name=${block%.sh}
  needs=$(cat "$name.needs")
  if [ -n "$needs" ] && ! gst-inspect-1.0 --exists "$needs"; then
    echo "left out a block of $(cat "$name.from"): there is no element $needs"
    continue
  fi
  echo "running a block of $(cat "$name.from"):"
  bash -e -o pipefail -x "$block" </dev/null
  count=$((count + 1))
done
[ "$count" -ge 15 ] || { echo "expected at least 15 blocks, ran $count"; exit 1; }
for file in faces.png repaired.png repaired.mp4 eyes.mp4 mouths.mp4 mouth.png eyes.png photos/002.png photos/001-repaired.png \
  by-itself.png by-image.png by-colour.png by-alpha.png talk.mp4 both.mp4; do
  [ -s "$file" ] || { echo "no $file was written"; exit 1; }
done
# Sound and picture: a stream that is missing cannot be linked.
gst-launch-1.0 -q filesrc location=talk.mp4 ! qtdemux name=d d.video_0 ! queue ! fakesink d.audio_0 ! queue ! fakesink
echo "$count blocks ran"
