#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `ganface repair` on files as people have them: whatever decides how pixels and films are shown
# arrives, or is said not to; nothing waits for ever; one picture does not stop a folder.
set -uo pipefail
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
hole=(--face-source frame --region mouth --occlude gray --iterations 2 --method latent)

# What hangs is ended, and the exit code says so: 124, or 137 when it had to be killed.
bounded() { timeout -k 10 120 "$@"; }
make() { bounded gst-launch-1.0 -q "$@" || { echo "cannot make an input: $*"; exit 1; }; }
repairs() { # words that are said, IN, OUT, further options
  local output
  output=$(bounded ganface repair "$2" "$3" "${hole[@]}" "${@:4}" 2>&1) || fail "repair ${*:2} gave $?: $output"
  grep -q -- "$1" <<<"$output" || fail "repair ${*:2} does not say '$1': $output"
}
refuses() { # expected exit code, words, IN, OUT
  local output code=0
  output=$(bounded ganface repair "$3" "$4" "${hole[@]}" 2>&1) || code=$?
  [ "$code" -eq "$1" ] || fail "repair ${*:3} gave $code, expected $1: $output"
  grep -q -- "$2" <<<"$output" || fail "repair ${*:3} does not say '$2': $output"
  [ ! -f "$4" ] || fail "repair ${*:3} left $4"
}
about() { bounded gst-discoverer-1.0 -v "$1" 2>/dev/null; }

