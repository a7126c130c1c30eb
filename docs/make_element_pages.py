#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the elements' pages, docs/elements/*.md, from their SECTION blocks and gst-inspect-1.0.

Usage: make_element_pages.py OUT_FOLDER (GStreamer must find the plugin: `meson devenv -C build`).
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ELEMENTS = ("facemask", "ganinpaint", "ganfake")
# Properties of base classes, which differ from one GStreamer to the next.
NOT_OURS = ("name", "parent", "automatic-eos", "blocksize", "do-timestamp", "typefind")


def section(element):
    """The text of an element's SECTION block as Markdown."""
    source = (ROOT / "plugins" / element / f"gst{element}.cpp").read_text()
    block = re.search(r"/\*\*\n \* SECTION:.*?\n(.*?)\n \*/", source, re.S).group(1)
    lines = [line[3:] for line in block.split("\n")]
    lines = [line for line in lines if not line.startswith("@")]
    text = "\n".join(lines).strip()
    text = re.sub(r"\|\[\n(.*?)\n\]\|",
                  lambda code: "```sh\n" + code.group(1).replace("\n", " \\\n") + "\n```",
                  text, flags=re.S)
    return re.sub(r"[#%](\w+)", r"`\1`", text)


def properties(element):
    """[name, blurb, flags, type] of each property, the type with the values of an enumeration."""
    text = subprocess.run(["gst-inspect-1.0", "--no-colors", element], check=True,
                          capture_output=True, text=True).stdout
    found = []
    for line in text.split("Element Properties:")[1].split("\n"):
        if re.match(r"^\S.*:$", line):
            break
        entry = re.match(r"^  ([a-z0-9-]+) +: (.*)$", line)
        value = re.match(r"^ +\((?:-?\d+|0x[0-9a-f]+)\): (\S+) +- (.*)$", line)
        if entry:
            found.append([entry.group(1), entry.group(2), "", ""])
        elif value:
            found[-1][3] += f"<br>`{value.group(1)}`: {value.group(2)}"
        elif found and "flags:" in line:
            found[-1][2] = line.split("flags:")[1].strip()
        elif found and line.strip():
            kind = line.strip()
            kind = re.sub(r'^Enum "\w+" Default: -?\d+, "(.*)"$', r"default `\1`:", kind)
            kind = re.sub(r'^Flags "\w+" Default: 0x[0-9a-f]+, "(.*)"$',
                          r"some of a list, joined by `+`, default `\1`:", kind)
            found[-1][3] += kind
    return [entry for entry in found if entry[0] not in NOT_OURS]


def change(flags):
    """When a property may change, in a word."""
    if "writable" not in flags:
        return "read only"
    if "READY state" in flags and "PLAYING" not in flags:
        return "when stopped"
    return "any time, by a controller too" if "controllable" in flags else "any time"


def page(element):
    rows = [f"| `{name}` | {blurb} | {kind} | {change(flags)} |"
            for name, blurb, flags, kind in properties(element)]
    return "\n".join([
        f"# {element}", "",
        "<!-- Made by docs/make_element_pages.py from plugins/ and gst-inspect-1.0. -->", "",
        section(element), "",
        "## Properties", "",
        "| property | what it does | values | may change |", "|---|---|---|---|", *rows, ""])


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for element in ELEMENTS:
        (out / f"{element}.md").write_text(page(element))


if __name__ == "__main__":
    main()
