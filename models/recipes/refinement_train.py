#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the refinement network against two patch critics, or puts a trained one into a completion model.

usage: refinement_train.py train RUN BASE... [--minutes N] [--seed N] [options]
       refinement_train.py add MODEL.safetensors RUN OUT.safetensors

BASE.truth, BASE.hole and BASE.completed are from refinement_crops.py and refinement_completed; `--shares` says how
often each BASE is drawn from. RUN.pt is the checkpoint, written every four minutes; a run goes on from one that is
there. RUN.jsonl is the log. Needs PyTorch 1.13 or newer and numpy; AVX512-BF16 or a GPU saves hours."""
import argparse
import json
import os
import random
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

SIDE = 256
WINDOW = 128  # side of what the fine critic sees
WIDTHS = (40, 80, 128, 192)
COARSEST = 6  # blocks of the last level
CRITIC_GAIN = 2.5  # beside the spectral norm, without which activations would fade
CHECKPOINT_SECONDS = 240
LAST = dict(memory_format=torch.channels_last)


def halved(x):
    return (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4


def coarse(x):
    """Without what is finer than 4 px."""
    return F.interpolate(halved(halved(x)), scale_factor=4, mode="bilinear", align_corners=False)


def as_seen(x):
    """Luma without its finest detail, which noise fills; chroma without what is finer than 4 px."""
    luma = x.mean(1, keepdim=True)
    fine = F.pad(luma, (1, 1, 1, 1), "replicate")
    fine = fine[:, :, :-2] + 2 * fine[:, :, 1:-1] + fine[:, :, 2:]
    return (fine[..., :-2] + 2 * fine[..., 1:-1] + fine[..., 2:]) / 16 + coarse(x - luma)


class Block(nn.Module):
    def __init__(self, seen, width, stride=1):
        super().__init__()
        self.convolution = nn.Conv2d(seen, width, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(self.norm(self.convolution(x)))


class Refinement(nn.Module):
    """lib/models/refinement_network.h"""

    def __init__(self):
        super().__init__()
        channels = 4 * 10
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(WIDTHS):
            count = COARSEST if level + 1 == len(WIDTHS) else 2
            self.down.append(nn.ModuleList([Block(channels, width, 1 if level == 0 else 2)] +
                                           [Block(width, width) for _ in range(count - 1)]))
            channels = width
        for width in reversed(WIDTHS[:-1]):
            self.up.append(nn.ModuleList([Block(channels + width, width), Block(width, width)]))
            channels = width
        self.head = nn.Conv2d(channels, 12, 3, 1, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, composed, hole, places):
        seen = torch.cat([composed, hole, composed.flip(3), hole.flip(3), places], 1)
        x, kept = F.pixel_unshuffle(seen, 2), []
        for level in self.down:
            for i, block in enumerate(level):
                x = block(x) if i == 0 else x + block(x)
            kept.append(x)
        for i, level in enumerate(self.up):
            x = torch.cat([F.interpolate(x, scale_factor=2), kept[-2 - i]], 1)
            for j, block in enumerate(level):
                x = block(x) if j == 0 else x + block(x)
        return composed + hole * as_seen(F.pixel_shuffle(self.head(x).float(), 2))


class PatchCritic(nn.Module):
    def __init__(self, widths):
        super().__init__()
        norm = nn.utils.spectral_norm
        self.layers = nn.ModuleList(
            [norm(nn.Conv2d(widths[i], widths[i + 1], 4 if i < 3 else 3, 2 if i < 3 else 1, 1)) for i in range(4)] +
            [nn.Conv2d(widths[-1], 1, 3, 1, 1)])

    def forward(self, x):
        features = []
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x) * CRITIC_GAIN, .2)
            features.append(x)
        return features + [self.layers[-1](x)]


class Critics(nn.Module):
    """One sees a window at full resolution, one the whole crop at half of it."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = PatchCritic([7, 40, 80, 160, 160]), PatchCritic([7, 48, 96, 160, 160])

    def forward(self, views):
        return self.fine(views[0]), self.coarse(views[1])


def views_of(image, hole, places, corners):
    """What the critics see: the picture, where the hole is, and luma's fine detail by itself."""
    image = as_seen(image)
    luma = image.mean(1, keepdim=True)
    x = torch.cat([image, hole, places, 5 * (luma - coarse(luma))], 1)
    return windows(x, corners).contiguous(**LAST), halved(x).contiguous(**LAST)


def windows(x, corners):
    return torch.stack([x[i, :, top:top + WINDOW, left:left + WINDOW] for i, (top, left) in enumerate(corners)])


