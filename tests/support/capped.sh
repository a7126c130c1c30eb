#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a program under a cap of the instruction set (docs/troubleshooting.md). Skips where the
# processor has no more than that, since the program then runs the same without.
# Usage: capped.sh avx2|avx512-bf16 PROGRAM [ARGUMENT...]
set -euo pipefail
usage='usage: capped.sh avx2|avx512-bf16 PROGRAM [ARGUMENT...]'
cap=${1:?$usage}
shift
flags=" $(grep -m1 '^flags' /proc/cpuinfo || true) "
has() { [[ $flags == *" $1 "* ]]; }
# OpenBLAS and OpenCV read theirs as they are loaded.
case $cap in
  avx2) more=avx512f openblas=Haswell opencv=AVX512-SKX ;;
  avx512-bf16) more=amx_bf16 openblas=SkylakeX opencv= ;;
  *) echo "$usage"; exit 2 ;;
esac
if ! has "$more"; then
  echo "skipped: this processor has no more than $cap"
  exit 77
fi
export GANFACE_MAX_CPU_ISA=$cap OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-$openblas}
[ -z "$opencv" ] || export OPENCV_CPU_DISABLE=$opencv
exec "$@"
