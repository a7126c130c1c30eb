#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures ganface's completion against the search that it replaces, as one writes it in eager
PyTorch (Yeh et al. 2017: Adam on z, 1500 steps, one face at a time), with the same machine, faces
and holes, and the generator's shipped weights. Needs Debian's python3-torch and python3-opencv.

Usage: eager_search.py [FACES] [STEPS]
Exit code 0 when the goals are met, 77 when it cannot run here."""
import hashlib
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

try:
    import cv2
    import numpy
    import torch
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing}; install python3-torch and python3-opencv")
    sys.exit(77)

FIRST_SIGHT_GOAL, TRACKED_GOAL = 500, 1500
SIZE, LATENT, LAMBDA = 64, 100, 0.003
DATA = pathlib.Path(os.environ.get("GANFACE_TEST_DATA", "../shared/data")) / "lfw-deepfunneled"
MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"


def read_safetensors(file):
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def norm_of(tensors, prefix):
    norm = nn.BatchNorm2d(tensors[prefix + ".weight"].numel())
    norm.load_state_dict(
        {key: tensors[f"{prefix}.{key}"] for key in ("weight", "bias", "running_mean", "running_var")},
        strict=False,
    )
    return norm


def networks(tensors):
    """The generator and the discriminator in PyTorch's own layers."""
    project = nn.Linear(LATENT, 8192, bias=False)
    project.weight.data = tensors["generator.project.weight"]
    layers = [project, nn.Unflatten(1, (512, 4, 4))]
    for i in range(4):
        weight = tensors[f"generator.up{i}.weight"]
        up = nn.ConvTranspose2d(*weight.shape[:2], 4, 2, 1, bias=i == 3)
        up.weight.data = weight
        if i == 3:
            up.bias.data = tensors["generator.bias"]
        layers += [norm_of(tensors, f"generator.norm{i}"), nn.ReLU(), up]
    generator = nn.Sequential(*layers, nn.Tanh())
    layers = []
    for i in range(4):
        weight = tensors[f"discriminator.down{i}.weight"]
        down = nn.Conv2d(weight.shape[1], weight.shape[0], 4, 2, 1, bias=False)
        down.weight.data = weight
        layers.append(down)
        if i > 0:
            layers.append(norm_of(tensors, f"discriminator.norm{i}"))
        layers.append(nn.LeakyReLU(0.2))
    score = nn.Linear(8192, 1)
    score.weight.data = tensors["discriminator.score.weight"]
    score.bias.data = tensors["discriminator.score.bias"]
    discriminator = nn.Sequential(*layers, nn.Flatten(), score)
    for network in (generator, discriminator):
        network.eval().requires_grad_(False)
    return generator, discriminator


def search(generator, discriminator, face, kept, weights, steps):
    torch.manual_seed(1)
    z = (torch.rand(1, LATENT) * 2 - 1).requires_grad_(True)
    optimiser = torch.optim.Adam([z], lr=0.03)
    for _ in range(steps):
        optimiser.zero_grad()
        image = generator(z)
        context = (weights * (image - face * kept).abs()).sum()
        realism = nn.functional.logsigmoid(-discriminator(image)).sum()
        (context + LAMBDA * realism).backward()
        optimiser.step()
        with torch.no_grad():
            z.clamp_(-1, 1)
    with torch.no_grad():
        return generator(z)


def validation_photographs():
    """Of the people that no network was trained on."""
    folders = [folder for folder in sorted(DATA.iterdir())
               if int(hashlib.sha256(folder.name.encode()).hexdigest(), 16) % 10 == 1]
    return [file for folder in folders for file in sorted(folder.glob("*.jpg"))]


def main():
    if not DATA.is_dir():
        print(f"skipped: no photographs in {DATA}; set GANFACE_TEST_DATA")
        return 77
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    photographs = validation_photographs()
    photographs = [photographs[i * len(photographs) // count] for i in range(count)]
    generator, discriminator = networks(read_safetensors(MODELS / "lfw-dcgan64.safetensors"))
    kept = torch.ones(1, 1, SIZE, SIZE)
    kept[..., SIZE // 4 : 3 * SIZE // 4, SIZE // 4 : 3 * SIZE // 4] = 0
    # Importance weights: the share of missing pixels around a kept one.
    missing_near = nn.functional.avg_pool2d(
        nn.functional.pad(1 - kept, (3, 3, 3, 3)), 7, stride=1
    )
    weights = kept * missing_near
    psnr, seconds = [], 0.0
    for photograph in photographs:
        crop = cv2.imread(str(photograph))[61:189, 61:189, ::-1]
        crop = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        face = torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        begin = time.time()
        found = search(generator, discriminator, face, kept, weights, steps)
        seconds += time.time() - begin
        hole = (1 - kept).expand_as(face) > 0
        error = ((found - face)[hole] * 127.5).square().mean().item()
        psnr.append(10 * math.log10(255**2 / error))
    eager_seconds, eager_psnr = seconds / count, sum(psnr) / count

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        faces = scratch / "faces"
        faces.mkdir()
        for i, photograph in enumerate(photographs):
            (faces / f"{i:04}.jpg").symlink_to(photograph.resolve())
        # The completion is judged at its own 128 pixels, where there is more to get wrong.
        subprocess.run(["ganface", "eval", "lfw-complete128", faces, "--mask", "center", "--json",
                        scratch / "eval.json"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["ganface", "bench", "--preset", "fast", "--json", scratch / "bench.json"],
                       check=True, stdout=subprocess.DEVNULL)
        our_psnr = json.loads((scratch / "eval.json").read_text())["masks"]["center"]["psnr_hole"]
        ours = json.loads((scratch / "bench.json").read_text())
    print(f"eager PyTorch search, {steps} steps: {eager_seconds:.1f} s a face, "
          f"{eager_psnr:.2f} dB in the hole (center, {count} faces, 64 px)")
    met = our_psnr >= eager_psnr
    for name, key, goal in (("first sight", "complete, first sight, a face", FIRST_SIGHT_GOAL),
                            ("tracked", "complete, tracked, a face", TRACKED_GOAL)):
        ratio = eager_seconds * 1000 / ours[key]
        print(f"ganface, {name}: {ours[key]:.1f} ms a face, {1000 / ours[key]:.0f} faces a second, "
              f"{ratio:.0f} times as many (goal {goal})")
        met = met and ratio >= goal
    print(f"ganface's completion: {our_psnr:.2f} dB in the hole (128 px)")
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
