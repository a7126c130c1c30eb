#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a segmenter of kinds and oval out of an occlusion network that knew one kind only.

The convolutions are kept, the head is drawn anew, and the rest of the model is copied.
Needs numpy. Usage: widen_segmenter.py OUT.safetensors MODEL.safetensors"""
import sys

import numpy

from average_weights import bytes_of, read, write

PLANES = 7  # five kinds of occluders, none, the oval


def main():
    out, model = sys.argv[1:]
    metadata, tensors = read(model)
    random = numpy.random.default_rng(1)
    result = {}
    for name, (dtype, shape, data) in tensors.items():
        if not name.startswith("occlusion."):
            result[name] = (dtype, shape, data)
            continue
        name = "segmenter." + name[len("occlusion."):]
        if ".head." in name:
            shape = [4 * PLANES, *shape[1:]]
            data = bytes_of(dtype, 0.01 * random.standard_normal(numpy.prod(shape)) * (len(shape) > 1))
        result[name] = (dtype, shape, data)
    channels = 160
    dtype = result["segmenter.head.weight"][0]
    result["segmenter.face_weight"] = (dtype, [3, 2 * channels],
                                       bytes_of(dtype, 0.01 * random.standard_normal(6 * channels)))
    result["segmenter.face_bias"] = (dtype, [3], bytes_of(dtype, numpy.zeros(3)))
    write(out, metadata, result)


if __name__ == "__main__":
    main()