# Pictures of 64 x 96 pixels, red above, blue below: as they are stored when a camera lay on its side.
cat >pictures.py <<'PY'
import ctypes, struct, zlib, sys
W, H = 64, 96
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
def png(name, depth=8, extra=b""):
    sample = (lambda v: bytes([v])) if depth == 8 else (lambda v: struct.pack(">H", v * 257))
    rows = b"".join(b"\0" + b"".join(map(sample, (200, 40, 20) if y < H // 2 else (20, 40, 200))) * W for y in range(H))
    head = struct.pack(">IIBBBBB", W, H, depth, 2, 0, 0, 0)
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra +
                           chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
def exif(orientation):
    return b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<HHI", orientation, 0, 0)
profile = struct.pack(">I12x4s16x4s88x", 128 + 4, b"RGB ", b"acsp") + struct.pack(">I", 0)
turbo = ctypes.CDLL("libturbojpeg.so.0")
turbo.tjInitCompress.restype = ctypes.c_void_p
def jpeg(channels=3):
    colours = [(200, 40, 20), (20, 40, 200)] if channels == 3 else [(200, 40, 20, 255), (20, 40, 200, 255)]
    pixels = b"".join(bytes(colours[y >= H // 2]) * W for y in range(H))
    out, size = ctypes.c_void_p(), ctypes.c_ulong()
    assert turbo.tjCompress2(ctypes.c_void_p(turbo.tjInitCompress()), pixels, W, 0, H, 0 if channels == 3 else 11,
                             ctypes.byref(out), ctypes.byref(size), 0, 95, 0) == 0
    return ctypes.string_at(out, size.value)
def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data
def with_segments(file, *segments):
    return file[:2] + b"".join(segments) + file[2:]
def pixels(name):  # of a PNG that gst-launch has made of the result
    data, at, rows = open(name, "rb").read(), 8, b""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    while at < len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        if data[at + 4:at + 8] == b"IDAT": rows += data[at + 8:at + 8 + length]
        at += 12 + length
    rows, n = zlib.decompress(rows), {2: 3, 6: 4}[kind]
    out, before = [], bytearray(width * n)
    for y in range(height):
        line = bytearray(rows[y * (width * n + 1):(y + 1) * (width * n + 1)])
        filter_type, line = line[0], line[1:]
        for x in range(width * n):
            a, b, c = line[x - n] if x >= n else 0, before[x], before[x - n] if x >= n else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[x] = line[x] + (0, a, b, (a + b) // 2, nearest)[filter_type] & 255
        out.append(line)
        before = line
    return width, height, n, out
def corner(name):  # "WIDTHxHEIGHT COLOUR" of the first pixel, by its strongest channel
    width, height, n, rows = pixels(name)
    first = list(rows[2][2 * n:2 * n + 3])
    print("%dx%d %s" % (width, height, ("red", "green", "blue")[first.index(max(first))]))
if __name__ == "__main__":
    if len(sys.argv) > 1: sys.exit(corner(sys.argv[1]))
    for o in (3, 6): png("o%d.png" % o, extra=chunk(b"eXIf", exif(o)))
    png("deep.png", 16)
    png("profile.png", extra=chunk(b"iCCP", b"p\0\0" + zlib.compress(profile)))
    png("plain.png")
    plain = jpeg()
    for o in (3, 6): open("o%d.jpg" % o, "wb").write(with_segments(plain, segment(0xe1, b"Exif\0\0" + exif(o))))
    open("profile.jpg", "wb").write(with_segments(plain, segment(0xe2, b"ICC_PROFILE\0\x01\x01" + profile)))
    open("two.jpg", "wb").write(plain + plain)
    # Adobe's programs store what is left of white, as here.
    open("cmyk.jpg", "wb").write(with_segments(jpeg(4), segment(0xee, b"Adobe\0\x64\0\0\0\0\0")))
PY
python3 pictures.py || { echo "cannot make the pictures"; exit 1; }
# libav's decoder of TIFF wants the whole file in one buffer.
corner() { local decoder=decodebin; [ "${1##*.}" != tif ] || decoder="typefind ! gdkpixbufdec"; make filesrc location="$1" ! $decoder ! videoconvert ! video/x-raw,format=RGB ! pngenc snapshot=true ! filesink location=seen.png && python3 pictures.py seen.png; }
expect_corner() { local got; got=$(corner "$2"); [ "$got" = "$1" ] || fail "$2 shows $got, expected $1"; }
expect_no_orientation() { ! about "$1" | grep -q 'image orientation: [^r]\|orientation: rotate-[129]' || fail "$1 says that it is to be turned"; }
make filesrc location=o6.png ! pngdec ! videoconvert ! webpenc lossless=true ! filesink location=plain.webp
make filesrc location=o6.png ! pngdec ! videoconvert ! avenc_tiff ! filesink location=plain.tif
python3 - <<'PY'
import struct, sys
sys.argv = [""]
sys.path.insert(0, ".")
from pictures import exif, W, H
file = open("plain.webp", "rb").read()
body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + struct.pack("<I", W - 1)[:3] + struct.pack("<I", H - 1)[:3] + file[12:]
body += b"EXIF" + struct.pack("<I", len(exif(6))) + exif(6)
open("o6.webp", "wb").write(b"RIFF" + struct.pack("<I", len(body)) + body)
file = bytearray(open("plain.tif", "rb").read())
at = struct.unpack("<I", file[4:8])[0]
count = struct.unpack("<H", file[at:at + 2])[0]
entries = [bytes(file[at + 2 + 12 * i:at + 14 + 12 * i]) for i in range(count)]
entries = sorted([e for e in entries if e[:2] != b"\x12\x01"] + [b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"])
file += b"\0" * (len(file) % 2)
file[4:8] = struct.pack("<I", len(file))
file += struct.pack("<H", len(entries)) + b"".join(entries) + b"\0\0\0\0"
open("o6.tif", "wb").write(file)
start = struct.unpack("<I", file[4:8])[0]
open("pages.tif", "wb").write(file[:-4] + struct.pack("<I", len(file)) + file[start:])
open("o3.tif", "wb").write(bytes(file).replace(b"\x12\x01\x03\0\x01\0\0\0\x06", b"\x12\x01\x03\0\x01\0\0\0\x03"))
PY

# Turned once: stored with red above, 6 shows red at the right, 3 below.
for type in jpg png webp tif; do
  for out in png jpg; do
    repairs 'wrote' o6.$type up-$type.$out
    expect_corner '96x64 blue' up-$type.$out
    expect_no_orientation up-$type.$out
  done
done
for type in jpg png tif; do
  repairs 'wrote' o3.$type half.$type
  expect_corner '64x96 blue' half.$type
  expect_no_orientation half.$type
done

# Colours: 16 bits, CMYK, profiles.
repairs 'wrote' deep.png deep-out.png
expect_corner '64x96 red' deep-out.png
repairs 'wrote' cmyk.jpg cmyk-out.png
expect_corner '64x96 red' cmyk-out.png
for in in profile.jpg profile.png; do
  for out in jpg png webp tif; do
    repairs 'wrote' $in with.$out
    grep -q acsp with.$out || [ $out = png ] || fail "with.$out of $in has no profile"
    expect_corner '64x96 red' with.$out
  done
  grep -q iCCP with.png || fail "with.png of $in has no profile"
  repairs 'colour profile is left out' $in with.bmp
done

# Names that look like a pattern, rates that are no whole numbers, a folder that is made for nothing.
cp plain.png 'a%d.png'
repairs 'wrote' 'a%d.png' percent.png
mkdir rate
cp plain.png rate/1.png
cp plain.png rate/2.png
repairs 'wrote' rate/%d.png rate.mkv --framerate 29.97
about rate.mkv | grep -q '30000/1001' || fail "29.97 frames a second became $(about rate.mkv | grep -i rate)"
for rate in 0 2000 -1 x 1e9; do
  output=$(bounded ganface repair rate/%d.png no.mkv "--framerate=$rate" "${hole[@]}" 2>&1) && fail "--framerate $rate is taken"
  grep -q '0.001 to 1000' <<<"$output" || fail "--framerate $rate: $output"
done
bounded ganface repair rate nothing "${hole[@]}" --model missing >/dev/null 2>&1 && fail "a missing model is taken"
[ ! -e nothing ] || fail "a run that ended at once left its folder"

# Several pictures in a file, and files that are not read: said, and of their file only.
repairs 'holds 2 pictures' two.jpg first.jpg
expect_corner '64x96 red' first.jpg
mkdir many
cp two.jpg many/1.jpg
cp cmyk.jpg many/2.jpg
printf 'RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x5f\0\0' >many/3.webp
echo damaged >many/4.png
cp plain.png many/5.png
code=0
output=$(bounded ganface repair many many-out "${hole[@]}" --jobs 2 2>&1) || code=$?
[ "$code" -eq 3 ] || fail "many gave $code, expected 3: $output"
[ "$(ls many-out | tr '\n' ' ')" = "1.jpg 2.jpg 5.png " ] || fail "of many there are $(ls many-out): $output"
for words in 'animated WebP' '4.png' '2 of 5 images'; do
  grep -q "$words" <<<"$output" || fail "many does not say '$words': $output"
done
printf '\0\0\0\x18ftypheic\0\0\0\0mif1heic' >pic.heic
printf '\0\0\0\x18ftypavif\0\0\0\0mif1avif' >pic.avif
refuses 2 'HEIF (HEIC)' pic.heic heic.png
refuses 2 'AVIF' pic.avif avif.png
printf 'GIF89a\x40\0\x60\0\0\0\0' >head.gif
printf ',\0\0\0\0\x02\0\x01\0\x80\xff\0\0\0\0\xff\x02\x02\x44\x0a\0' >picture.gif
cat head.gif picture.gif <(printf ';') >still.gif
cat head.gif picture.gif picture.gif <(printf ';') >moving.gif
repairs 'wrote' still.gif still.png
refuses 2 'animated GIF' moving.gif moving.mp4
printf '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nx0.ts\n#EXT-X-ENDLIST\n' >list.m3u8
refuses 3 playlist list.m3u8 list.mp4
printf '\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\0mdat%01000d' 0 >interrupted.mp4
refuses 3 'moov' interrupted.mp4 interrupted-out.mp4
mkfifo pipe
refuses 3 pipe pipe pipe.png
code=0
output=$(bounded ganface repair plain.png pipe.png --mask image --location pipe 2>&1) || code=$?
[ "$code" -eq 3 ] && grep -q 'a pipe' <<<"$output" || fail "--location pipe gave $code: $output"
# One face is as many as are allowed: there may be more.
output=$(bounded ganface repair "$root/docs/images/covered.png" crowd.png --max-faces 1 2>&1) || fail "crowd: $output"
grep -q 'as many as --max-faces allows' <<<"$output" || fail "crowd does not say that there may be more: $output"

# Films.
film="videotestsrc num-buffers=40 ! video/x-raw,width=96,height=80,framerate=12/1"
make $film ! x264enc bframes=2 ! h264parse ! avimux ! filesink location=silent.avi
repairs '40 frames' silent.avi silent.mp4
repairs '40 frames' silent.avi own.avi
repairs '40 frames' own.avi again.mkv
for format in webm ogv mp4 mkv; do
  repairs '40 frames' silent.avi all.$format
  written=$(bounded gst-launch-1.0 -v filesrc location=all.$format ! decodebin ! fakesink silent=false 2>/dev/null | grep -c 'chain  ')
  [ "$written" -eq 40 ] || fail "all.$format has $written frames, expected 40"
done
# Of 4:4:4 the mean luma stays: within one level, which the encoder's quality may take.
luma() { make filesrc location="$1" ! decodebin ! videoconvert ! video/x-raw,format=GRAY8 ! filesink location=luma.raw && python3 -c 'b = open("luma.raw", "rb").read(); print(sum(b) / len(b))'; }
for format in Y444 Y42B; do
  make $film,format=$format ! x264enc qp-max=10 ! h264parse ! matroskamux ! filesink location=$format.mkv
  # No face is found in a test picture, so that nothing but the way through changes it.
  bounded ganface repair --quiet $format.mkv $format.mp4 >said.txt 2>&1 || fail "$format.mkv: $(cat said.txt)"
  awk -v a="$(luma $format.mkv)" -v b="$(luma $format.mp4)" 'BEGIN { exit !(a - b < 1 && b - a < 1) }' ||
    fail "$format.mp4 has a mean luma of $(luma $format.mp4), $format.mkv of $(luma $format.mkv)"
done
# Levels of 0 to 255 of which the file does not say by which matrix; a film that lies, of which it says nothing.
make videotestsrc num-buffers=4 pattern=white ! video/x-raw,format=I420,width=96,height=80,framerate=12/1,colorimetry=1:4:0:0 \
  ! vp8enc ! matroskamux ! filesink location=full.mkv
make videotestsrc num-buffers=4 pattern=red ! video/x-raw,format=I420,width=640,height=480,framerate=12/1 \
  ! avenc_mpeg4 max-bframes=0 ! mp4mux ! filesink location=lying.mp4
python3 - <<'PY'
import struct
film = bytearray(open("full.mkv", "rb").read())
film[film.index(b"\x55\xb1\x81") + 3] = 2  # matrix: unspecified
open("full.mkv", "wb").write(film)
film = bytearray(open("lying.mp4", "rb").read().replace(b"colr", b"free"))
matrix = film.index(b"tkhd") + 44
film[matrix:matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
open("lying.mp4", "wb").write(film)
PY
colours_of() { bounded gst-launch-1.0 -v filesrc location="$1" ! decodebin ! fakesink 2>/dev/null | grep -o 'colorimetry=(string)[^,]*' | tail -1; }
grey_of() { make filesrc location="$1" ! decodebin ! videoconvert ! video/x-raw,format=RGB ! filesink location=grey.raw && python3 -c 'print(open("grey.raw", "rb").read()[0])'; }
repairs 'wrote' full.mkv full-out.mkv
[[ $(colours_of full-out.mkv) == *')1:4:'* ]] || fail "full-out.mkv has lost its range: $(colours_of full-out.mkv)"
repairs 'wrote' full.mkv full-out.ogv
for out in full-out.mkv full-out.ogv; do
  awk -v a="$(grey_of $out)" 'BEGIN { exit !(a > 230 && a < 240) }' || fail "white of 235 is $(grey_of $out) in $out"
done
repairs 'wrote' lying.mp4 upright.mkv
[[ $(colours_of upright.mkv) =~ bt601|2:4: ]] || fail "upright.mkv has other colours: $(colours_of upright.mkv)"
# Frames of which some last longer, where each has a time and where none has; two films in a file; pages.
make $film ! identity drop-probability=0.3 ! x264enc bframes=0 ! h264parse ! matroskamux ! filesink location=uneven.mkv
repairs 'come at a variable rate' uneven.mkv uneven.avi
output=$(bounded ganface repair uneven.mkv uneven.mp4 "${hole[@]}" 2>&1) || fail "uneven.mkv: $output"
grep -q 'variable rate' <<<"$output" && fail "uneven.mp4 is said to lose its times"
repairs 'holds more than one page' pages.tif page.png
make $film ! x264enc bframes=0 ! h264parse ! tee name=t ! queue ! matroskamux name=m ! filesink location=two.mkv t. ! queue ! m.
repairs 'video track 2 is carried over as it is' two.mkv two-out.mkv
make $film,format=RGBA ! pngenc ! qtmux ! filesink location=alpha.mov
repairs 'transparency is left out' alpha.mov alpha.mp4
printf '1\n00:00:00,500 --> 00:00:01,500\nTom & Jerry\n\n' >text.srt
make $film ! x264enc ! h264parse ! matroskamux name=m ! filesink location=text.mkv filesrc location=text.srt ! subparse ! text/x-raw,format=utf8 ! m.
# The parser takes tags away; a file of the same length has them.
LC_ALL=C sed -i 's|Tom & Jerry|<i>Tom</i>\&|' text.mkv
repairs 'wrote' text.mkv text-out.mkv
grep -q '<i>Tom</i>&' text-out.mkv || fail "text-out.mkv has lost its subtitle"
repairs 'wrote' text.mkv text-out.mp4
grep -q 'Tom&' text-out.mp4 || fail "text-out.mp4 has lost its subtitle"

# A JPEG whose sides are no whole blocks: its last columns are its own, not what memory held beside them.
make videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=69,height=59 ! jpegenc quality=95 ! filesink location=odd.jpg
for filling in 1 200; do MALLOC_PERTURB_=$filling repairs 'wrote' odd.jpg "odd-$filling.jpg"; done
cmp odd-1.jpg odd-200.jpg || fail "the last columns of a JPEG show what memory held"

# Modes and links of OUT.
echo old >private.png
chmod 600 private.png
ln -s target.png link.png
repairs 'wrote' plain.png private.png
repairs 'wrote' plain.png link.png
[ "$(stat -c %a private.png)" = 600 ] || fail "private.png has mode $(stat -c %a private.png)"
[ -L link.png ] && [ -s target.png ] || fail "link.png does not lead to the result"

# A limit of threads, or of descriptors: an error, within a bounded time, and nothing left.
mkdir starved && chmod 777 starved
cp plain.png starved/in.png
for limit in --nofile=14 --nproc=3; do
  code=0
  output=$(timeout -k 10 60 setpriv --reuid=65534 --regid=65534 --clear-groups prlimit $limit \
    env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ganface repair starved/in.png starved/out.png "${hole[@]}" 2>&1) || code=$?
  case $code in
    0 | 3 | 4 | 5 | 6) ;;
    *) fail "$limit gave $code: $output" ;;
  esac
  [ -z "$(find starved -name '.?*')" ] || fail "$limit left $(find starved -name '.?*')"
done
mkdir hurried
for n in 1 2 3 4 5 6; do cp plain.png hurried/$n.png; done
code=0
output=$(timeout -k 10 60 prlimit --nofile=40 ganface repair hurried hurried-out --jobs 6 "${hole[@]}" 2>&1) || code=$?
[ "$code" -eq 0 ] || fail "six jobs with 40 files gave $code: $output"
grep -q 'of 6 images at a time (--jobs), [1-5] can be' <<<"$output" || fail "six jobs with 40 files say nothing: $output"
grep -q CRITICAL <<<"$output" && fail "six jobs with 40 files lack files: $output"
code=0
output=$(timeout -k 10 60 prlimit --nofile=16 ganface repair hurried hurried-less --jobs 6 "${hole[@]}" 2>&1) || code=$?
{ [ "$code" -eq 5 ] && grep -q 'no further file can be opened' <<<"$output"; } ||
  fail "six jobs with 16 files gave $code: $output"
[ ! -e hurried-less ] || fail "hurried-less is left"
# A soft limit is raised as far as one may.
timeout -k 10 60 prlimit --nofile=24:1024 ganface repair hurried hurried-soft --jobs 2 "${hole[@]}" ||
  fail "a soft limit of 24 files is not raised"
# More threads than have stacks.
code=0
some=$(find hurried -type f | head -1)
output=$(OMP_NUM_THREADS=100000 bounded ganface repair "$some" hurried-threads.png "${hole[@]}" 2>&1) || code=$?
{ [ "$code" -eq 2 ] && grep -q 'OMP_NUM_THREADS' <<<"$output"; } || fail "100000 threads gave $code: $output"
[ ! -e hurried-threads.png ] && ! ls .hurried-threads* >/dev/null 2>&1 || fail "of 100000 threads something is left"
[ "$failures" -eq 0 ] && echo "all as expected"
exit "$failures"
