# SPDX-License-Identifier: MIT
"""Owns how a bench runs the product over pictures and clips and reads what it did."""
import collections
import filecmp
import json
import os
import pathlib
import re
import subprocess
import tempfile

import cv2
import numpy

# The mean of FaceMesh's outlines, in the canonical crop: centre and half axes.
OVAL_CENTRE, OVAL_AXES = numpy.array([0.505, 0.55]), numpy.array([0.37, 0.45])

Repaired = collections.namedtuple("Repaired", "faces is_changed file")


def repair(pictures, *options):
    """pictures: {name: file} -> {name: Repaired}; the results lie in a new folder of `tempfile`."""
    folder = pathlib.Path(tempfile.mkdtemp())
    for name, file in pictures.items():
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).symlink_to(file.resolve())
    jobs = min(4, len(os.sched_getaffinity(0)))
    subprocess.run(["ganface", "repair", folder / "in", folder / "out", "--report", folder / "report.jsonl",
                    "--jobs", str(jobs), "--quiet", *options], check=True, stdout=subprocess.DEVNULL)
    lines = map(json.loads, (folder / "report.jsonl").read_text().splitlines())
    faces = {str(pathlib.Path(line["file"]).relative_to(folder / "in")): line["faces"] for line in lines}
    return {name: Repaired(faces[name], not filecmp.cmp(file, folder / "out" / name, shallow=False),
                           folder / "out" / name) for name, file in pictures.items()}


def drawn(files, *properties):
    """The JPEG files as facemask paints into them; in one pipeline, since a start takes seconds."""
    folder = pathlib.Path(tempfile.mkdtemp())
    for i, file in enumerate(files):
        (folder / f"{i:05}.jpg").symlink_to(file.resolve())
    # One picture a second: no video, so that each is looked at by itself.
    subprocess.run(["gst-launch-1.0", "-q", "multifilesrc", f"location={folder}/%05d.jpg",
                    "caps=image/jpeg,framerate=1/1", "!", "jpegdec", "!", "videoconvert", "!", "facemask", *properties,
                    "!", "videoconvert", "!", "video/x-raw,format=RGB", "!", "pngenc", "compression-level=1", "!",
                    "multifilesink", f"location={folder}/%05d.png"], check=True)
    return [cv2.imread(f"{folder}/{i:05}.png") for i in range(len(files))]


def painted(gray, black):
    """The hole is where the colour that it is painted with shows."""
    luma = (picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (gray, black))
    return cv2.absdiff(*luma) > 50


def frames_of(clip, chain=(), log=subprocess.DEVNULL):
    """Width, height and bytes of each frame, I420 with GStreamer's strides, after the elements of `chain`."""
    capture = cv2.VideoCapture(str(clip))
    width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    length = sum(stride * rows for stride, rows in plane_sizes(width, height))
    end, begin = os.pipe()
    command = ["gst-launch-1.0", "-m", "filesrc", f"location={clip}", "!", "decodebin", "!", "videoconvert", "!",
               "video/x-raw,format=I420", *(word for element in chain for word in ("!", *element.split())),
               "!", "fdsink", f"fd={begin}"]
    with subprocess.Popen(command, pass_fds=[begin], stdout=log) as process, os.fdopen(end, "rb") as stream:
        os.close(begin)
        while data := stream.read(length):
            yield width, height, data
    if process.returncode or len(data) % length:
        raise subprocess.CalledProcessError(process.returncode, command)


def plane_sizes(width, height):
    """Stride and rows of Y, U and V."""
    chroma = ((width + 1) // 2 + 3) // 4 * 4, (height + 1) // 2
    return [((width + 3) // 4 * 4, 2 * chroma[1]), chroma, chroma]


def planes_of(frame):
    """Y, U and V without what pads them; a last odd row or column is left out."""
    width, height, data = frame
    planes, begin = [], 0
    for i, (stride, rows) in enumerate(plane_sizes(width, height)):
        plane = numpy.frombuffer(data, numpy.uint8, stride * rows, begin).reshape(rows, stride)
        planes.append(plane[: height // 2 * (1 if i else 2), : width // 2 * (1 if i else 2)])
        begin += stride * rows
    return planes


def bgr_of(frame):
    planes = planes_of(frame)
    packed = numpy.concatenate([plane.reshape(-1) for plane in planes])
    return cv2.cvtColor(packed.reshape(-1, planes[0].shape[1]), cv2.COLOR_YUV2BGR_I420)


def luma_of(frame):
    return planes_of(frame)[0]


def faces_told(log):
    """Of ganinpaint's messages: a list of faces ({"id", "transform"}) for each frame."""
    log.seek(0)
    frames = []
    for line in log.read().decode(errors="replace").splitlines():
        if ": ganinpaint-report," in line:
            text = line.replace("\\", "")
            ids = re.findall(r"\bid=\(uint\)(\d+)", text)
            maps = re.findall(r"transform=\(double\)< ([^>]*) >", text)
            frames.append([{"id": int(number), "transform": [float(x) for x in numbers.split(",")]}
                           for number, numbers in zip(ids, maps)])
    return frames


def to_pixels(face, points):
    """Points of the canonical crop in pixels."""
    transform = numpy.array(face["transform"]).reshape(2, 3)
    return (numpy.asarray(points) - transform[:, 2]) @ numpy.linalg.inv(transform[:, :2]).T


def to_canonical(face, points):
    """Points in pixels in the canonical crop."""
    transform = numpy.array(face["transform"]).reshape(2, 3)
    return numpy.asarray(points) @ transform[:, :2].T + transform[:, 2]


def nearest(faces, point):
    return min(faces, key=lambda face: numpy.linalg.norm(to_pixels(face, OVAL_CENTRE) - point), default=None)