def corners_in(hole, own):
    """For each crop a window about a place in its hole."""
    corners = []
    for mask in hole[:, 0]:
        places = mask.nonzero()
        y, x = places[own.randrange(len(places))].tolist() if len(places) else (SIDE // 2, SIDE // 2)
        corners.append(tuple(max(0, min(SIDE - WINDOW, v - WINDOW // 2 + own.randint(-24, 24))) // 8 * 8
                             for v in (y, x)))
    return corners


def in_hole(logits, hole):
    return logits.float()[F.adaptive_max_pool2d(hole, logits.shape[2:]) > 0]


class Crops:
    def __init__(self, base):
        self.count = os.path.getsize(base + ".completed") // (SIDE * SIDE * 3)

        def mapped(kind, channels):
            values = numpy.memmap(f"{base}.{kind}", numpy.uint8, "r")
            return values[:self.count * SIDE * SIDE * channels].reshape(self.count, SIDE, SIDE, channels)
        self.truth, self.completed, self.hole = mapped("truth", 3), mapped("completed", 3), mapped("hole", 1)

    def batch(self, size, own, device):
        rows = sorted(own.randrange(self.count) for _ in range(size))

        def tensor(values):
            return torch.from_numpy(numpy.ascontiguousarray(values[rows])).permute(0, 3, 1, 2).float()
        truth, completed = tensor(self.truth) / 127.5 - 1, tensor(self.completed) / 127.5 - 1
        hole = (tensor(self.hole) > 0).float()
        for i in range(size):
            if own.random() < .5:
                truth[i], completed[i], hole[i] = truth[i].flip(2), completed[i].flip(2), hole[i].flip(2)
        composed = truth * (1 - hole) + completed * hole
        return [x.to(device).contiguous(**LAST) for x in (truth, composed)] + [hole.to(device)]


class Training:
    def __init__(self, options):
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(options.seed)
        self.network, self.critics = Refinement().to(self.device, **LAST), Critics().to(self.device, **LAST)
        adam = dict(betas=(.5, .99))
        self.optimisers = [torch.optim.Adam(self.network.parameters(), options.learning_rate, **adam),
                           torch.optim.Adam(self.critics.parameters(), options.learning_rate, **adam)]
        self.mean, self.step, self.seconds, self.figures = {}, 0, 0., {}
        along = torch.linspace(-1, 1, SIDE)
        self.places = torch.stack(torch.meshgrid(along, along, indexing="xy"))[None].to(self.device)
        if os.path.exists(options.run + ".pt"):
            self.resume(torch.load(options.run + ".pt", map_location=self.device))

    def resume(self, saved):
        self.network.load_state_dict(saved["network"])
        self.step, self.seconds, self.mean = saved["step"], saved["seconds"], saved["mean"]
        self.optimisers[0].load_state_dict(saved["optimisers"][0])
        if not self.options.fresh_critics:
            self.critics.load_state_dict(saved["critics"])
            self.optimisers[1].load_state_dict(saved["optimisers"][1])

    def save(self):
        torch.save(dict(network=self.network.state_dict(), critics=self.critics.state_dict(), step=self.step,
                        seconds=self.seconds, mean=self.mean,
                        optimisers=[optimiser.state_dict() for optimiser in self.optimisers]),
                   self.options.run + ".pt.part")
        os.replace(self.options.run + ".pt.part", self.options.run + ".pt")

    def amp(self):
        return torch.autocast(self.device.type, torch.bfloat16)

    def set_rates(self, done):
        rate = self.options.learning_rate * min(1, (self.step + 1) / 100) * min(1, 2 * (1 - done) + .02)
        for optimiser, factor in zip(self.optimisers, (1, self.options.critic_rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    def train_critics(self, real_views, painted_views, holes):
        for parameter in self.critics.parameters():
            parameter.requires_grad_(True)
        with self.amp():
            real = self.critics(real_views)
            painted = self.critics([view.detach() for view in painted_views])
        loss = sum(F.relu(1 - in_hole(a[-1], hole)).mean() + F.relu(1 + in_hole(b[-1], hole)).mean()
                   for a, b, hole in zip(real, painted, holes))
        self.optimisers[1].zero_grad()
        loss.backward()
        self.optimisers[1].step()
        for parameter in self.critics.parameters():
            parameter.requires_grad_(False)
        return loss, [[features.detach() for features in of_critic] for of_critic in real]

    def train_step(self, crops, own):
        options = self.options
        truth, composed, hole = crops.batch(options.batch_size, own, self.device)
        places = self.places.expand(len(truth), -1, -1, -1)
        with self.amp():
            painted = self.network(composed, hole, places)
        painted = painted.float()
        weights = hole / (hole.mean((1, 2, 3), keepdim=True) + 1e-3)
        difference = (painted - truth) * weights
        figures = dict(error=difference.abs().mean(), coarse=F.avg_pool2d(difference, 8).abs().mean(),
                       before=((composed - truth) * weights).abs().mean())
        if self.step < options.warm_up:
            loss = figures["error"] + figures["coarse"]
        else:
            corners = corners_in(hole, own)
            holes = (windows(hole, corners), hole)
            painted_views = views_of(painted, hole, places, corners)
            figures["critics"], real = self.train_critics(views_of(truth, hole, places, corners), painted_views,
                                                          holes)
            with self.amp():
                judged = self.critics(painted_views)
            figures["judgement"] = -sum(in_hole(own_[-1], part).mean() for own_, part in zip(judged, holes))
            figures["features"] = sum(
                (p.float() - q.float()).abs().mean() / (q.float().abs().mean() + 1e-3)
                for a, b in zip(judged, real) for p, q in zip(a[:-1], b[:-1])) / (hole.mean() + .02) * .1
            loss = options.pixels * figures["error"] + options.coarse * figures["coarse"] + \
                options.adversarial * figures["judgement"] + options.feature_matching * figures["features"]
        self.optimisers[0].zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5)
        self.optimisers[0].step()
        self.follow({name: float(value) for name, value in figures.items()})

    def follow(self, figures):
        for name, value in figures.items():
            self.figures[name] = .95 * self.figures.get(name, value) + .05 * value
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if name not in self.mean or not value.is_floating_point():
                    self.mean[name] = value.clone()
                else:
                    self.mean[name].mul_(.998).add_(value, alpha=.002)

    def run(self):
        options = self.options
        crops, own = [Crops(base) for base in options.bases], random.Random(options.seed + self.step)
        begin, saved = time.time() - self.seconds, time.time()
        while self.seconds < 60 * options.minutes:
            self.set_rates(self.seconds / 60 / options.minutes)
            self.train_step(own.choices(crops, options.shares)[0], own)
            self.step += 1
            self.seconds = time.time() - begin
            if self.step % 50 == 0:
                with open(options.run + ".jsonl", "a") as log:
                    log.write(json.dumps(dict(step=self.step, seconds=round(self.seconds),
                                              **{k: round(v, 4) for k, v in self.figures.items()})) + "\n")
            if time.time() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.time()
        self.save()


def added(model, run, out):
    """The model with the network's running mean, as lib/models/completion_network.cpp reads it."""
    from average_weights import bytes_of, read, write
    metadata, tensors = read(model)
    tensors = {name: value for name, value in tensors.items() if not name.startswith("refinement.")}
    weights = torch.load(run + ".pt", map_location="cpu")["mean"]

    def add(name, values):
        is_weight = values.dim() > 1
        kind = "I64" if values.dtype == torch.int64 else "BF16" if is_weight else "F32"
        data = values.numpy().tobytes() if kind == "I64" else bytes_of(kind, values.float().numpy().ravel())
        tensors["refinement." + name] = (kind, list(values.shape), data)
    for name, values in weights.items():
        part, *rest = name.split(".")
        if part == "head":
            add(name, values)
            continue
        level, number, kind, *field = rest
        level = int(level) if part == "down" else len(WIDTHS) - 2 - int(level)
        if part == "down" and (level, number, kind) == (0, "0", "convolution"):
            # PyTorch has a channel's four pixels side by side, the library a pixel's channels.
            width, seen = values.shape[0], values.shape[1] // 4
            values = values.reshape(width, seen, 4, 3, 3).transpose(1, 2).reshape(width, 4 * seen, 3, 3)
        add(f"{part}{level}_{number}." + ("norm." if kind == "norm" else "") + field[0], values.contiguous())
    metadata["refinement"] = "2 x 2 blocks, 256 px"
    write(out, metadata, tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add")
    for name in ("model", "run", "out"):
        add.add_argument(name)
    train = commands.add_parser("train")
    train.add_argument("run")
    train.add_argument("bases", nargs="+")
    train.add_argument("--shares", type=float, nargs="+")
    train.add_argument("--fresh-critics", action="store_true", help="do not go on with the checkpoint's")
    for name, kind, usual in (("minutes", float, 90), ("seed", int, 1), ("batch-size", int, 4),
                              ("learning-rate", float, 5e-4), ("critic-rate", float, 3), ("warm-up", int, 300),
                              ("pixels", float, .5), ("coarse", float, .5), ("adversarial", float, .2),
                              ("feature-matching", float, .5)):
        train.add_argument("--" + name, type=kind, default=usual)
    options = parser.parse_args()
    if options.command == "add":
        added(options.model, options.run, options.out)
        return
    options.shares = options.shares or [1] * len(options.bases)
    if len(options.shares) != len(options.bases):
        parser.error(f"--shares has {len(options.shares)} numbers for {len(options.bases)} BASE")
    Training(options).run()


if __name__ == "__main__":
    main()
