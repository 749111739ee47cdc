#!/usr/bin/env bash
# Fetches MNIST or Fashion-MNIST: four .gz files each, from public mirrors that are tried in turn.
#
# A file gets its name only after the MD5 sum of its decompressed bytes was found right, so what lies here is whole; until then
# it is called FILE.part, and an interrupted download continues there. Files that are here already are checked and kept.
set -u

usage() {
  cat <<'END'
usage: datasets/fetch.sh mnist|fashion-mnist|all [FOLDER]

Fetches the data set into FOLDER/NAME (default: $SEEGRAD_DATA, else the folder of this script).
SEEGRAD_MIRROR=URL   fetch URL/NAME/FILE instead of asking the public mirrors (http, https, ftp or file)
Exit code 0: everything is there and right; 1: something could not be fetched; 2: wrong use.
END
}

mirrors_of() {
  if [ -n "${SEEGRAD_MIRROR:-}" ]; then
    echo "${SEEGRAD_MIRROR%/}/$1"
  elif [ "$1" = mnist ]; then
    echo https://ossci-datasets.s3.amazonaws.com/mnist
    echo https://storage.googleapis.com/cvdf-datasets/mnist
  else
    echo https://storage.googleapis.com/tensorflow/tf-keras-datasets
    echo https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion
    echo http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
  fi
}

# MD5 of the decompressed bytes and name of each file. Mirrors compress differently, so sums of the .gz would not do.
files_of() {
  if [ "$1" = mnist ]; then
    echo 6bbc9ace898e44ae57da46a324031adb train-images-idx3-ubyte.gz
    echo a25bea736e30d166cdddb491f175f624 train-labels-idx1-ubyte.gz
    echo 2646ac647ad5339dbf082846283269ea t10k-images-idx3-ubyte.gz
    echo 27ae3e4e09519cfbb04c329615203637 t10k-labels-idx1-ubyte.gz
  else
    echo f4a8712d7a061bf5bd6d2ca38dc4d50a train-images-idx3-ubyte.gz
    echo 9018921c3c673c538a1fc5bad174d6f9 train-labels-idx1-ubyte.gz
    echo 8181f5470baa50b63fa0f6fddb340f0a t10k-images-idx3-ubyte.gz
    echo 15d484375f8d13e6eb1aabb0c3f46965 t10k-labels-idx1-ubyte.gz
  fi
}

complain() { echo "fetch.sh: $*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# The MD5 of what is inside a .gz; empty when it is no whole gzip file.
md5_inside() {
  gzip -t <"$1" 2>/dev/null || return 0
  if have md5sum; then gzip -dc <"$1" | md5sum | cut -d' ' -f1; else gzip -dc <"$1" | md5 -q; fi
}

# download URL FILE: continues FILE where it ends; gives up on a mirror that stalls.
download() {
  if have curl; then
    curl --fail --location --silent --show-error --connect-timeout 15 --speed-limit 1000 --speed-time 30 --retry 2 \
      --continue-at - --output "$2" "$1"
  else
    wget --quiet --tries=3 --timeout=30 --continue --output-document="$2" "$1"
  fi
}

# fetch_file NAME FOLDER SUM FILE
fetch_file() {
  local name=$1 folder=$2 sum=$3 file=$4 url found mirror
  local target="$folder/$file" part="$folder/$file.part"
  if [ -f "$target" ]; then
    found=$(md5_inside "$target")
    if [ "$found" = "$sum" ]; then
      echo "$name: $file is here"
      return 0
    fi
    complain "$target is not the published file (MD5 of its decompressed bytes ${found:-none, the file is damaged}, expected $sum); fetching it again"
  fi
  for mirror in $(mirrors_of "$name"); do
    url="$mirror/$file"
    # A part that an earlier run left may have come from another mirror: when it does not fit, begin anew, once.
    for attempt in continue anew; do
      [ "$attempt" = anew ] && rm -f "$part"
      [ -f "$part" ] || attempt=anew
      download "$url" "$part"
      local code=$?
      found=
      [ -f "$part" ] && found=$(md5_inside "$part")
      if [ "$found" = "$sum" ]; then
        mv -f "$part" "$target" || return 1
        echo "$name: $file fetched from $mirror"
        return 0
      fi
      if [ $code -eq 0 ]; then
        complain "$url: not the published file (MD5 of its decompressed bytes ${found:-none, not a whole gzip file}, expected $sum)"
        rm -f "$part"
      else
        complain "$url: the download failed (code $code of $(have curl && echo curl || echo wget))"
      fi
      [ "$attempt" = anew ] && break
      # Begin anew only when the server refused to continue; when the network failed, the part is worth keeping.
      case $code in 0 | 8 | 22 | 33 | 36) ;; *) break ;; esac
    done
  done
  complain "$name: $file could not be fetched from any mirror; run this again to try once more"
  return 1
}

fetch() {
  local name=$1 folder=$2/$1 failed=0 sum file
  if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
    complain "$folder: cannot be written"
    return 1
  fi
  while read -r sum file; do
    fetch_file "$name" "$folder" "$sum" "$file" || failed=1
  done < <(files_of "$name")
  [ $failed -eq 0 ] && echo "$name: complete in $folder"
  return $failed
}

main() {
  case "${1:-}" in
    -h | --help)
      usage
      return 0
      ;;
    mnist | fashion-mnist) local names=$1 ;;
    all) local names="mnist fashion-mnist" ;;
    *)
      if [ $# -eq 0 ]; then complain "which data set?"; else complain "unknown data set '$1'"; fi
      usage >&2
      return 2
      ;;
  esac
  if [ $# -gt 2 ]; then
    complain "too many arguments"
    usage >&2
    return 2
  fi
  have curl || have wget || { complain "needs curl or wget (apt-get install curl)" && return 1; }
  have gzip || { complain "needs gzip" && return 1; }
  have md5sum || have md5 || { complain "needs md5sum" && return 1; }
  local here name failed=0
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  for name in $names; do
    fetch "$name" "${2:-${SEEGRAD_DATA:-$here}}" || failed=1
  done
  return $failed
}

main "$@"
