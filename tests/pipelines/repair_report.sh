#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `ganface repair --report`, and files in which nothing was repaired: they are copied as they are.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
# What is green is missing; a picture without green is clean.
green=(--face-source frame --mask color --color 0x00ff00 --iterations 2)

bounded() { timeout -k 10 100 "$@"; }
make() { bounded gst-launch-1.0 -q "$@" || { echo "cannot make an input: $*"; exit 1; }; }
face="ganfake grid=1x1 walk=line"
patch="videotestsrc pattern=solid-color foreground-color=0xff00ff00"
covered="compositor name=c sink_1::xpos=20 sink_1::ypos=34"
make $face num-buffers=1 ! videoconvert ! pngenc ! filesink location=clean.png
make $face num-buffers=1 ! videoconvert ! jpegenc ! filesink location=clean.jpg
make $covered ! videoconvert ! pngenc snapshot=true ! filesink location=covered.png $face num-buffers=1 ! c. \
  $patch num-buffers=1 ! video/x-raw,width=24,height=16 ! c.
cp clean.png misnamed.jpg
make $face num-buffers=8 ! video/x-raw,framerate=25/1 ! videoconvert ! x264enc ! matroskamux ! filesink location=clean.mkv
make $face num-buffers=8 ! video/x-raw,framerate=25/1 ! videoconvert ! x264enc bframes=0 ! mp4mux ! filesink location=clean.mp4
make $covered ! videoconvert ! x264enc quantizer=5 pass=qual ! matroskamux ! filesink location=covered.mkv \
  $face num-buffers=4 ! video/x-raw,framerate=25/1 ! c. \
  $patch num-buffers=4 ! video/x-raw,width=24,height=16,framerate=25/1 ! c.
mkdir photos photos/more numbered
for name in photos/b.png photos/c.png photos/more/a.png; do cp clean.png $name; done
cp covered.png photos/a.png
cp clean.jpg photos/d.jpg
make $face num-buffers=5 ! videoconvert ! pngenc ! multifilesink location=numbered/f-%02d.png index=3
cp covered.png numbered/f-05.png

repairs() { # expected end of the summary, IN OUT, further options
  local output
  output=$(bounded ganface repair "$2" "$3" "${green[@]}" --quiet "${@:4}" 2>&1) ||
    fail "repair ${*:2} gave $?: $output"
  [[ $output == "wrote $3: "*"$1" ]] || fail "repair ${*:2} does not end with '$1': $output"
}
same() { cmp -s "$1" "$2" || fail "$2 is not $1, byte for byte"; }
other() { ! cmp -s "$1" "$2" || fail "$2 is $1, byte for byte"; }
# A Python expression of `lines`, the report's documents, that has to be true.
says() { # report, expression
  python3 - "$@" <<'PY' || fail "$1: not $2"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
faces = [face for line in lines for face in line['faces']]
sys.exit(not eval(sys.argv[2].replace("\n", " ")))
PY
}

# Images.
umask 022
chmod 600 clean.png
repairs '1 faces found, 0 repaired, 0 left alone; copied unchanged' clean.png out.png --report clean.jsonl
same clean.png out.png
[ "$(stat -c %a out.png)" = 644 ] || fail "out.png has mode $(stat -c %a out.png), expected 644"
says clean.jsonl 'len(lines) == 1 and lines[0]["file"] == "clean.png" and lines[0]["frame"] == 0'
says clean.jsonl 'list(lines[0]) == ["file", "frame", "pts_ns", "faces"]'
says clean.jsonl 'list(faces[0]) == ["id", "score", "box", "transform", "yaw_degrees", "hole",
  "occluder", "action", "why", "seen", "reference", "invented"]'
says clean.jsonl 'faces[0]["box"] == [0, 0, 64, 64] and len(faces[0]["transform"]) == 6'
says clean.jsonl '(faces[0]["action"], faces[0]["why"], faces[0]["hole"]) == ("clean", None, 0)'
repairs 'copied unchanged' clean.jpg out.jpg
same clean.jpg out.jpg
repairs 'copied unchanged' clean.png clean.png # over itself
repairs '1 faces found, 1 repaired, 0 left alone' covered.png repaired.png --report covered.jsonl
other covered.png repaired.png
says covered.jsonl 'faces[0]["action"] == "repaired" and 0.05 < faces[0]["hole"] < 0.3'
says covered.jsonl '(faces[0]["seen"], faces[0]["reference"], faces[0]["invented"]) == (0, 0, 1)'
# Nothing was repaired, but the picture shall be another one.
for option in --draw --preview '--occlude gray'; do
  repairs '0 repaired, 0 left alone' clean.png drawn.png $option
