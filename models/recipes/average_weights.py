#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Averages the weights of models that were trained on from one another, which repairs faces as well
as the better of them or better (Wortsman et al. 2022). Tensors that only the first has are kept.
Needs numpy. Usage: average_weights.py OUT.safetensors MODEL WEIGHT [MODEL WEIGHT …]"""
import json
import struct
import sys

import numpy


def read(file):
    data = open(file, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length :]
    tensors = {name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
               for name, entry in header.items()}
    return metadata, tensors


def values_of(dtype, data):
    if dtype == "F32":
        return numpy.frombuffer(data, "<f4").astype(numpy.float64)
    return (numpy.frombuffer(data, "<u2").astype(numpy.uint32) << 16).view(numpy.float32).astype(float)


def bytes_of(dtype, values):
    values = values.astype("<f4")
    if dtype == "F32":
        return values.tobytes()
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def write(out, metadata, tensors):
    """Writes tensors, name: (dtype, shape, bytes), as safetensors."""
    header, body = {"__metadata__": metadata}, b""
    for name, (dtype, shape, data) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(out, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def main():
    out, models = sys.argv[1], sys.argv[2::2]
    weights = [float(weight) for weight in sys.argv[3::2]]
    if len(models) != len(weights) or abs(sum(weights) - 1) > 1e-6:
        sys.exit("expected models with weights that add up to 1")
    files = [read(model) for model in models]
    metadata, first = files[0]
    metadata["averaged"] = ", ".join(f"{w:g}" for w in weights)
    result = {}
    for name, (dtype, shape, data) in first.items():
        others = [tensors[name] for _, tensors in files if name in tensors]
        if dtype in ("F32", "BF16") and len(others) == len(files):
            data = bytes_of(dtype, sum(w * values_of(t[0], t[2]) for w, t in zip(weights, others)))
        result[name] = (dtype, shape, data)
    write(out, metadata, result)


if __name__ == "__main__":
    main()
