#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts canonical crops of 256 px with made holes, for the refinement network to learn from.

usage: refinement_crops.py OUT portraits REPORT.jsonl [--variants N] [--seed N]
       refinement_crops.py OUT lfw LFW_FOLDER [--people N] [--seed N]

REPORT.jsonl is what `ganface repair PORTRAITS ANYWHERE --report REPORT.jsonl` wrote: it holds each face's transform.
LFW_FOLDER holds deep-funneled photographs, a folder for each person; one photograph a person is taken.
Each crop is moved, turned, scaled and mirrored a little, relit, and in some degraded as cameras do it.
Writes OUT.truth (uint8 [N, 256, 256, 3]), OUT.hole (uint8 [N, 256, 256], 255 = missing). Needs numpy and PIL."""
import argparse
import io
import json
import math
import os
import pathlib
import random

import numpy
from PIL import Image, ImageDraw, ImageFilter

SIDE = 256
LEAST = 180  # side of a canonical crop in its picture, pixels: smaller ones have no detail to learn
BOXES = {  # as `region=` has them
    "left": (0, 0, .5, 1), "right": (.5, 0, 1, 1), "bottom": (0, .5, 1, 1), "eyes": (.14, .28, .86, .52),
    "nose": (.34, .42, .66, .7), "mouth": (.22, .66, .78, .92), "center": (.25, .25, .75, .75)}
SHAPES = ["eyes"] * 5 + ["mouth"] * 4 + ["center"] * 3 + ["mask"] * 5 + ["hand"] * 3 + ["ellipse"] * 2 + \
    ["glasses"] * 2 + ["bar", "left", "right", "bottom", "nose"]
PUPILS = (.338, .663)  # columns; rows are .405


def draw_box(draw, own, name):
    box = list(BOXES[name])
    if own.random() < .5:
        box = [edge + own.uniform(-.04, .04) if 0 < edge < 1 else edge for edge in box]
    draw.rectangle([box[0] * SIDE, box[1] * SIDE, box[2] * SIDE - 1, box[3] * SIDE - 1], fill=255)


def draw_mask(draw, own):
    """A medical mask: from the nose to below the chin, from ear to ear."""
    top = own.uniform(.5, .64)
    ear = top + own.uniform(-.08, .08)
    left, right, dip = own.uniform(-.05, .1), own.uniform(.9, 1.05), own.uniform(-.06, .06)
    upper = [(.5 + (.5 - left) * t * .9, top + (ear - top) * t * t + dip * math.sin(math.pi * t) * .3)
             for t in numpy.linspace(-.9, .9, 15)]
    outline = [(left, ear), *upper, (right, ear), (right - .04, .95), (right - .12, 1.1), (left + .12, 1.1),
               (left + .04, .95)]
    draw.polygon([(x * SIDE, y * SIDE) for x, y in outline], fill=255)


def draw_hand(draw, own):
    x, y = own.uniform(.15, .85) * SIDE, own.uniform(.3, 1) * SIDE
    angle = own.uniform(-.6, .6) + (-math.pi / 2 if own.random() < .7 else own.uniform(0, 2 * math.pi))
    for finger in range(own.randint(2, 4)):
        width, length = own.uniform(.05, .09) * SIDE, own.uniform(.2, .5) * SIDE
        aside = (finger - 1.5) * own.uniform(.8, 1.2) * width
        start = (x - math.sin(angle) * aside, y + math.cos(angle) * aside)
        bent = angle + own.uniform(-.1, .1)
        end = (start[0] + math.cos(bent) * length, start[1] + math.sin(bent) * length)
        draw.line([start, end], fill=255, width=int(width))
        draw.ellipse([end[0] - width / 2, end[1] - width / 2, end[0] + width / 2, end[1] + width / 2], fill=255)
    palm = own.uniform(.1, .2) * SIDE
    draw.ellipse([x - palm, y - palm * .8, x + palm, y + palm * 1.2], fill=255)


def draw_glasses(draw, own):
    y, wide = own.uniform(.38, .44), own.uniform(.09, .14)
    high = wide * own.uniform(.7, 1.1)
    for x in PUPILS:
        draw.ellipse([(x - wide * 1.15) * SIDE, (y - high) * SIDE, (x + wide * 1.15) * SIDE, (y + high) * SIDE],
                     fill=255)
    draw.rectangle([PUPILS[0] * SIDE, (y - .04) * SIDE, PUPILS[1] * SIDE, (y + own.uniform(-.01, .03)) * SIDE],
                   fill=255)


def made_hole(own):
    name = own.choice(SHAPES)
    hole = Image.new("L", (SIDE, SIDE), 0)
    draw = ImageDraw.Draw(hole)
    if name in BOXES:
        draw_box(draw, own, name)
    elif name == "mask":
        draw_mask(draw, own)
    elif name == "hand":
        draw_hand(draw, own)
    elif name == "glasses":
        draw_glasses(draw, own)
    elif name == "ellipse":
        x, y, wide, high = own.uniform(.2, .8), own.uniform(.25, .9), own.uniform(.08, .3), own.uniform(.08, .3)
        draw.ellipse([(x - wide) * SIDE, (y - high) * SIDE, (x + wide) * SIDE, (y + high) * SIDE], fill=255)
    else:
        y, high = own.uniform(.3, .9), own.uniform(.06, .2)
        draw.rectangle([0, (y - high / 2) * SIDE, SIDE, (y + high / 2) * SIDE], fill=255)
        hole = hole.rotate(own.uniform(-15, 15), Image.NEAREST, fillcolor=0)
    return numpy.asarray(hole)


def degraded(pixels, own, noise):
    """As cameras and networks hand pictures on: softer or sharpened, noisy, compressed."""
    image = Image.fromarray(pixels)
    if own.random() < .25:
        side = int(own.uniform(96, SIDE))
        way = Image.BOX if own.random() < .5 else Image.BICUBIC
        image = image.resize((side, side), way).resize((SIDE, SIDE), Image.BICUBIC)
    elif own.random() < .15:
        image = image.filter(ImageFilter.UnsharpMask(own.uniform(.6, 1.5), int(own.uniform(30, 100)), 0))
    values = numpy.asarray(image).astype(numpy.float32)
    if own.random() < .2:
        values = values + noise.standard_normal((SIDE, SIDE, own.choice((1, 3)))) * own.uniform(1, 6)
    image = Image.fromarray(values.clip(0, 255).astype(numpy.uint8))
    if own.random() < .25:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(own.uniform(50, 92)), subsampling=own.choice((0, 2)))
        image = Image.open(file).convert("RGB")
    return numpy.asarray(image)


def relit(pixels, own):
    values = pixels.astype(numpy.float32) / 255
    tint = numpy.array([own.uniform(.93, 1.07) for _ in range(3)])
    values = numpy.clip(values * own.uniform(.8, 1.2) * tint + own.uniform(-.06, .06), 0, 1) ** own.uniform(.8, 1.25)
    kind = own.random()
    if kind < .13:  # grey, or as sepia
        luma = (values @ numpy.array([.299, .587, .114]))[..., None]
        values = luma * (numpy.ones(3) if kind < .1 else numpy.array([1, .92, .78]))
    return (values * 255 + .5).astype(numpy.uint8)


def moved(own):
    """A small motion of the unit square about its middle, in half of the cases mirrored."""
    scale, angle = math.exp(own.gauss(0, .04)), own.gauss(0, .05)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    motion = numpy.array([[cosine, -sine, .5 + own.gauss(0, .015)], [sine, cosine, .5 + own.gauss(0, .015)],
                          [0, 0, 1]]) @ numpy.array([[1, 0, -.5], [0, 1, -.5], [0, 0, 1]])
    mirror = numpy.array([[-1, 0, 1], [0, 1, 0], [0, 0, 1]])
    return motion @ mirror if own.random() < .5 else motion


def crop(image, to_picture, motion):
    """The unit square, moved, of a picture; a large one is averaged."""
    fine = 2 if numpy.hypot(to_picture[0, 0], to_picture[1, 0]) > 1.3 * SIDE else 1
    way = to_picture @ motion @ numpy.diag([1 / (SIDE * fine), 1 / (SIDE * fine), 1])
    cut = image.transform((SIDE * fine, SIDE * fine), Image.AFFINE, tuple(way[:2].ravel()), Image.BICUBIC)
    return numpy.asarray(cut.resize((SIDE, SIDE), Image.BOX) if fine == 2 else cut)


def faces_of_report(report):
    """Pictures, and the ways from the canonical crop's unit square to their largest face."""
    for line in open(report):
        frame = json.loads(line)
        faces = [face for face in frame["faces"] if face.get("transform")]
        if not faces:
            continue
        face = max(faces, key=lambda face: face["box"][2])
        to_picture = numpy.linalg.inv(numpy.vstack([numpy.array(face["transform"]).reshape(2, 3), [0, 0, 1]]))
        image = Image.open(frame["file"]).convert("RGB")
        corners = to_picture @ numpy.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
        is_inside = corners[:2].min() >= -8 and corners[0].max() <= image.width + 8 and \
            corners[1].max() <= image.height + 8
        if is_inside and numpy.hypot(to_picture[0, 0], to_picture[1, 0]) >= LEAST:
            yield image, to_picture


