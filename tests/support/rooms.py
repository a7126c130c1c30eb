#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the rooms of the sources, their lines and the arrows between them, and fails where an arrow runs back, a
source file is in no target or in two, or a test is not built. Usage: rooms.py [SOURCE_FOLDER]"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
# A room may use those on shelves below its own; plugins and pipelines use the library through its public headers.
SHELVES = [["core"], ["image"], ["nn"], ["models"], ["repair", "face"], ["video"], ["eval"], ["train"],
           ["plugins", "pipelines"]]
HEIGHT = {room: height for height, shelf in enumerate(SHELVES) for room in shelf}
# The inner order of lib/nn.
NN = ["runtime", "kernels", "layers", "registration"]
# What GStreamer or GLib brings; the library knows nothing of it.
FOREIGN = re.compile(r'#include [<"](gst/|glib)')
# What a public header may include beside its own kind.
STANDARD = re.compile(r"#include <[a-z_]+>")


def sources(folder, *kinds):
    return sorted(file for kind in kinds for file in (ROOT / folder).rglob(f"*.{kind}"))


def room_of(file):
    parts = file.relative_to(ROOT).parts
    return parts[1] if parts[0] == "lib" else parts[0]


def includes(file):
    return re.findall(r'^#include [<"]([^>"]+)[>"]', file.read_text(), re.M)


def public_rooms():
    """The room that each public header belongs to: that of the source file of its name, or else the lowest room that
    includes it."""
    named, lowest = {}, {}
    for file in sources("lib", "cpp"):
        for name in includes(file):
            if not name.startswith("ganface/"):
                continue
            if pathlib.Path(name).stem == file.stem:
                named[name] = room_of(file)
            lowest[name] = min(lowest.get(name, room_of(file)), room_of(file), key=HEIGHT.get)
    return {**lowest, **named}


def trespasses():
    """Where plugins or the command reach behind the library's public headers, or the command into the plugins."""
    for file in sources("plugins", "cpp", "h", "c") + sources("pipelines", "cpp", "h"):
        room = room_of(file)
        for name in includes(file):
            own = (ROOT / room / name).is_file() or (file.parent / name).is_file()
            if own:
                continue
            if name.split("/")[0] in HEIGHT and (ROOT / "lib" / name).is_file():
                yield f"{file.relative_to(ROOT)} includes {name}; expected public headers of the library alone"
            elif room == "pipelines" and (ROOT / "plugins" / name).is_file():
                yield f"{file.relative_to(ROOT)} includes {name} of the plugins; expected what GStreamer gives"


def arrows():
    """(from, to) -> the includes that make the arrow."""
    public, found = public_rooms(), collections.defaultdict(list)
    for file in sources("lib", "cpp", "h") + sources("plugins", "cpp", "h", "c") + sources("pipelines", "cpp", "h"):
        room = room_of(file)
        if room == "include":
            continue
        for name in includes(file):
            top = name.split("/")[0]
            to = public.get(name) if top == "ganface" else top if top in HEIGHT else None
            if room == "nn" and to == "nn" and top == "nn":
                inner, other = file.relative_to(ROOT).parts[2], name.split("/")[1]
                if inner != other:
                    found[f"nn/{inner}", f"nn/{other}"].append((file, name))
            elif to is not None and to != room:
                found[room, to].append((file, name))
    return found


def runs_back(begin, end):
    if begin.startswith("nn/"):
        return NN.index(end[3:]) > NN.index(begin[3:])
    return HEIGHT[end] >= HEIGHT[begin]


def targets_naming(file):
    """How often the build files at or above the source file name it."""
    count, place = 0, file.parent
    while True:
        build = place / "meson.build"
        if build.is_file():
            name = re.escape(file.relative_to(place).as_posix())
            count += len(re.findall(rf"'{name}'", build.read_text()))
        if place == ROOT:
            return count
        place = place.parent


def main():
    faults = []
    print("room        files  lines")
    for room in (room for shelf in SHELVES for room in shelf):
        folder = room if room in ("plugins", "pipelines") else f"lib/{room}"
        files = sources(folder, "cpp", "h", "c")
        print(f"{room:<11} {len(files):>5} {sum(len(file.read_text().splitlines()) for file in files):>6}")
        named = [(targets_naming(file), file) for file in sources(folder, "cpp", "c")]
        faults += [f"{file.relative_to(ROOT)} is named {count} times in the build files; expected once"
                   for count, file in named if count != 1]
    print("\narrows")
    for (begin, end), places in sorted(arrows().items(), key=lambda item: item[0]):
        print(f"{begin} -> {end} ({len(places)})")
        if runs_back(begin, end):
            faults += [f"{file.relative_to(ROOT)} includes {name}: an arrow from {begin} back to {end}"
                       for file, name in places]
    faults += trespasses()
    for file in sources("lib", "cpp", "h"):
        if FOREIGN.search(file.read_text()):
            faults.append(f"{file.relative_to(ROOT)} includes GStreamer or GLib; the library knows nothing of them")
    for file in sources("lib/include", "h"):
        strange = [name for name in re.findall(r"^#include .*", file.read_text(), re.M)
                   if not STANDARD.fullmatch(name) and not name.startswith("#include <ganface/")]
        faults += [f"{file.relative_to(ROOT)}: {name} in a public header" for name in strange]
    tests = [file for folder in ("tests/unit", "tests/elements") for file in sources(folder, "cpp")]
    builds = "".join(file.read_text() for file in (ROOT / "tests").rglob("meson.build"))
    for file in tests:
        if file.stem.endswith("_test") and f"'{file.name}'" not in builds and f"'{file.stem[:-5]}'" not in builds:
            faults.append(f"{file.relative_to(ROOT)} is in no build file: it is never run")
    print("\n" + ("\n".join(faults) or "no arrow runs back, and every file is built once"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
