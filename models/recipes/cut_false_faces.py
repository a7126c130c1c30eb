#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts out what the product takes for faces where the teachers see none (hard-negative mining).

usage: cut_false_faces.py HEADS_FOLDER LABELS.npz REPORT.jsonl

REPORT.jsonl is what `ganface repair --report` wrote of the pictures of LABELS.npz (label_faces.py). Windows go to
HEADS_FOLDER/nothing, each some times, moved a little. Look at them before you train: a face that the teachers have
missed is no negative.
"""
import json
import os
import pathlib
import sys

import cv2
import numpy as np

from align_heads import BEGIN, CROP, cut, is_validation

COPIES, SHIFT = 8, 5  # of each window, pixels of it


def is_told(box, others):
    """Whether a teacher sees a face of about this size there."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    for left, top, right, bottom in others:
        wide, high = 0.2 * (right - left), 0.2 * (bottom - top)
        if left - wide <= x <= right + wide and top - high <= y <= bottom + high and \
                0.4 < box[2] / (right - left) < 2.6:
            return True
    return False


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]) / 'nothing'
    folder.mkdir(parents=True, exist_ok=True)
    table = np.load(sys.argv[2], allow_pickle=False)
    name = lambda file: '/'.join(pathlib.Path(os.path.realpath(file)).parts[-2:])
    names = [name(str(file)) for file in table['files']]
    told = {}
    for picture, box in zip(table['picture'], table['box']):
        told.setdefault(names[picture], []).append(box)
    random = np.random.default_rng(5)
    count = 0
    for line in open(sys.argv[3]):
        frame = json.loads(line)
        file = os.path.realpath(frame['file'])
        if is_validation(file):
            continue
        for face in frame['faces']:
            if is_told(face['box'], told.get(name(file), [])):
                continue
            picture = cv2.imread(file)
            to_canonical = np.vstack([np.reshape(face['transform'], (2, 3)), [0, 0, 1]])
            for _ in range(COPIES):
                shift = random.uniform(-SHIFT, SHIFT, 2) - BEGIN
                unit = np.array([[1 / CROP, 0, shift[0] / CROP], [0, 1 / CROP, shift[1] / CROP], [0, 0, 1]])
                cv2.imwrite(str(folder / ('f%04d.jpg' % count)), cut(picture, np.linalg.inv(to_canonical) @ unit),
                            [cv2.IMWRITE_JPEG_QUALITY, 95])
                count += 1
    print(count, 'windows')


if __name__ == '__main__':
    main()
