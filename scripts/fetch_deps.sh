#!/usr/bin/env bash
# Brings the libraries that seegrad builds with into a folder, for a machine that has neither them nor a network:
#   scripts/fetch_deps.sh FOLDER                where there is a network: downloads the packages of this Debian or Ubuntu (10 MB) into
#                                               FOLDER; installs nothing
#   scripts/fetch_deps.sh --unpack FOLDER ROOT  on the other machine: unpacks them into ROOT, with dpkg and without a network
# The libraries are then in ROOT/usr. scripts/gpu_check.sh --deps FOLDER does the second step itself. Take a folder that git ignores, such
# as build/deps.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Each with what it needs at run time. libz and libOpenCL belong to oneDNN and the readers of .gz files; the names of the libraries
# themselves differ from release to release, so of each line the first that apt knows is taken.
packages=(
  libfmt-dev "libfmt9 libfmt10 libfmt8"
  libcli11-dev
  nlohmann-json3-dev
  zlib1g-dev zlib1g
  libstb-dev "libstb0t64 libstb0"
  catch2
  libbenchmark-dev "libbenchmark1debian libbenchmark1.8.3"
  libxsimd-dev
  libdnnl-dev "libdnnl2 libdnnl3 libdnnl3.1 libdnnl3.4" ocl-icd-libopencl1
)

usage() {
  say "Usage: scripts/fetch_deps.sh FOLDER, or scripts/fetch_deps.sh --unpack FOLDER ROOT"
  exit 2
}

download() { # FOLDER
  local names name chosen wanted=()
  command -v apt-get >/dev/null || { say "fetch_deps.sh: there is no apt-get here; run it on a Debian or Ubuntu machine."; return 1; }
  for names in "${packages[@]}"; do
    chosen=""
    for name in $names; do
      apt-cache show "$name" >/dev/null 2>&1 && chosen="$name" && break
    done
    if [[ -z "$chosen" ]]; then
      say "fetch_deps.sh: apt knows none of: $names (going on without)"
    else
      wanted+=("$chosen")
    fi
  done
  (cd "$1" && apt-get download -qq "${wanted[@]}" 2> >(grep -v unsandboxed >&2))
}

# A link to an absolute path would leave the folder: it is pointed to the file in here, or goes if there is none.
mend_links() { # ROOT
  local link target place
  while IFS= read -r link; do
    target="$(readlink "$link")"
    [[ "$target" == /* ]] || continue
    rm "$link"
    for place in "$1$target" "$1/usr$target"; do
      [[ ! -e "$place" ]] || { ln -sr "$place" "$link"; break; }
    done
  done < <(find "$1" -type l)
}

unpack() { # FOLDER ROOT
  local package
  compgen -G "$1/*.deb" >/dev/null || { say "fetch_deps.sh: there are no packages (*.deb) in $1"; return 1; }
  command -v dpkg >/dev/null || { say "fetch_deps.sh: unpacking needs dpkg"; return 1; }
  for package in "$1"/*.deb; do dpkg -x "$package" "$2"; done
  mend_links "$2"
}

case "$#${1:-}" in
  3--unpack)
    mkdir -p "$3"
    stage "unpack $2 into $3" unpack "$2" "$(cd "$3" && pwd)"
    ;;
  1[!-]*)
    mkdir -p "$1"
    stage "download packages into $1" download "$1"
    ;;
  *) usage ;;
esac
