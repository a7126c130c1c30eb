#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a segmenter that answers from a quarter of the crop's side out of one that did from half.

The way down is kept, of the way up the channels with the largest weights, the head is drawn anew, and the
rest of the model is copied. Needs numpy. Usage: narrow_segmenter.py OUT.safetensors MODEL.safetensors"""
import sys

import numpy

from average_weights import bytes_of, read, values_of, write

PLANES = 7  # five kinds of occluders, none, the oval
WIDTHS = {"up2": 64, "up1": 32}
CELL = 4


def main():
    out, model = sys.argv[1:]
    metadata, tensors = read(model)
    random = numpy.random.default_rng(2)
    dtype = tensors["segmenter.up2.weight"][0]
    result = {name: tensor for name, tensor in tensors.items()
              if not name.startswith(("segmenter.up", "segmenter.head."))}

    def put(name, values):
        result["segmenter." + name] = (dtype, list(values.shape), bytes_of(dtype, values))

    def old(name):
        stored, shape, data = tensors["segmenter." + name]
        return values_of(stored, data).reshape(shape)

    inputs = None  # of the level below that are kept
    for level, width in WIDTHS.items():
        weight = old(level + ".weight")
        if inputs is not None:
            below = old("up2.weight").shape[0]
            weight = weight[:, [*inputs, *range(below, weight.shape[1])]]
        sizes = numpy.abs(old(level + ".norm.weight")) * numpy.sqrt((weight ** 2).sum((1, 2, 3)))
        kept = sorted(numpy.argsort(-sizes)[:width])
        put(level + ".weight", weight[kept])
        for name in ("weight", "bias", "running_mean", "running_var"):
            put(f"{level}.norm.{name}", old(f"{level}.norm.{name}")[kept])
        counted = f"segmenter.{level}.norm.num_batches_tracked"
        result[counted] = tensors[counted]
        inputs = kept
    planes = CELL * CELL * PLANES
    put("head.weight", 0.02 * random.standard_normal((planes, WIDTHS["up1"], 3, 3)))
    put("head.bias", numpy.zeros(planes))
    write(out, metadata, result)


if __name__ == "__main__":
    main()
