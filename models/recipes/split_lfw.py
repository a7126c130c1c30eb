#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Splits a copy of LFW by person into training and validation folders of links.

usage: split_lfw.py LFW_FOLDER OUT_FOLDER

A person is for validation when the SHA-256 of the name, as a number, ends in the decimal digit 1.
Writes OUT_FOLDER/train and OUT_FOLDER/validation.
"""
import hashlib
import pathlib
import sys


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = (pathlib.Path(argument) for argument in sys.argv[1:])
    people = sorted(path for path in source.iterdir() if path.is_dir())
    if not people:
        sys.exit(f"'{source}' holds no folder of a person; expected the LFW layout PERSON/*.jpg")
    for person in people:
        digit = int(hashlib.sha256(person.name.encode()).hexdigest(), 16) % 10
        folder = target / ("validation" if digit == 1 else "train")
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / person.name
        if not link.is_symlink():
            link.symlink_to(person.resolve())


main()
