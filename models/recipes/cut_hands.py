#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts real hands out of pictures and clips, and names the pictures in which a hand may cover a face.

usage: cut_hands.py HEADS_FOLDER COVERED.txt FILE_OR_FOLDER...

MediaPipe's hand network (PyPI: mediapipe) finds hands; GrabCut (Rother, Kolmogorov, Blake 2004), seeded by its 21
landmarks, outlines them. HEADS_FOLDER/hands/N.png holds a hand beside its mask, 192 x 192 pixels each. COVERED.txt
gets a line for each picture whose hand reaches near the face of a frontal portrait's middle, for align_heads.py --skip.
"""
import argparse
import pathlib

import cv2
import mediapipe
import numpy as np

from label_faces import pictures_of

SIDE = 192
BONES = [(0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16), (0, 17, 18, 19, 20), (5, 9, 13, 17)]


def outlined(picture, points):
    """The hand's mask inside its crop, and the crop; None where GrabCut finds nothing like a hand."""
    low, high = points.min(0), points.max(0)
    size = (high - low).max()
    middle = (low + high) / 2
    span = 1.5 * size
    map_ = np.array([[SIDE / span, 0, SIDE / 2 - middle[0] * SIDE / span],
                     [0, SIDE / span, SIDE / 2 - middle[1] * SIDE / span]])
    crop = cv2.warpAffine(picture, map_, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    at = points @ map_[:, :2].T + map_[:, 2]
    palm = np.linalg.norm(at[5] - at[17])
    width = max(3, int(0.16 * np.linalg.norm(at[9] - at[0])))
    sure = np.zeros((SIDE, SIDE), np.uint8)
    for bone in BONES:
        cv2.polylines(sure, [at[list(bone)].astype(np.int32)], False, 255, max(2, width))
    cv2.fillConvexPoly(sure, cv2.convexHull(at[[0, 5, 9, 13, 17]].astype(np.int32)), 255)
    maybe = cv2.dilate(sure, np.ones((2 * width + 3,) * 2, np.uint8))
    seeds = np.full((SIDE, SIDE), cv2.GC_BGD, np.uint8)
    seeds[maybe > 0] = cv2.GC_PR_FGD
    seeds[cv2.erode(sure, np.ones((3, 3), np.uint8)) > 0] = cv2.GC_FGD
    cv2.grabCut(crop, seeds, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    mask = ((seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)).astype(np.uint8) * 255
    mask = cv2.medianBlur(mask, 5)
    grown = (mask > 0).sum() / max(1, (sure > 0).sum())
    if palm < 12 or not 0.75 < grown < 2.4:
        return None
    return crop, cv2.GaussianBlur(mask, (3, 3), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('heads', type=pathlib.Path)
    parser.add_argument('covered', type=pathlib.Path)
    parser.add_argument('paths', nargs='+')
    parser.add_argument('--step', type=int, default=2)
    parser.add_argument('--least', type=int, default=44, help='pixels of a hand that is worth cutting out')
    arguments = parser.parse_args()
    folder = arguments.heads / 'hands'
    folder.mkdir(parents=True, exist_ok=True)
    count = len(list(folder.iterdir()))
    detector = mediapipe.solutions.hands.Hands(static_image_mode=True, max_num_hands=3, min_detection_confidence=0.45)
    covered = []
    for name, frame, picture in pictures_of(arguments.paths, arguments.step):
        height, width = picture.shape[:2]
        if width <= 250:
            picture = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
            height, width = picture.shape[:2]
        found = detector.process(picture[:, :, ::-1]).multi_hand_landmarks or []
        for hand in found:
            points = np.array([[p.x * width, p.y * height] for p in hand.landmark])
            inside = np.abs(points / [width, height] - 0.5).max(1)
            if frame < 0 and (inside < 0.3).sum() > 2:
                covered.append(name)
            is_whole = points.min() > 3 and (points < np.array([width, height]) - 3).all()
            if not is_whole or (points.max(0) - points.min(0)).max() < arguments.least:
                continue
            cut = outlined(picture, points)
            if cut is not None:
                cv2.imwrite(str(folder / ('%05d.png' % count)), np.hstack([cut[0], cv2.cvtColor(cut[1], cv2.COLOR_GRAY2BGR)]))
                count += 1
    with open(arguments.covered, 'a') as out:
        out.writelines(name + '\n' for name in dict.fromkeys(covered))
    print(count, 'hands,', len(set(covered)), 'pictures with a hand near the face')


if __name__ == '__main__':
    main()
