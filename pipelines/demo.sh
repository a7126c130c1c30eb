#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Repairs a real photograph and a generated clip. Usage: demo.sh FOLDER, inside `meson devenv`.
set -euo pipefail
out=$1
mkdir -p "$out"
scratch=$(mktemp -d)
chmod 755 "$scratch" # apt downloads as a user of its own
trap 'rm -rf "$scratch"' EXIT

# NASA's portrait of the astronaut Eileen Collins, public domain, from Debian's python3-skimage.
photo=$out/astronaut.png
if [ ! -s "$photo" ]; then
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root python3-skimage &&
    dpkg -x python3-skimage_*.deb .)
  cp "$(find "$scratch" -name astronaut.png | head -n 1)" "$photo"
fi

repair() { # region
  gst-launch-1.0 -q filesrc location="$photo" ! pngdec ! videoconvert ! video/x-raw,format=RGB \
    ! facemask max-faces=1 min-face-size=80 region="$1" occlude=gray ! tee name=t \
    t. ! queue ! videoconvert ! pngenc ! filesink location="$out/$1-damaged.png" \
    t. ! queue ! ganinpaint blend=poisson ! videoconvert ! pngenc \
    ! filesink location="$out/$1-repaired.png"
}
for region in mouth eyes; do
  echo "repairing the $region"
  repair "$region"
done

# The face of each picture side by side: photograph, then damaged and repaired for both regions.
pads=() branches=()
for picture in astronaut mouth-damaged mouth-repaired eyes-damaged eyes-repaired; do
  i=${#pads[@]}
  pads+=("sink_$i::xpos=$((i * 320))")
  branches+=(filesrc location="$out/$picture.png" ! pngdec ! videoconvert
    ! videocrop left=122 right=190 top=0 bottom=312 ! videoscale ! video/x-raw,width=320,height=320
    ! "c.sink_$i")
done
gst-launch-1.0 -q compositor name=c background=black "${pads[@]}" ! videoconvert \
  ! pngenc snapshot=true ! filesink location="$out/before-after.png" "${branches[@]}"

echo "repairing a clip with a moving occluder"
frames=72
side=256
raw=video/x-raw,width=$side,height=$side,framerate=24/1
# Generated faces that turn into each other, a green ball that passes over them, and the repair;
# damaged on the left, repaired on the right.
gst-launch-1.0 -q compositor name=covered background=black ! videoconvert ! video/x-raw,format=RGB \
  ! facemask face-source=frame mask=color color=0x00ff00 tolerance=100 dilate=4 ! tee name=t \
  ganfake grid=1x1 seed=3 walk=loop walk-frames=$frames num-buffers=$frames ! videoconvert ! videoscale \
  ! videorate ! "$raw" ! queue ! covered.sink_0 \
  videotestsrc pattern=ball num-buffers=$frames foreground-color=0xff00ff00 background-color=0 \
  ! video/x-raw,format=ARGB,width=96,height=96,framerate=24/1 ! videoscale ! "$raw,format=ARGB" \
  ! queue ! covered.sink_1 \
  compositor name=sides background=black sink_1::xpos=$side ! videoconvert ! x264enc ! mp4mux \
  ! filesink location="$out/repaired.mp4" \
  t. ! queue max-size-buffers=0 max-size-time=0 max-size-bytes=0 ! sides.sink_0 \
  t. ! queue ! ganinpaint blend=poisson iterations=100 ! sides.sink_1
echo "look at $out/before-after.png and $out/repaired.mp4"
