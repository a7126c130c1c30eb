#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Bash completion of ganface: what Tab offers.
set -uo pipefail
source pipelines/completion/ganface
failures=0
offers() { # expected among the offers, words of the command line…
  COMP_WORDS=("${@:2}")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _ganface
  printf '%s\n' "${COMPREPLY[@]}" | grep -x -- "$1" >/dev/null ||
    { echo "FAIL: '${*:2}' offers '${COMPREPLY[*]}', expected $1 among them"; failures=$((failures + 1)); }
}
offers repair ganface re
offers train-encoder ganface tr
offers --region ganface repair --reg
offers --preview ganface repair in.png out.png --pre
offers eyes ganface repair in.png out.png --region e
offers poisson ganface repair --blend ''
offers --grid ganface fake --g
offers --learning-rate ganface train x --learn
offers README.md ganface repair READ
exit "$failures"
