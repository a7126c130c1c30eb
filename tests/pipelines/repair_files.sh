#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `ganface repair` on every kind of input: the right result, or a clear error and no OUT.
set -uo pipefail
folder=$(mktemp -d)
disk=
clean_up() {
  [ -z "$disk" ] || umount "$disk"
  rm -rf "$folder"
}
trap clean_up EXIT
cd "$folder"
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
hole=(--face-source frame --region mouth --occlude gray --iterations 2)

# What hangs is ended, and the exit code says how: 124 (or 130, by ganface) asked to, 137 killed.
bounded() { timeout -k 10 100 "$@"; }
make() { bounded gst-launch-1.0 -q "$@" || { echo "cannot make an input: $*"; exit 1; }; }
faces="ganfake grid=1x1 walk=line num-buffers=20 ! video/x-raw,framerate=25/1 ! videoconvert ! videoscale ! video/x-raw,format=I420,width=96,height=80"
tone="audiotestsrc num-buffers=35 ! audio/x-raw,rate=44100 ! audioconvert"
make $faces ! x264enc tune=zerolatency ! h264parse ! mp4mux name=m faststart=true ! filesink location=in.mp4 $tone ! avenc_aac ! m.
make $faces ! x264enc ! h264parse ! matroskamux name=m ! filesink location=in.mkv $tone ! vorbisenc ! m.
make $faces ! vp8enc deadline=1 ! webmmux name=m ! filesink location=in.webm $tone ! vorbisenc ! m.
make $faces ! x264enc ! h264parse ! qtmux name=m ! filesink location=in.mov $tone ! avenc_aac ! m.
make $faces ! x264enc ! h264parse ! flvmux name=m ! filesink location=in.flv $tone ! avenc_aac ! m.
make $faces ! x264enc ! h264parse ! mpegtsmux name=m ! filesink location=in.ts $tone ! avenc_aac ! m.
make ganfake grid=1x1 walk=line num-buffers=5 ! videoconvert ! videoscale ! video/x-raw,format=I420,width=97,height=81 \
  ! vp8enc deadline=1 ! webmmux ! filesink location=odd.webm
