#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds with a sanitizer and runs the tests of the library and of the elements under it.
# Usage: sanitize.sh address|thread [TEST...], as in `sanitize.sh thread stream face`
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:?usage: sanitize.sh address|thread [TEST...]}
support=$PWD/tests/support
build=build/sanitizers/$kind
case $kind in
  address) sanitizers=address,undefined ;;
  thread) sanitizers=thread ;;
  *) echo "usage: sanitize.sh address|thread [TEST...]"; exit 2 ;;
esac
tests=(core face gan facemask formats ganfake ganinpaint properties scenarios stream real-clip frame-count)
[ $# -eq 1 ] || tests=("${@:2}")
targets=()
for test in "${tests[@]}"; do
  case $test in
    core | face | gan) targets+=("tests/unit/test-$test") ;;
    *) targets+=("tests/elements/test-$test") ;;
  esac
done
[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Db_sanitize=$sanitizers -Db_lundef=false -Dbuildtype=debugoptimized
ninja -C "$build" plugins/libgstganface.so "${targets[@]}"
export GST_PLUGIN_PATH=$PWD/$build/plugins GANFACE_MODEL_PATH=$PWD/models
export GST_REGISTRY=$PWD/$build/registry.bin GST_REGISTRY_FORK=no
# Its own pools would hand memory from thread to thread unseen.
export G_SLICE=always-malloc
export ASAN_OPTIONS=detect_leaks=1:detect_odr_violation=0 LSAN_OPTIONS=suppressions=$support/leaks.supp
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=suppressions=$support/threads.supp
# Memory and time are the sanitizer's own business.
export GTEST_FILTER='-Stream.StateCyclesKeepMemoryFlat:Stream.InstancesShareOneLoadedModel:Stream.TheLastElementFreesItsModel:Stream.AnIdle*'
# One thread: LibTorch's own threads are not instrumented.
export OMP_NUM_THREADS=1
status=0
for target in "${targets[@]}"; do
  echo "== $target"
  "$build/$target" || status=1
done
exit "$status"
