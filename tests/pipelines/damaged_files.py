#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Owns the trial of damaged files: pictures, clips and models with bits flipped, cut and spliced.

Each must give a result or a clear error with a documented exit code, within 20 s of a processor and
1 GiB, and leave nothing behind. Usage: damaged_files.py LOADER [--pictures N] [--clips N] [--models N] [--seed N]
LOADER is tests/support/model_loader.cpp's program. What fails is kept in the folder that is named.
"""
import argparse
import collections
import glob
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

MOST_S, MOST_MIB = 20, 1024
MOST_WAIT_S = 300  # by the clock: what waits for anything but a processor ends by itself after 10 s
PICTURES_A_RUN = 100
HOLE = "--quiet --face-source frame --region mouth --occlude gray".split()
CRASHES = re.compile(r"terminate called|Segmentation fault|pure virtual|corrupted|double free|CRITICAL")
# matroskademux of GStreamer 1.22 says so of an element header that it cannot read, beside its error.
OF_DEMUXER = re.compile(r".*gst_element_message_full_with_details: assertion 'GST_IS_ELEMENT \(element\)' failed")
GANFAKE = "gst-launch-1.0 -q ganfake grid=1x1 seed={seed} num-buffers={count} ! videoconvert ! videoscale ! "
SMALL = "video/x-raw,width=96,height=96,framerate=10/1 ! "
PICTURE_FORMATS = {"jpg": "jpegenc", "png": "pngenc", "webp": "webpenc", "tiff": "avenc_tiff", "bmp": "avenc_bmp"}
CLIP_FORMATS = {
    "mkv": "x264enc ! matroskamux",
    "mp4": "x264enc ! mp4mux",
    "mov": "x264enc ! qtmux",
    "webm": "vp8enc ! webmmux",
    "avi": "jpegenc ! avimux",
    "ts": "x264enc ! mpegtsmux",
    "ogv": "theoraenc ! oggmux",
}

Run = collections.namedtuple("Run", "code said seconds mib")


def damaged(data, others, rng):
    """The bytes, damaged in one to three of the ways in which files get damaged."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if len(data) < 16:
            break
        # What a file says of itself stands at its beginning, as a rule.
        near = rng.choice([len(data), len(data), min(len(data), 512)])
        at, length = rng.randrange(near), 1 + min(len(data) // 4, int(2 ** rng.uniform(0, 14)))
        way = rng.choice(["bits", "bits", "cut", "zeros", "noise", "number", "repeat", "lose", "splice"])
        if way == "bits":
            for _ in range(int(2 ** rng.uniform(0, 6))):
                data[rng.randrange(near)] ^= 1 << rng.randrange(8)
        elif way == "cut":
            del data[rng.randrange(len(data)):]
        elif way == "zeros":
            data[at:at + length] = bytes(len(data[at:at + length]))
        elif way == "noise":
            data[at:at + length] = rng.randbytes(len(data[at:at + length]))
        elif way == "number":
            value = rng.choice([0, 1, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, rng.getrandbits(32)])
            data[at:at + 4] = struct.pack(rng.choice(["<I", ">I"]), value)
        elif way == "repeat":
            data[at:at] = data[at:at + length]
        elif way == "lose":
            del data[at:at + length]
        else:
            other = rng.choice(others)
            begin = rng.randrange(len(other))
            data[at:at + length] = other[begin:begin + length]
    return bytes(data)


def run(arguments):
    """The command's end; code None: it did not come in time."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)
        code = None
        while time.monotonic() - begin < MOST_WAIT_S:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.01)
        else:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
        process.returncode = code
        output.seek(0)
        said = OF_DEMUXER.sub("", output.read().decode(errors="replace"))
    return Run(code, said, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def hidden_files(folder):
    return glob.glob(folder + "/**/.*", recursive=True)


class Trial:
    def __init__(self, folder, seed):
        self.folder, self.rng = folder, random.Random(seed)
        self.results, self.bad = collections.Counter(), []
        self.slowest = self.largest = 0.0

    def note(self, kind, what, seconds, mib):
        self.results[kind, what] += 1
        self.slowest, self.largest = max(self.slowest, seconds), max(self.largest, mib)

    def fail(self, file, why):
        kept = os.path.join(self.folder, "bad")
        os.makedirs(kept, exist_ok=True)
        name = f"{len(self.bad)}-{os.path.basename(file)}"
        shutil.copy(file, os.path.join(kept, name))
        self.bad.append(f"{name}: {why}")
        print("BAD", self.bad[-1], flush=True)

    def made(self, name, line, count, seeds):
        """The bytes of what GStreamer makes of a line, once for each seed."""
        files = []
        for seed in seeds:
            path = os.path.join(self.folder, f"whole-{seed}.{name}")
            made = subprocess.run((GANFAKE.format(seed=seed, count=count) + line + " ! filesink location=" + path)
                                  .split(), capture_output=True, text=True)
            if made.returncode != 0:
                print(f"skipped {name}: {made.stderr.strip().splitlines()[:1]}")
                return []
            with open(path, "rb") as file:
                files.append(file.read())
        return files

    def damaged_files(self, formats, frames):
        """For ever another damaged file of one of the formats: the end of its name and its bytes."""
        whole = {name: self.made(name, SMALL + line, frames, [1, 2]) for name, line in formats.items()}
        whole = {name: files for name, files in whole.items() if files}
        every = [data for files in whole.values() for data in files]
        while True:
            name = self.rng.choice(sorted(whole))
            yield name, damaged(self.rng.choice(whole[name]), every, self.rng)

    # ---- Pictures and clips ---------------------------------------------------------------------

    def try_pictures(self, count):
        pictures = self.damaged_files(PICTURE_FORMATS, 1)
        done = 0
        while done < count:
            into, out = os.path.join(self.folder, "in"), os.path.join(self.folder, "out")
            os.makedirs(into)
            names = []
            for i in range(min(PICTURES_A_RUN, count - done)):
                kind, data = next(pictures)
                names.append(f"{done + i:05}.{kind}")
                with open(os.path.join(into, names[-1]), "wb") as file:
                    file.write(data)
            self.judge_folder(names, into, out, run(["ganface", "repair", into, out, "--jobs", "2"] + HOLE))
            done += len(names)
            for folder in into, out:
                shutil.rmtree(folder, ignore_errors=True)

    def judge_folder(self, names, into, out, end):
        if end.code not in (0, 3) or CRASHES.search(end.said) or end.seconds > MOST_S or end.mib > MOST_MIB:
            # Which of them it was.
            for name in names:
                file, result = os.path.join(into, name), os.path.join(out, "alone-" + name)
                self.judge_file(file, result, run(["ganface", "repair", file, result] + HOLE), "picture")
            return
        for name in names:
            has_result = os.path.exists(os.path.join(out, name))
            self.note("picture", "result" if has_result else "error", end.seconds / len(names), end.mib)
            if not has_result and name not in end.said:
                self.fail(os.path.join(into, name), "neither a result nor an error")
        if hidden_files(out):
            self.fail(os.path.join(into, names[0]), f"in a folder of {len(names)}, left: {hidden_files(out)}")

    def judge_file(self, file, result, end, kind):
        has_result = os.path.exists(result)
        self.note(kind, "result" if has_result else "error", end.seconds, end.mib)
        if end.code is None or end.seconds > MOST_S:
            self.fail(file, f"took {end.seconds:.0f} s of a processor, code {end.code}: {end.said[-300:]}")
        elif end.code not in (0, 2, 3) or CRASHES.search(end.said):
            self.fail(file, f"exit code {end.code}: {end.said[-300:]}")
        elif end.mib > MOST_MIB:
            self.fail(file, f"took {end.mib:.0f} MiB")
        elif end.code == 0 and not has_result:
            self.fail(file, "exit code 0 without a result")
        elif end.code != 0 and not end.said.strip():
            self.fail(file, f"exit code {end.code} without a reason")
        elif hidden_files(os.path.dirname(result)):
            self.fail(file, f"left: {hidden_files(os.path.dirname(result))}")

    def try_clips(self, count):
        clips = self.damaged_files(CLIP_FORMATS, 5)
        for i in range(count):
            kind, data = next(clips)
            out = os.path.join(self.folder, "out")
            os.makedirs(out)
            file, result = os.path.join(self.folder, f"clip-{i:05}.{kind}"), os.path.join(out, "result.mkv")
            with open(file, "wb") as target:
                target.write(data)
            self.judge_file(file, result, run(["ganface", "repair", file, result] + HOLE), "clip")
            os.remove(file)
            shutil.rmtree(out)

    # ---- Models ---------------------------------------------------------------------------------

    def models(self):
        """Small ones of each kind, and the shipped ones."""
        faces = os.path.join(self.folder, "faces")
        os.makedirs(faces)
        subprocess.run((GANFAKE.format(seed=3, count=16) + f"pngenc ! multifilesink location={faces}/%02d.png").split(),
                       check=True)
        small = os.path.join(self.folder, "small.safetensors")
        subprocess.run(f"ganface train {faces} --size 16 --ngf 8 --ndf 8 --latent-size 10 --batch-size 8 --epochs 1"
                       f" --seed 3 --out {small}".split(), check=True, capture_output=True)
        shipped = os.environ["GANFACE_MODEL_PATH"].split(":")[0]
        return [(30, "repair", small), (30, "generator", small),
                (2, "repair", shipped + "/lfw-complete128.safetensors"),
                (2, "repair", shipped + "/lfw-dcgan64.safetensors"),
                (3, "finder", shipped + "/lfw-facemask.safetensors"),
                (3, "segmenter", shipped + "/lfw-facemask.safetensors")]

    def try_models(self, loader, count):
        models = self.models()
        content = {file: open(file, "rb").read() for _, _, file in models}

        def start():
            return subprocess.Popen([loader], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        process = start()
        for i in range(count):
            _, kind, whole = self.rng.choices(models, weights=[share for share, _, _ in models])[0]
            data = content[whole]
            file = os.path.join(self.folder, f"model-{i:05}.safetensors")
            # Half of the damage is in the header, a small part of the file.
            header = 8 + struct.unpack("<Q", data[:8])[0]
            with open(file, "wb") as target:
                if self.rng.random() < 0.5:
                    target.write(damaged(data[:header], [data[:header]], self.rng) + data[header:])
                else:
                    target.write(damaged(data, [data[:1 << 20]], self.rng))
            process.stdin.write(f"{kind} {file}\n".encode())
            process.stdin.flush()
            answer = process.stdout.readline().decode(errors="backslashreplace")
            if not answer:
                self.fail(file, f"as a {kind}: the program ended with {process.wait()}")
                process = start()
                continue
            result, seconds, mib, text = (answer.rstrip("\n") + " ").split(" ", 3)
            self.note("model", "loads" if result == "loads" else "error", float(seconds), float(mib))
            if result == "other" or (result == "model" and os.path.basename(file) not in text):
                self.fail(file, f"as a {kind}: {result}: {text}")
            elif re.search(r"\\x[89a-f]", text):
                self.fail(file, f"as a {kind}: the error is no UTF-8: {text}")
            elif float(seconds) > MOST_S or float(mib) > MOST_MIB:
                self.fail(file, f"as a {kind}: {seconds} s, {mib} MiB")
            os.remove(file)
        process.stdin.close()
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("loader")
    for kind in "pictures", "clips", "models":
        parser.add_argument("--" + kind, type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="ganface-damaged-")
    trial = Trial(folder, options.seed)
    trial.try_pictures(options.pictures)
    trial.try_clips(options.clips)
    if options.models > 0:
        trial.try_models(options.loader, options.models)
    for (kind, what), count in sorted(trial.results.items()):
        print(f"{kind:8} {what:7} {count:6}")
    print(f"slowest {trial.slowest:.1f} s, most memory {trial.largest:.0f} MiB, bad: {len(trial.bad)}")
    if trial.bad:
        print("what is bad lies in " + folder + "/bad")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
