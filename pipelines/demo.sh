#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Repairs a real photograph and a generated clip. Usage: demo.sh FOLDER, inside `meson devenv`.
set -euo pipefail
out=$1
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# NASA's portrait of the astronaut Eileen Collins, public domain, from Debian's python3-skimage.
photo=$out/astronaut.png
if [ ! -s "$photo" ]; then
  (cd "$scratch" && apt-get download -qq python3-skimage && dpkg -x python3-skimage_*.deb .)
  cp "$(find "$scratch" -name astronaut.png | head -n 1)" "$photo"
fi

repair() { # region
  gst-launch-1.0 -q filesrc location="$photo" ! pngdec ! videoconvert ! video/x-raw,format=RGB \
    ! facemask max-faces=1 min-face-size=80 region="$1" occlude=gray ! tee name=t \
    t. ! queue ! videoconvert ! pngenc ! filesink location="$out/$1-damaged.png" \
    t. ! queue ! ganinpaint ! videoconvert ! pngenc ! filesink location="$out/$1-repaired.png"
}
for region in mouth eyes; do
  echo "repairing the $region"
  repair "$region"
done

# Before and after, side by side.
gst-launch-1.0 -q compositor name=c sink_0::xpos=0 sink_1::xpos=512 sink_2::xpos=1024 \
  sink_3::xpos=512 sink_3::ypos=512 sink_4::xpos=1024 sink_4::ypos=512 \
  ! videoconvert ! pngenc snapshot=true ! filesink location="$out/before-after.png" \
  filesrc location="$photo" ! pngdec ! videoconvert ! c.sink_0 \
  filesrc location="$out/mouth-damaged.png" ! pngdec ! videoconvert ! c.sink_1 \
  filesrc location="$out/mouth-repaired.png" ! pngdec ! videoconvert ! c.sink_2 \
  filesrc location="$out/eyes-damaged.png" ! pngdec ! videoconvert ! c.sink_3 \
  filesrc location="$out/eyes-repaired.png" ! pngdec ! videoconvert ! c.sink_4

echo "repairing a clip with a moving occluder"
frames=24
side=128
bar=32
gst-launch-1.0 -q ganfake grid=1x1 seed=3 walk=loop walk-frames=$frames num-buffers=$frames \
  ! videoconvert ! videoscale ! video/x-raw,format=RGB,width=$side,height=$side ! pngenc \
  ! multifilesink location="$scratch/face-%02d.png"
for ((i = 0; i < frames; i++)); do
  number=$(printf %02d "$i")
  top=$((i * (side - bar) / (frames - 1)))
  gst-launch-1.0 -q videotestsrc pattern=white num-buffers=1 \
    ! video/x-raw,format=RGB,width=$side,height=$bar \
    ! videobox fill=black top=-$top bottom=-$((side - bar - top)) ! pngenc \
    ! filesink location="$scratch/mask.png"
  gst-launch-1.0 -q filesrc location="$scratch/face-$number.png" ! pngdec ! videoconvert \
    ! video/x-raw,format=RGB ! facemask face-source=frame mask=image location="$scratch/mask.png" \
    occlude=gray ! tee name=t \
    t. ! queue ! videoconvert ! pngenc ! filesink location="$scratch/damaged-$number.png" \
    t. ! queue ! ganinpaint iterations=150 ! videoconvert ! pngenc \
    ! filesink location="$scratch/repaired-$number.png"
done
# Damaged on the left, repaired on the right.
gst-launch-1.0 -q compositor name=c sink_0::xpos=0 sink_1::xpos=$side \
  ! video/x-raw,width=$((2 * side)),height=$side ! videoconvert ! x264enc ! mp4mux \
  ! filesink location="$out/repaired.mp4" \
  multifilesrc location="$scratch/damaged-%02d.png" caps=image/png,framerate=12/1 ! pngdec ! videoconvert ! c.sink_0 \
  multifilesrc location="$scratch/repaired-%02d.png" caps=image/png,framerate=12/1 ! pngdec ! videoconvert ! c.sink_1
echo "look at $out/before-after.png and $out/repaired.mp4"
