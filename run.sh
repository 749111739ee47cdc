#!/usr/bin/env bash
# Installs what is missing, builds, and runs an example:
#   ./run.sh                       train_mlp with its default settings
#   ./run.sh --activation gelu     train_mlp with these flags
#   ./run.sh EXAMPLE [flags]       any program of examples/
# Works from any folder; the exit code is the example's own (2: unknown example or wrong flag, 1: failure).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

example=train_mlp
if [[ $# -gt 0 && "$1" != -* ]]; then
  example="$1"
  shift
fi

if [[ "$example" == */* || ! -e "$root/examples/$example.cpp" ]]; then
  say "There is no example '$example'. There are:"
  for file in "$root"/examples/*.cpp; do
    file="${file##*/}"
    say "  ${file%.cpp}"
  done
  exit 2
fi

install_missing "${common_needs[@]}" || exit 1
if ! is_configured release; then
  stage "configure (build/release)" configure release -DSEEGRAD_BUILD_TESTS=OFF -DSEEGRAD_BUILD_BENCHMARKS=OFF || exit 1
fi
stage "build $example" build release "$example" || exit 1
exec "$root/build/release/examples/$example" "$@"
