# SPDX-License-Identifier: MIT
"""Writes an ONNX network with YuNet's inputs and outputs that takes red squares for faces.

It stands for the real network in the tests of detector-model: every prior whose cell is red in the
BGR picture is a face, its eyes level at a sixth of the prior's size left and right of its centre.
Usage: make_red_square_detector.py FILE.onnx (needs PyTorch).
"""
import sys

import torch

STRIDES = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}
VARIANCE = 0.1  # of the decoder in cv::FaceDetectorYN


class RedSquareDetector(torch.nn.Module):
    def forward(self, picture):
        red = picture[:, 2:3] - picture[:, 1:2] - picture[:, 0:1]  # BGR in 0 to 255
        locations, scores, overlaps = [], [], []
        for stride, sizes in STRIDES.items():
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


torch.onnx.export(RedSquareDetector(), torch.zeros(1, 3, 256, 320), sys.argv[1],
                  input_names=["input"], output_names=["loc", "conf", "iou"], opset_version=11)
