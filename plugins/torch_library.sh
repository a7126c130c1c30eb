#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Writes a header with the name of the LibTorch that a library is linked with. Usage: torch_library.sh LIBRARY
set -euo pipefail
name=$(objdump -p "$1" | awk '$1 == "NEEDED" && $2 ~ /^libtorch_cpu/ {print $2}')
[ -n "$name" ] || { echo "$1 needs no libtorch_cpu" >&2; exit 1; }
printf '#define GANFACE_TORCH_LIBRARY "%s"\n' "$name"
