# SPDX-License-Identifier: MIT
"""Owns contact sheets."""
import pathlib

import cv2
import numpy

CELL, GROUPS_A_LINE, LINES_A_SHEET = 220, 4, 15


def cell(picture):
    scale = CELL / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale,
                       interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)[:CELL, :CELL]
    canvas = numpy.full((CELL, CELL, 3), 32, numpy.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def write_sheets(folder, name, groups):
    """groups: (label, pictures) each; the pictures of one stand beside one another."""
    a_sheet = GROUPS_A_LINE * LINES_A_SHEET
    for first in range(0, len(groups), a_sheet):
        strips = []
        for label, pictures in groups[first : first + a_sheet]:
            strip = numpy.hstack([cell(picture) for picture in pictures])
            for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
                cv2.putText(strip, label, (4, CELL - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, width, cv2.LINE_AA)
            strips.append(strip)
        strips += [numpy.zeros_like(strips[0])] * (-len(strips) % GROUPS_A_LINE)
        lines = [numpy.hstack(strips[i : i + GROUPS_A_LINE]) for i in range(0, len(strips), GROUPS_A_LINE)]
        file = pathlib.Path(folder) / f"{name}-{first // a_sheet + 1}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), numpy.vstack(lines))
        print("wrote", file)


def marked(picture, hole, polygons, oval):
    """The hole tinted red, the outline by eye green, the oval white."""
    picture = picture.copy()
    picture[hole] = picture[hole] // 2 + numpy.array([0, 0, 127], numpy.uint8)
    thick = max(1, max(picture.shape) // 500)
    if oval is not None:
        edges, _ = cv2.findContours(oval.astype(numpy.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, edges, -1, (255, 255, 255), thick)
    for polygon in polygons:
        cv2.polylines(picture, [numpy.array(polygon, numpy.int32)], True, (0, 255, 0), thick)
    return picture


def window(pictures, oval):
    """What is around the oval, of each."""
    rows, columns = numpy.where(oval)
    x, y, half = columns.mean(), rows.mean(), 1.5 * max(numpy.ptp(rows), numpy.ptp(columns)) / 2
    return [p[max(0, int(y - half)) : int(y + half), max(0, int(x - half)) : int(x + half)] for p in pictures]
