#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds with a sanitizer and runs the element tests under it. Usage: sanitize.sh address|thread
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:?usage: sanitize.sh address|thread}
support=$PWD/tests/support
build=build/sanitizers/$kind
case $kind in
  address) sanitizers=address,undefined tests=(facemask formats ganfake ganinpaint scenarios stream) ;;
  # The stream test alone has threads of ours that meet: chain, worker, application.
  thread) sanitizers=thread tests=(facemask stream) ;;
  *) echo "usage: sanitize.sh address|thread"; exit 2 ;;
esac
targets=("${tests[@]/#/tests/elements/test-}")
[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Db_sanitize=$sanitizers -Db_lundef=false -Dbuildtype=debugoptimized
ninja -C "$build" plugins/libgstganface.so "${targets[@]}"
export GST_PLUGIN_PATH=$PWD/$build/plugins GANFACE_MODEL_PATH=$PWD/models
export GST_REGISTRY=$PWD/$build/registry.bin GST_REGISTRY_FORK=no
export ASAN_OPTIONS=detect_leaks=1:detect_odr_violation=0 LSAN_OPTIONS=suppressions=$support/leaks.supp
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=suppressions=$support/threads.supp:ignore_noninstrumented_modules=1
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
