# SPDX-License-Identifier: MIT
"""Writes an ONNX network with YuNet's inputs and outputs that takes red squares for faces.

It stands for the real network in the tests of detector-model. Layout 2022 is what cv::FaceDetectorYN reads
before OpenCV 4.8: every prior whose cell is red in the BGR picture is a face, its eyes level at a sixth of the
prior's size left and right of its centre. Layout 2023 is for OpenCV 4.8 and newer: a cell of 32 pixels that is
red, as the one to its left and the three above them are, is a face, its eyes level at the cell's upper edge, 32
pixels left and right of its corner.
Usage: make_red_square_detector.py 2022|2023 FILE.onnx (needs PyTorch).
"""
import sys

import torch

PRIORS = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}
VARIANCE = 0.1  # of the decoder in cv::FaceDetectorYN
STRIDES = (8, 16, 32)  # of layout 2023


def red_of(picture):
    return picture[:, 2:3] - picture[:, 1:2] - picture[:, 0:1]  # BGR in 0 to 255


class Layout2022(torch.nn.Module):
    NAMES = ["loc", "conf", "iou"]

    def forward(self, picture):
        red = red_of(picture)
        locations, scores, overlaps = [], [], []
        for stride, sizes in PRIORS.items():
            mean = torch.nn.functional.avg_pool2d(red, stride)
            face = torch.sigmoid(mean / 4 - 50).reshape(-1, 1)  # cells that are wholly red
            face = torch.cat([face] * len(sizes), 1).reshape(-1, 1)
            zero = face * 0
            eye = zero + 1 / (6 * VARIANCE)
            # Box centre and size, then the right eye, the left eye, nose and corners of the mouth.
            locations.append(torch.cat([zero] * 4 + [-eye, zero, eye] + [zero] * 7, 1))
            scores.append(torch.cat([1 - face, face], 1))
            overlaps.append(face)
        return torch.cat(locations), torch.cat(scores), torch.cat(overlaps)


class Layout2023(torch.nn.Module):
    NAMES = [f"{what}_{stride}" for what in ("cls", "obj", "bbox", "kps") for stride in STRIDES]

    def forward(self, picture):
        red = red_of(picture)
        outputs = {}
        for stride in STRIDES:
            padded = torch.nn.functional.pad(red, (stride, 0, stride, 0))
            mean = torch.nn.functional.avg_pool2d(padded, 2 * stride, stride)
            face = torch.sigmoid(mean / 4 - 50).reshape(1, -1, 1) * (1.0 if stride == STRIDES[-1] else 0.0)
            zero = face * 0
            one = zero + 1
            outputs[f"cls_{stride}"] = outputs[f"obj_{stride}"] = face
            outputs[f"bbox_{stride}"] = torch.cat([zero] * 2 + [one] * 2, 2)
            outputs[f"kps_{stride}"] = torch.cat([-one, zero, one] + [zero] * 7, 2)
        return tuple(outputs[name] + 0 for name in self.NAMES)


network = {"2022": Layout2022, "2023": Layout2023}[sys.argv[1]]()
torch.onnx.export(network, torch.zeros(1, 3, 256, 320), sys.argv[2], input_names=["input"],
                  output_names=network.NAMES, opset_version=11)
