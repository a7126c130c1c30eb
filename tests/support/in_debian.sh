#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs `./run COMMAND` on another Debian: in a chroot, which is made where it is missing, on a copy of the
# working tree. Root and the network are needed. Usage: in_debian.sh SUITE COMMAND...
# Exit code 77: such a chroot cannot be made here; it says why.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=${1:?usage: in_debian.sh SUITE COMMAND...}
shift
root=${GANFACE_CHROOTS:-$PWD/build/chroots}/$suite
cannot() {
  echo "Debian $suite: $*"
  exit 77
}

[ "$(id -u)" -eq 0 ] || cannot "only root makes a chroot; use sudo"
unshare --mount --pid --fork true 2>/dev/null || cannot "this system does not let a process mount anything"
if [ ! -e "$root/etc/apt/sources.list.d/ganface-complete" ]; then
  command -v debootstrap >/dev/null || cannot "debootstrap is missing"
  # The mirror that this machine uses.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
  rm -rf "$root"
  mkdir -p "$(dirname "$root")"
  debootstrap --variant=minbase "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
    cannot "no chroot could be made: $(tail -1 "$root.log")"
  touch "$root/etc/apt/sources.list.d/ganface-complete"
fi

# What git knows or does not ignore.
git ls-files --cached --others --exclude-standard -z >"$root/tmp/files"
rm -rf "$root/ganface.new"
mkdir -p "$root/ganface" "$root/ganface.new"
while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done <"$root/tmp/files" |
  tar --create --null --files-from=- | tar --extract --directory="$root/ganface.new"
# The build stays; what is gone from the tree goes.
[ ! -d "$root/ganface/build" ] || mv "$root/ganface/build" "$root/ganface.new/build"
rm -rf "$root/ganface"
mv "$root/ganface.new" "$root/ganface"

data=
if [ -n "${GANFACE_TEST_DATA:-}" ]; then
  data=/ganface-data
  mkdir -p "$root$data"
fi
export root data
# In namespaces of its own: nothing stays mounted, and nothing goes on running.
exec unshare --mount --pid --fork --kill-child --propagation private bash -euc '
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  [ -z "$data" ] || mount --bind -o ro "$GANFACE_TEST_DATA" "$root$data"
  exec chroot "$root" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy=$http_proxy} ${MESON_OPTIONS:+MESON_OPTIONS="$MESON_OPTIONS"} ${data:+GANFACE_TEST_DATA=$data} \
    /bin/bash -c "cd /ganface && exec ./run \"\$@\"" run "$@"' bash "$@"
