#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes real objects out of pictures with an alpha channel, as cut_hands.py takes hands.

usage: cut_objects.py HEADS_FOLDER FOLDER...

HEADS_FOLDER/objects/N.png holds an object beside its mask, 192 x 192 pixels each. Debian's tuxpaint-stamps-default
(/usr/share/tuxpaint/stamps) holds some hundred photographed things: food, flowers, tools, instruments, animals.
"""
import argparse
import pathlib

import cv2
import numpy as np

SIDE = 192
LEAST = 60       # pixels of the longer side
LEAST_SHARE = .08  # of its box that is opaque


def cut(picture):
    """The object beside its mask; None where there is no cut-out, or a drawing of few colours."""
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        return None
    mask = picture[:, :, 3]
    rows, columns = np.flatnonzero(mask.max(1) > 127), np.flatnonzero(mask.max(0) > 127)
    if len(rows) == 0 or max(len(rows), len(columns)) < LEAST:
        return None
    picture = picture[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    mask = picture[:, :, 3]
    opaque = mask > 127
    colours = np.unique(picture[opaque][:, :3] // 8, axis=0)
    if opaque.mean() < LEAST_SHARE or (mask > 250).sum() < 0.6 * opaque.sum() or len(colours) < 150:
        return None
    scale = 0.92 * SIDE / max(picture.shape[:2])
    # Colours behind a clear edge are any: what is opaque lends its own.
    share = mask[:, :, None].astype(np.float32) / 255
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shares = cv2.resize(share, size, interpolation=way)[:, :, None]
    colours = cv2.resize(picture[:, :, :3] * share, size, interpolation=way)
    out = np.zeros((SIDE, 2 * SIDE, 3), np.uint8)
    y, x = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    out[y:y + size[1], x:x + size[0]] = (colours / np.maximum(shares, 1e-3)).clip(0, 255)
    out[y:y + size[1], SIDE + x:SIDE + x + size[0]] = (255 * shares).clip(0, 255)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('heads', type=pathlib.Path)
    parser.add_argument('folders', nargs='+', type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.heads / 'objects'
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for file in sorted(file for root in arguments.folders for file in root.rglob('*.png')):
        object_ = cut(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
        if object_ is not None:
            cv2.imwrite(str(folder / ('%04d.png' % count)), object_)
            count += 1
    print(count, 'objects')


if __name__ == '__main__':
    main()
