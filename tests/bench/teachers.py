# SPDX-License-Identifier: MIT
"""Owns the networks of others that a bench compares with: CenterFace and FaceMesh."""
import cv2
import numpy

from product_runs import OVAL_AXES, OVAL_CENTRE, nearest, to_pixels

try:
    import mediapipe
except ImportError:
    mediapipe = None

# FaceMesh's points around the face.
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
        176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]


def filled(polygons, shape):
    mask = numpy.zeros(shape[:2], numpy.uint8)
    for polygon in polygons:  # each by itself, since together they would cut holes where they meet
        cv2.fillPoly(mask, [numpy.round(polygon).astype(numpy.int32)], 255)
    return mask > 0


class Ovals:
    def __init__(self):
        self.kind = "an ellipse in the canonical crop" if mediapipe is None else "FaceMesh's outline"
        self.mesh = None if mediapipe is None else mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=True, max_num_faces=4, min_detection_confidence=0.3)

    def find(self, picture, faces, near):
        """The mask of the face nearest to the point `near`; None where there is none."""
        outline = self.outline(picture, faces, near)
        return None if outline is None else filled([outline], picture.shape)

    def outline(self, picture, faces, near):
        """Its points, pixels."""
        size = picture.shape[1::-1]
        if self.mesh is not None:
            found = self.mesh.process(numpy.ascontiguousarray(picture[:, :, ::-1])).multi_face_landmarks or []
            ovals = [numpy.array([[face.landmark[i].x, face.landmark[i].y] for i in OVAL]) * size for face in found]
            return min(ovals, key=lambda oval: numpy.linalg.norm(oval.mean(0) - near), default=None)
        face = nearest(faces, near)
        angles = numpy.linspace(0, 2 * numpy.pi, 72, endpoint=False)
        circle = numpy.stack([numpy.cos(angles), numpy.sin(angles)], 1)
        return None if face is None else to_pixels(face, OVAL_CENTRE + OVAL_AXES * circle)


def overlap(hole, outline, oval):
    """IoU and recall inside the oval."""
    hole, outline = hole & oval, outline & oval
    return (hole & outline).sum() / max(1, (hole | outline).sum()), (hole & outline).sum() / max(1, outline.sum())


class CenterFace:
    """Zhou, Xu, Chen, Wang, CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019."""
    # OpenCV's network returns NaN when its input's shape changes, so that there is one canvas.
    SHOWN, BORDER, THRESHOLD = 640, 96, 0.4

    def __init__(self, file):
        self.net = cv2.dnn.readNetFromONNX(str(file))

    def find(self, picture):
        """Boxes [N, 4] (x0, y0, x1, y1), pixels. A border shows it faces that the picture cuts."""
        side = self.SHOWN + 2 * self.BORDER
        scale = self.SHOWN / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale,
                           interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        canvas = numpy.full((side, side, 3), 128, numpy.uint8)
        canvas[self.BORDER : self.BORDER + small.shape[0], self.BORDER : self.BORDER + small.shape[1]] = small
        self.net.setInput(cv2.dnn.blobFromImage(canvas, 1, None, (0, 0, 0), swapRB=True))
        heat, size, offset = self.net.forward(["537", "538", "539"])
        rows, columns = numpy.where(heat[0, 0] > self.THRESHOLD)
        height, width = numpy.exp(size[0, :, rows, columns]).T * 4
        down, right = offset[0, :, rows, columns].T
        x, y = (columns + right + 0.5) * 4 - width / 2, (rows + down + 0.5) * 4 - height / 2
        kept = cv2.dnn.NMSBoxes(numpy.stack([x, y, width, height], 1).tolist(), heat[0, 0, rows, columns].tolist(),
                                self.THRESHOLD, 0.3)
        boxes = numpy.stack([x, y, x + width, y + height], 1)[numpy.array(kept, int).reshape(-1)]
        return (boxes - self.BORDER) / scale


def matches(face, box):
    """Whether the face of the report and CenterFace's box are one."""
    x, y = to_pixels(face, OVAL_CENTRE)
    return box[0] < x < box[2] and box[1] < y < box[3]
