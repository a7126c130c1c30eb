#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples of docs/examples compile against an installed ganface through pkg-config alone, repair
# what they say, and leave everything else as it was. Usage: embedding.sh BUILD_FOLDER.
set -euo pipefail
build=$1
examples=$PWD/docs/examples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAIL: $*"; exit 1; }

meson install -C "$build" --no-rebuild --quiet --destdir "$folder/root" >install.log || { cat install.log; exit 1; }
pc=$(find root -name gstfacemaskmeta.pc)
[ -n "$pc" ] || fail "no gstfacemaskmeta.pc was installed"
prefix=$(sed -n 's/^prefix=//p' "$pc")
installed=$folder/root$prefix
# The tree was moved; PKG_CONFIG_SYSROOT_DIR would move GStreamer's own paths as well.
sed -i "s|^prefix=.*|prefix=$installed|" "$(dirname "$pc")"/*.pc
PKG_CONFIG_PATH=$folder/$(dirname "$pc")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
GST_PLUGIN_PATH=$LD_LIBRARY_PATH/gstreamer-1.0
GANFACE_MODEL_PATH=$installed/share/ganface/models
GST_REGISTRY=$folder/registry.bin
export PKG_CONFIG_PATH LD_LIBRARY_PATH GST_PLUGIN_PATH GANFACE_MODEL_PATH GST_REGISTRY
for model in lfw-dcgan64 lfw-complete128; do
  [ -s "$GANFACE_MODEL_PATH/$model.safetensors" ] || fail "no $model in $GANFACE_MODEL_PATH"
done

# Beside another LibTorch the plugin refuses to load its elements, and with its own it does not.
# The registry comes first: a scan that finds the plugin refusing keeps that.
gst-launch-1.0 -q ganfake num-buffers=1 ! fakesink || fail "no elements without another LibTorch"
echo 'int nothing;' | cc -shared -x c -o libtorch_cpu.so -
LD_PRELOAD=$folder/libtorch_cpu.so gst-launch-1.0 ganfake num-buffers=1 ! fakesink >refused.log 2>&1 &&
  fail "elements beside another LibTorch"
grep -q "libtorch_cpu.so' is loaded in this process" refused.log || fail "no word of the other LibTorch: $(cat refused.log)"

# As docs/embedding.md says, and warnings are errors.
cp "$examples"/*.c "$examples"/*.cpp .
awk '/^```sh run installed$/ {on = 1; next} /^```/ {on = 0} on' "$examples/../embedding.md" |
  sed 's/ -Wextra / -Wextra -Wpedantic -Werror /' >compile.sh
bash -e compile.sh

side=128
gst-launch-1.0 -q ganfake grid=1x1 num-buffers=1 ! videoconvert ! videoscale \
  ! video/x-raw,format=RGB,width=$side,height=$side ! pngenc ! filesink location=photo.png
# A face in a larger photograph of an odd width.
gst-launch-1.0 -q filesrc location=photo.png ! pngdec ! videobox left=-40 top=-21 right=-33 bottom=-11 \
  ! videoconvert ! pngenc ! filesink location=wide.png

raw() { # PNG file: its pixels, RGB
  gst-launch-1.0 -q filesrc location="$1" ! pngdec ! videoconvert ! video/x-raw,format=RGB ! fdsink \
    | cat
}
# Compares two pictures: "inside" and "outside" of the rectangle, how many bytes differ.
differences() { # PNG file, PNG file, width, left, top, right, bottom
  raw "$1" >a.raw
  raw "$2" >b.raw
  [ "$(stat -c %s a.raw)" -eq "$(stat -c %s b.raw)" ] || fail "$1 and $2 differ in size"
  { cmp -l a.raw b.raw || true; } | awk -v stride="$((($3 * 3 + 3) / 4 * 4))" -v l="$4" -v t="$5" -v r="$6" -v b="$7" '
    { y = int(($1 - 1) / stride); x = int(($1 - 1) % stride / 3)
      if (x >= l && x < r && y >= t && y < b) inside++; else outside++ }
    END { print inside + 0, outside + 0 }'
}
check() { # what, least number of changed bytes inside, arguments of differences
  local inside outside
  read -r inside outside <<<"$(differences "${@:3}")"
  echo "$1: $inside bytes changed in the hole, $outside elsewhere"
  [ "$inside" -ge "$2" ] || fail "$1 left the hole as it was"
  [ "$outside" -eq 0 ] || fail "$1 changed pixels outside the hole"
}

# The mouth of embed.c is columns 35 to 91 and rows 81 to 109; 10 pixels more for the blend band.
./embed_c photo.png c.png | tee c.out
grep -q '^[1-9][0-9]* pixels changed$' c.out || fail "embed.c tells no number"
grep -q 'ganinpaint-stats.*frames=(guint64)1.*faces=(guint64)1' c.out || fail "embed.c tells no stats"
check embed.c 2000 photo.png c.png $side 25 71 102 120
./embed_c wide.png wide-c.png 40 21 $side >c.out
check "embed.c with a box" 2000 wide.png wide-c.png $((side + 73)) 65 92 142 141

# The bar of frame 3 is columns 30 to 50.
./embed_cpp photo.png cpp.png 4 frame | tee cpp.out
[ "$(grep -c ' ms: 1 faces, 0 green pixels left$' cpp.out)" -eq 4 ] || fail "embed.cpp repaired not every frame"
check embed.cpp 2000 photo.png cpp.png $side 20 0 61 $side

./repair_face photo.png library.png
check repair_face.cpp 2000 photo.png library.png $side 0 64 $side $side

# A clear face for some frames, then one with a grey mouth.
gst-launch-1.0 -q filesrc location=photo.png ! pngdec ! videoconvert \
  ! facemask face-source=frame mask=region region=mouth occlude=gray ! videoconvert \
  ! videobox left=-40 top=-21 right=-33 bottom=-11 ! videoconvert ! pngenc ! filesink location=covered.png
mkdir frames repaired
for n in 1 2 3 4 5 6; do cp wide.png frames/$n.png; done
for n in 7 8 9; do cp covered.png frames/$n.png; done
./repair_video repaired frames/*.png | tee video.out
[ "$(grep -c ': 1 faces, 0 repaired$' video.out)" -ge 6 ] || fail "repair_video.cpp repairs a clear face, or sees none"
grep -q '^frames/9.png: 1 faces, 1 repaired$' video.out || fail "repair_video.cpp repairs no covered face"
# The mouth and its blend band.
check repair_video.cpp 2000 covered.png repaired/9.png $((side + 73)) 30 50 180 160

breaks() { # word in the message, command
  local code=0
  "${@:2}" >broken.out 2>&1 || code=$?
  [ "$code" -eq 1 ] || fail "$* ended with $code, expected 1: $(cat broken.out)"
  grep -q -- "$1" broken.out || fail "$* did not name $1: $(cat broken.out)"
}
breaks no-such-model ./repair_face photo.png broken.png no-such-model
breaks nowhere.png ./embed_c nowhere.png broken.png
breaks nowhere.png ./embed_cpp nowhere.png broken.png
mkdir bad
printf 'not a model' >bad/lfw-complete128.safetensors
export GANFACE_MODEL_PATH=$folder/bad
breaks bad/lfw-complete128 ./embed_c photo.png broken.png
breaks bad/lfw-complete128 ./embed_cpp photo.png broken.png 4 frame
export GST_PLUGIN_PATH=$folder/bad GST_REGISTRY=$folder/empty.bin
breaks ganinpaint ./embed_c photo.png broken.png
breaks facemask ./embed_cpp photo.png broken.png 4 frame
[ ! -e broken.png ] || fail "a broken run wrote a picture"
