#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/elements/ says what the elements' code says, and GStreamer takes nothing that is built for a broken plugin.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 docs/make_element_pages.py "$folder"
if gst-inspect-1.0 -b | grep -E 'libgst(ganface|facemask)'; then
  echo "GStreamer refuses it"
  exit 1
fi
[ "$(find "$folder" -name '*.md' -size +1k | wc -l)" -eq 3 ] || { echo "expected three pages"; exit 1; }
diff -ru docs/elements "$folder" ||
  { echo "docs/elements is out of date: meson devenv -C build python3 docs/make_element_pages.py docs/elements"; exit 1; }
