# SPDX-License-Identifier: MIT
"""Repairs stay as good as they are, and clean faces stay clean, on faces that ganfake makes up.

The floors lie 1 dB below what lfw-complete128 and lfw-facemask reach; photographs of people are judged by
tests/bench/wild_bench.py.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

FACES, SIDE = 8, 220


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"FAIL: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def launch(line):
    run("gst-launch-1.0", "-q", *line.split())


def pixels(file):
    done = subprocess.run(["gst-launch-1.0", "-q", "filesrc", f"location={file}", "!", "pngdec", "!", "videoconvert",
                           "!", "video/x-raw,format=RGB", "!", "fdsink"], capture_output=True, check=True)
    return done.stdout


def psnr(a, b, where):
    squares = sum((a[i] - b[i]) ** 2 for i in where)
    return 10 * math.log10(255 ** 2 * len(where) / max(squares, 1))


def make_faces(folder):
    for name in ("bare", "clean", "covered"):
        (folder / name).mkdir()
    for i in range(1, FACES + 1):
        bare, clean, covered = (folder / name / f"{i}.png" for name in ("bare", "clean", "covered"))
        launch(f"ganfake grid=1x1 seed={i} num-buffers=1 ! videoconvert ! tee name=all "
               f"all. ! queue ! pngenc ! filesink location={bare} "
               f"all. ! queue ! videoscale ! video/x-raw,width={SIDE},height={SIDE} ! "
               f"videobox left=-90 right=-90 top=-70 bottom=-110 fill=white ! videoconvert ! tee name=wide "
               f"wide. ! queue ! pngenc ! filesink location={clean} "
               f"wide. ! queue ! facemask region=mouth occlude=gray ! videoconvert ! pngenc ! "
               f"filesink location={covered}")


def repair(folder, name):
    (folder / f"{name}-out").mkdir()
    report = folder / f"{name}.jsonl"
    run("ganface", "repair", "--quiet", str(folder / name), str(folder / f"{name}-out"), "--report", str(report))
    return [json.loads(line) for line in report.read_text().splitlines()]


def main():
    failures = []

    def expect(holds, what):
        print(("ok   " if holds else "FAIL ") + what)
        if not holds:
            failures.append(what)

    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        make_faces(folder)

        # Holes whose truth is known.
        run("ganface", "eval", "lfw-complete128", str(folder / "bare"), "--mask", "center,half", "--json",
            str(folder / "eval.json"))
        masks = json.loads((folder / "eval.json").read_text())["masks"]
        for mask, least, over_telea in (("center", 22, 3), ("half", 16.5, 1)):
            own, telea = masks[mask]["psnr_hole"], masks[mask]["telea"]["psnr_hole"]
            expect(own >= least and own >= telea + over_telea,
                   f"{mask}: {own:.2f} dB in the hole, at least {least}, and {over_telea} over Telea's {telea:.2f}")

        # Nothing covers these.
        report = repair(folder, "clean")
        found = sum(len(line["faces"]) == 1 for line in report)
        expect(found == FACES, f"one face found in {found} of {FACES} clean pictures")
        changed = [i for i in range(1, FACES + 1) if (folder / "clean" / f"{i}.png").read_bytes() !=
                   (folder / "clean-out" / f"{i}.png").read_bytes()]
        expect(len(changed) <= 1, f"{len(changed)} of {FACES} clean pictures changed: {changed}; at most 1")

        # A grey bar covers the mouth.
        report = repair(folder, "covered")
        repaired = sum(any(face["action"] == "repaired" for face in line["faces"]) for line in report)
        expect(repaired == FACES, f"{repaired} of {FACES} covered faces repaired")
        gains = []
        for i in range(1, FACES + 1):
            truth, before, after = (pixels(folder / name / f"{i}.png") for name in ("clean", "covered", "covered-out"))
            where = [k for k in range(len(truth)) if truth[k] != before[k]]
            gains.append(psnr(after, truth, where) - psnr(before, truth, where))
        expect(min(gains) > 1 and sum(gains) / FACES > 5,
               f"where the bar was {sum(gains) / FACES:.1f} dB better than the bar, at least 5; worst {min(gains):.1f}")
    sys.exit(1 if failures else 0)


main()
