#!/usr/bin/env bash
# Builds a fuzzer with clang and lets it run: scripts/fuzz.sh TARGET SECONDS   (TARGET: formula or activation)
# What it learns stays in build/fuzz/corpus/TARGET; an input that crashes, hangs for a second or eats 1 GB is written to build/fuzz.
# Such an input belongs, shrunk (-minimize_crash=1), into tests/fuzz/corpus/TARGET, where every test run tries it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target="${1:-}" seconds="${2:-60}"
if [[ "$target" != formula && "$target" != activation ]] || ! [[ "$seconds" =~ ^[0-9]+$ ]]; then
  echo "usage: scripts/fuzz.sh formula|activation [SECONDS]" >&2
  exit 2
fi
command -v clang++ >/dev/null || { echo "clang++ is needed for fuzzing (package clang on Debian and Ubuntu)" >&2; exit 1; }

cmake --preset fuzz --log-level=ERROR
cmake --build --preset fuzz --target "${target}_fuzz"
mkdir -p "build/fuzz/corpus/$target"
exec "build/fuzz/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=1 -rss_limit_mb=1024 -max_len=1200 -print_final_stats=1 \
  -dict=tests/fuzz/formula.dict -artifact_prefix=build/fuzz/ "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
