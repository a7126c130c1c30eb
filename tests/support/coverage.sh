#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds with counters, runs the tests of library and elements, and tells how much of lib/ they run.
# Fails below 85 % of its lines.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/coverage
[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Db_coverage=true -Dbuildtype=debugoptimized -Doptimization=1 -Dbench=disabled >/dev/null
ninja -C "$build"
find "$build" -name '*.gcda' -delete
meson test -C "$build" --no-rebuild --timeout-multiplier 4 rooms core gan face element-facemask element-formats \
  element-ganfake element-ganinpaint element-stream
mkdir -p "$build/report"
gcovr --root . --object-directory "$build" --filter 'lib/' --exclude-throw-branches --gcov-ignore-parse-errors \
  --html-details "$build/report/index.html" --txt "$build/report/summary.txt" --fail-under-line 85
tail -4 "$build/report/summary.txt"