def faces_of_lfw(folder, people, own):
    names = sorted(path for path in pathlib.Path(folder).iterdir() if path.is_dir())
    own.shuffle(names)
    for person in names[:people]:
        image = Image.open(own.choice(sorted(person.glob("*.jpg")))).convert("RGB")
        yield image, numpy.array([[128, 0, 61], [0, 128, 61], [0, 0, 1.]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("kind", choices=["portraits", "lfw"])
    parser.add_argument("source")
    parser.add_argument("--variants", type=int, default=10)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    own, noise = random.Random(options.seed), numpy.random.default_rng(options.seed)
    faces = faces_of_report(options.source) if options.kind == "portraits" else \
        faces_of_lfw(options.source, options.people, own)
    variants = options.variants if options.kind == "portraits" else 1
    count = 0
    with open(options.out + ".truth.part", "wb") as truth, open(options.out + ".hole.part", "wb") as holes:
        for image, to_picture in faces:
            for _ in range(variants):
                truth.write(relit(degraded(crop(image, to_picture, moved(own)), own, noise), own).tobytes())
                holes.write(made_hole(own).tobytes())
                count += 1
    if count == 0:
        raise SystemExit(f"'{options.source}' holds no face of {LEAST} px or more")
    for kind in ("truth", "hole"):
        os.replace(f"{options.out}.{kind}.part", f"{options.out}.{kind}")
    print(f"{count} crops in {options.out}.truth")


if __name__ == "__main__":
    main()
