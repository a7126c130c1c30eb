#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs an element test under GStreamer's leaks tracer; an object that is alive at the end is a
# failure. Usage: leaks.sh TEST_PROGRAM [ARGUMENT...]
set -uo pipefail
report=$(mktemp)
trap 'rm -f "$report"' EXIT
GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_NO_COLOR=1 "$@" >"$report" 2>&1 ||
  { grep -v GST_TRACER "$report" | tail -n 40; echo "the test itself fails"; exit 1; }
grep -q 'GST_TRACER' "$report" || { echo "the leaks tracer did not run"; exit 1; }
if grep 'object-alive, ' "$report" | grep -v build_format; then
  echo "the objects above were never freed"
  exit 1
fi
grep -E '^(ok|FAIL) ' "$report"  # of a program that sums up
echo "no object was left"
