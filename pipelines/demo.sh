#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Repairs a portrait with a cup before its mouth, the same with parts painted over, and a generated
# clip. Usage: demo.sh FOLDER, inside `meson devenv`.
set -euo pipefail
out=$1
mkdir -p "$out"
scratch=$(mktemp -d)
chmod 755 "$scratch" # apt downloads as a user of its own
trap 'rm -rf "$scratch"' EXIT

# From Debian's python3-skimage: NASA's portrait of the astronaut Eileen Collins, public domain, and
# Rachel Michetti's photograph of a cup of coffee, CC0.
if [ ! -s "$out/astronaut.png" ] || [ ! -s "$out/coffee.png" ]; then
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root python3-skimage &&
    dpkg -x python3-skimage_*.deb .)
  find "$scratch" '(' -name astronaut.png -o -name coffee.png ')' -exec cp {} "$out" ';'
fi
photo=$out/astronaut.png

echo "a face that nothing covers"
ganface repair "$photo" "$out/untouched.png"
status=0
cmp "$photo" "$out/untouched.png" && echo "left as it came, byte for byte" || status=1

echo "a cup before the mouth"
# The cup is cut out along its edge, shrunk to its size beside a face, and its middle moved to the mouth.
cat >"$scratch/cup.svg" <<SVG
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="512" height="512">
  <clipPath id="cup"><path d="M174 110 C174 50 225 17 288 17 C350 17 402 55 402 112 C402 150 390 180 376 208
    C366 226 352 240 343 234 L319 246 L324 266 C310 284 275 288 262 274 L236 288 C232 302 215 308 204 302
    C196 296 197 262 207 246 L217 233 C195 215 174 165 174 110 Z"/></clipPath>
  <g transform="translate(223 150) scale(0.25) translate(-288 -155)"><g clip-path="url(#cup)">
    <image xlink:href="data:image/png;base64,$(base64 -w0 "$out/coffee.png")" width="600" height="400"/>
  </g></g>
</svg>
SVG
rgba=video/x-raw,format=RGBA
gst-launch-1.0 -q compositor name=c ! $rgba ! videoconvert ! video/x-raw,format=RGB \
  ! pngenc snapshot=true ! filesink location="$out/cup.png" \
  filesrc location="$photo" ! pngdec ! videoconvert ! $rgba ! c.sink_0 \
  filesrc location="$scratch/cup.svg" ! rsvgdec ! videoconvert ! $rgba ! c.sink_1
gst-launch-1.0 -q filesrc location="$out/cup.png" ! pngdec ! videoconvert ! video/x-raw,format=RGB \
  ! facemask draw=true ! videoconvert ! pngenc ! filesink location="$out/cup-found.png"
ganface repair "$out/cup.png" "$out/cup-repaired.png" --dilate 3

for region in mouth eyes; do
  echo "the $region painted over"
  gst-launch-1.0 -q filesrc location="$photo" ! pngdec ! videoconvert ! video/x-raw,format=RGB \
    ! facemask max-faces=1 min-face-size=80 region="$region" occlude=gray ! tee name=t \
    t. ! queue ! videoconvert ! pngenc ! filesink location="$out/$region-damaged.png" \
    t. ! queue ! ganinpaint blend=poisson ! videoconvert ! pngenc \
    ! filesink location="$out/$region-repaired.png"
done

# The face of each picture: photograph, cup, what was found to cover the face, and the repair; below
# them what was painted over, and its repair.
pads=() branches=()
for picture in astronaut cup cup-found cup-repaired mouth-damaged mouth-repaired eyes-damaged eyes-repaired; do
  i=$((${#pads[@]} / 2))
  pads+=("sink_$i::xpos=$((i % 4 * 320))" "sink_$i::ypos=$((i / 4 * 320))")
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
exit "$status"
