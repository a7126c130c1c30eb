#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs clang-tidy over library, plugin and command; a finding is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/lint
export CC=clang CXX=clang++
[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=disabled -Dbench=disabled >/dev/null
mapfile -t units < <(python3 -c '
import json, sys
for entry in json.load(open(sys.argv[1])):
    print(entry["directory"] + "/" + entry["file"])' "$build/compile_commands.json" | grep '\.cpp$')
run-clang-tidy -quiet -p "$build" "${units[@]}"