done
repairs '0 repaired, 0 left alone' clean.png png.jpg
repairs '0 repaired, 0 left alone' misnamed.jpg named.jpg # which is a PNG
bounded gst-launch-1.0 -q filesrc location=named.jpg ! jpegparse ! fakesink || fail "named.jpg is no JPEG"
# A picture without a face.
make videotestsrc num-buffers=1 pattern=black ! pngenc ! filesink location=black.png
bounded ganface repair black.png black-out.png --region mouth --quiet --report black.jsonl >black.txt || fail "black.png gave $?"
grep -q '0 faces found.*copied unchanged$' black.txt || fail "black.png: $(cat black.txt)"
same black.png black-out.png
says black.jsonl 'len(lines) == 1 and lines[0]["faces"] == []'

# A folder: a line an image in the order of their names, whatever the order of the work.
echo damaged >photos/bad.png
bounded ganface repair photos out "${green[@]}" --quiet --jobs 3 --report photos.jsonl 2>bad.txt && fail "bad.png is no error"
grep -q bad.png bad.txt || fail "bad.png is not named: $(cat bad.txt)"
says photos.jsonl '[line["file"] for line in lines] ==
  ["photos/" + name for name in ("a.png", "b.png", "c.png", "d.jpg", "more/a.png")]'
says photos.jsonl '[face["action"] for face in faces] == ["repaired"] + 4 * ["clean"]'
rm photos/bad.png
repairs '5 faces found, 1 repaired, 0 left alone; 4 of 5 files copied unchanged' photos out --jobs 2
for name in b.png c.png d.jpg more/a.png; do same photos/$name out/$name; done
other photos/a.png out/a.png

# Numbered images: each for itself.
mkdir again
repairs '5 faces found, 1 repaired, 0 left alone; 4 of 5 files copied unchanged' \
  numbered/f-%02d.png again/g-%02d.png --report numbered.jsonl
for number in 03 04 06 07; do same numbered/f-$number.png again/g-$number.png; done
other numbered/f-05.png again/g-05.png
says numbered.jsonl '[line["file"] for line in lines] == ["numbered/f-0%d.png" % n for n in range(3, 8)]'
says numbered.jsonl '[line["frame"] for line in lines] == [0, 1, 2, 3, 4]'
says numbered.jsonl '[line["pts_ns"] for line in lines] == [40000000 * n for n in range(5)]'

# Films: the whole, or nothing of it.
for film in clean.mkv clean.mp4; do
  repairs '8 faces found, 0 repaired, 0 left alone; copied unchanged' $film out-$film --report film.jsonl
  same $film out-$film
  says film.jsonl 'len(lines) == 8 and {line["file"] for line in lines} == {"'$film'"}'
  says film.jsonl 'all(b["pts_ns"] - a["pts_ns"] in (40000000, 39000000, 41000000)
    for a, b in zip(lines, lines[1:]))'
done
repairs '4 faces found, 4 repaired, 0 left alone' covered.mkv out-covered.mkv
other covered.mkv out-covered.mkv
repairs '0 repaired, 0 left alone' clean.mkv other.mp4

# A report takes the place of no picture and of no film.
cp clean.png kept.png
for report in kept.png ./kept.png other.png film.mkv lost.png; do
  bounded ganface repair kept.png lost.png "${green[@]}" --report $report >lost.txt 2>&1
  [ $? -eq 2 ] || fail "--report $report: $(cat lost.txt)"
  cmp -s clean.png kept.png || fail "--report $report took the place of IN"
  [ ! -e lost.png ] && [ ! -e other.png ] || fail "--report $report left something"
done
cp clean.png bare-name
bounded ganface repair bare-name lost.png "${green[@]}" --report "$PWD/bare-name" >lost.txt 2>&1
[ $? -eq 2 ] && cmp -s clean.png bare-name || fail "--report took the place of IN: $(cat lost.txt)"

# No report, no result, and the other way round.
bounded ganface repair clean.png lost.png "${green[@]}" --report nowhere/report.jsonl >lost.txt 2>&1
[ $? -eq 3 ] || fail "a report that cannot be written: $(cat lost.txt)"
grep -q nowhere lost.txt || fail "the report's folder is not named: $(cat lost.txt)"
[ ! -e lost.png ] || fail "lost.png was written without its report"
bounded ganface repair missing.png lost.png "${green[@]}" --report lost.jsonl >lost.txt 2>&1 && fail "missing.png is no error"
[ ! -e lost.jsonl ] || fail "lost.jsonl tells of a repair that failed"
left=$(find . -name '.*.??????*')
[ -z "$left" ] || fail "left behind: $left"

# Options that are some of a list.
ganface repair --help >help.txt
if grep -q -- '--occluders' help.txt; then
  repairs 'copied unchanged' clean.png flags.png --occluders hand+object
  repairs 'copied unchanged' clean.png flags.png --occluders hand,mark
  bounded ganface repair clean.png lost.png --occluders hand+elbow >lost.txt 2>&1
  [ $? -eq 2 ] || fail "--occluders hand+elbow gave no usage error: $(cat lost.txt)"
  grep -q "hand+elbow.*medical-mask" lost.txt || fail "the occluders are not named: $(cat lost.txt)"
else
  fail "there is no option --occluders"
fi
[ "$failures" -eq 0 ] && echo "all as expected"
exit "$failures"