make $faces ! identity drop-probability=0.5 ! x264enc ! h264parse ! matroskamux ! filesink location=varying.mkv
# As phones do: the pictures lie on their side, and the track's matrix turns them by 90 degrees.
python3 - in.mp4 phone.mp4 <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
matrix = data.index(b"tkhd") + 4 + 40
data[matrix:matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
open(sys.argv[2], "wb").write(data)
PY
mkdir photos photos/more
make ganfake grid=1x1 num-buffers=3 ! videoconvert ! jpegenc ! multifilesink location=photos/%d.jpg
cp photos/1.jpg photos/more/again.jpg
make ganfake grid=1x1 num-buffers=1 ! videoconvert ! pngenc ! filesink location=in.png
make videotestsrc num-buffers=1 pattern=red ! video/x-raw,format=RGB,width=1,height=1 ! pngenc ! filesink location=dot.png
make ganfake grid=1x1 num-buffers=1 ! videoconvert ! avenc_bmp ! filesink location=in.bmp
make ganfake grid=1x1 num-buffers=1 ! videoconvert ! avenc_tiff ! filesink location=in.tif
make $tone ! vorbisenc ! oggmux ! filesink location=sound.ogg

frames() { # file: how many its video has
  bounded gst-launch-1.0 -v filesrc location="$1" ! decodebin ! videoconvert ! identity silent=false name=count \
    ! fakesink 2>/dev/null | grep -c 'count.*chain'
}
about() { bounded gst-discoverer-1.0 -v "$1" 2>/dev/null; }
codec() { about "$1" | sed -n "s/^ *$2 #[0-9]*: //p" | head -n 1; }
seconds() { about "$1" | sed -n 's/^ *Duration: 0:00:\([0-9.]*\)$/\1/p'; }
leftovers() { find . -name '.*.??????*' -newer photos | grep -v '^\.$'; }
repairs() { # IN OUT, further options
  local output
  output=$(bounded ganface repair "$1" "$2" "${hole[@]}" "${@:3}" 2>&1) || fail "repair $* gave $?: $output"
  grep -q "^wrote $2: " <<<"$output" || fail "repair $* does not say what it wrote: $output"
}
refuses() { # expected exit code, word, IN, OUT, further options
  local output code=0
  output=$(bounded ganface repair "$3" "$4" "${hole[@]}" "${@:5}" 2>&1) || code=$?
  [ "$code" -eq "$1" ] || fail "repair ${*:3} gave $code, expected $1: $output"
  grep -q -- "$2" <<<"$output" || fail "repair ${*:3} does not say '$2': $output"
  [ ! -f "$4" ] || fail "repair ${*:3} left $4"
}

# Videos: as many frames, the same length and the audio as it was.
for file in in.mp4 in.mkv in.webm in.mov; do
  repairs "$file" "out-$file"
  [ "$(frames "$file")" -eq 20 ] || fail "$file has $(frames "$file") frames, expected 20"
  [ "$(frames "out-$file")" -eq 20 ] || fail "out-$file has $(frames "out-$file") frames, expected 20"
  [ -n "$(codec "$file" audio)" ] || fail "$file has no audio"
  [ "$(codec "out-$file" audio)" = "$(codec "$file" audio)" ] || fail "out-$file: audio is $(codec "out-$file" audio)"
  awk -v a="$(seconds "$file")" -v b="$(seconds "out-$file")" 'BEGIN { exit !(a > 0.7 && a - b < 0.05 && b - a < 0.05) }' ||
    fail "out-$file lasts $(seconds "out-$file") s, $file $(seconds "$file") s"
done
# The packets of the copied audio are the same bytes.
packets() { bounded gst-launch-1.0 -q filesrc location="$1" ! matroskademux name=d d.audio_0 ! fdsink | cksum; }
[ "$(packets in.mkv)" = "$(packets out-in.mkv)" ] || fail "the audio of out-in.mkv was encoded anew"
# Audio that the container does not take is encoded anew, and that is said.
output=$(bounded ganface repair in.mp4 other.webm "${hole[@]}" 2>&1) || fail "mp4 to webm gave $?: $output"
grep -q 'encoded anew' <<<"$output" || fail "mp4 to webm does not say that audio is encoded anew: $output"

# Tracks that show up late (FLV), or in another form than MP4 holds them (TS).
for file in in.flv in.ts; do
  repairs "$file" "$file.mp4"
  [ "$(frames "$file.mp4")" -eq 20 ] || fail "$file.mp4 has $(frames "$file.mp4") frames, expected 20"
  [ -n "$(codec "$file.mp4" audio)" ] || fail "$file.mp4 has lost the audio"
done
# A second track, where the container has place for one.
make $faces ! x264enc ! h264parse ! matroskamux name=m ! filesink location=two-tracks.mkv $tone ! avenc_aac ! m. $tone ! avenc_aac ! m.
output=$(bounded ganface repair two-tracks.mkv two-tracks.flv "${hole[@]}" 2>&1) || fail "two tracks to flv gave $?: $output"
grep -q 'left out' <<<"$output" || fail "the second track has no place in flv, and nothing says so: $output"
[ -n "$(codec two-tracks.flv audio)" ] || fail "two-tracks.flv has lost its first audio track"
repairs varying.mkv varying.mp4
[ "$(frames varying.mp4)" -eq "$(frames varying.mkv)" ] ||
  fail "varying.mp4 shows $(frames varying.mp4) frames, expected $(frames varying.mkv)"

# A phone's clip, turned upright; side by side; numbered images both ways; images.
repairs phone.mp4 upright.mp4
grep -q 'Width: 80' <<<"$(about upright.mp4)" || fail "upright.mp4 is not turned upright"
repairs in.mkv sides.mkv --preview
grep -q 'Width: 192' <<<"$(about sides.mkv)" || fail "sides.mkv is not twice as wide"
# H.264 has no odd sizes.
for file in odd.mp4 odd.webm.mkv; do
  repairs odd.webm "$file"
  grep -q 'Width: 96' <<<"$(about "$file")" || fail "$file is not 96 pixels wide"
done
repairs odd.webm odd-sides.mkv --preview
mkdir numbered
repairs in.mkv numbered/f-%03d.png
[ "$(ls numbered | wc -l)" -eq 20 ] || fail "numbered/ holds $(ls numbered | wc -l) images, expected 20"
repairs numbered/f-%03d.png again.mp4 --framerate 10
[ "$(frames again.mp4)" -eq 20 ] || fail "again.mp4 has not 20 frames"
for _ in 1 2 3; do # start-up races
  rm -rf repaired
  repairs photos repaired --jobs 2
done
[ "$(find repaired -name '*.jpg' | wc -l)" -eq 4 ] || fail "repaired/ does not hold 4 images"
repairs in.png out.png
cmp -s in.png out.png && fail "out.png is in.png"
repairs in.bmp out.bmp
repairs in.tif out.tif
repairs dot.png dot-out.png
grep -q 'Width: 1$' <<<"$(about dot-out.png)" || fail "dot-out.png is not one pixel"
repairs in.png in.png # over itself

# Errors.
head -c $(($(stat -c %s in.mov) / 2)) in.mov >headless.mov # its header stands at the end
head -c $(($(stat -c %s in.mp4) * 6 / 10)) in.mp4 >short.mp4
echo "This is a text." >text.mp4
: >empty.mp4
refuses 3 headless.mov headless.mov out.mov
refuses 3 short.mp4 short.mp4 short-out.mp4
refuses 3 'not an image or a video' text.mp4 text-out.mp4
refuses 3 empty.mp4 empty.mp4 empty-out.mp4
refuses 3 'does not exist' nowhere.mp4 nowhere-out.mp4
refuses 3 'no video' sound.ogg sound-out.ogv
refuses 3 'does not exist' in.mkv nowhere/out.mkv
refuses 3 'cannot write' in.mkv /proc/out.mkv
refuses 2 extension in.mkv out.xyz
refuses 2 frame in.mkv one.png
refuses 2 preset in.mkv preset.mkv --preset fastest
refuses 2 region in.mkv region.mkv --region elbow
refuses 4 no-such-model in.mkv model.mkv --model no-such-model
refuses 3 no-person.jpg in.mkv person.mkv --method completion --photograph no-person.jpg
refuses 2 method=completion in.mkv person.mkv --method latent --photograph no-person.jpg
refuses 5 cuda in.mkv device.mkv --device cuda:7
echo damaged >photos/bad.jpg
refuses 3 bad.jpg photos with-bad
[ "$(find with-bad -name '*.jpg' | wc -l)" -eq 4 ] || fail "with-bad/ does not hold the 4 good images"
mkdir small
if mount -t tmpfs -o size=4k tmpfs small 2>/dev/null; then
  disk=$folder/small
  refuses 3 'small/out.mkv' in.mkv small/out.mkv
  [ -z "$(ls -A small)" ] || fail "the full disk keeps $(ls -A small)"
else
  echo "left out the full disk: mounting a tmpfs is not permitted here"
fi

# Ctrl-C in the middle.
make ganfake grid=1x1 walk=line num-buffers=400 ! videoconvert ! jpegenc ! matroskamux ! filesink location=long.mkv
ganface repair long.mkv stopped.mkv --face-source frame --region center --preset paper --no-memory >stopped.log 2>&1 &
running=$!
for _ in $(seq 100); do
  sleep 0.1
  compgen -G '.stopped.*' >/dev/null && break
done
sleep 1
kill -TERM "$running" # a background job of a script ignores SIGINT
(
  for _ in $(seq 100); do
    sleep 1
    kill -0 "$running" 2>/dev/null || exit
  done
  kill -KILL "$running"
) &
wait "$running"
code=$?
[ "$code" -eq 130 ] || fail "an interrupted repair gave $code, expected 130: $(cat stopped.log)"
[ ! -e stopped.mkv ] || fail "an interrupted repair left stopped.mkv"
[ -z "$(leftovers)" ] || fail "left behind: $(leftovers)"
[ "$failures" -eq 0 ] && echo "all as expected"
exit "$failures"
