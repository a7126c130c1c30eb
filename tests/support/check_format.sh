#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails when a source file is not formatted as .clang-format says. Releases of clang-format differ; ours is
# Debian 12's.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(clang-format --version | grep -oE '[0-9]+' | head -1)
if [ "$version" != 14 ]; then
  echo "formatting is not checked: this is clang-format $version, and 14 is ours"
  exit 0
fi
find lib plugins pipelines tests docs -name '*.cpp' -o -name '*.h' -o -name '*.c' | xargs clang-format --dry-run -Werror
