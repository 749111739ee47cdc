#!/usr/bin/env bash
# Runs the lessons with their default settings and seed 1, and takes what the pages show of them: the numbers into docs/numbers/LESSON.json,
# the picture into docs/pictures/LESSON.svg (and .png where a page shows that). Then the numbers in the pages are those.
#   scripts/make_pictures.sh [PROGRAMS [LESSON...]]     PROGRAMS: the folder of the built examples (build/release/examples)
# Each lesson gets one thread, so that its numbers do not depend on the machine's number of processors; lessons run side by side.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
programs="$(cd "${1:-$root/build/release/examples}" && pwd)"
shift || true
lessons=("$@")
if ((${#lessons[@]} == 0)); then
  while read -r file; do
    [[ "$file" != */activation_speed.cpp ]] || continue # times: see below
    lessons+=("$(basename "$file" .cpp)")
  done < <(grep -lE 'include "seegrad/train/lesson.hpp"|"lesson\.json"' "$root"/examples/*.cpp)
fi
for lesson in "${lessons[@]}"; do
  [[ -x "$programs/$lesson" ]] || { say "make_pictures.sh: there is no program $programs/$lesson"; exit 2; }
done

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$root/docs/numbers" "$root/docs/pictures"

take() { # LESSON
  local lesson="$1" started
  started="$(now_ms)"
  (cd "$scratch" && "$programs/$lesson" --seed 1 --threads 1 --json --out "$scratch/$lesson" >/dev/null) || return 1
  cp "$scratch/$lesson/lesson.json" "$root/docs/numbers/$lesson.json"
  if [[ -e "$scratch/$lesson/$lesson.svg" ]]; then
    cp "$scratch/$lesson/$lesson.svg" "$root/docs/pictures/"
    ! grep -qs "pictures/$lesson\.png" "$root"/README.md "$root"/docs/*.md "$root"/docs/zh/*.md ||
      cp "$scratch/$lesson/$lesson.png" "$root/docs/pictures/"
  fi
  say "$lesson: $(seconds_since "$started") s"
}

failed=0 running=0
for lesson in "${lessons[@]}"; do
  if ((running >= jobs)); then
    wait -n || failed=1
    running=$((running - 1))
  fi
  take "$lesson" &
  running=$((running + 1))
done
while ((running > 0)); do
  wait -n || failed=1
  running=$((running - 1))
done
((failed == 0)) || { say "make_pictures.sh: a lesson failed"; exit 1; }
# Times are for a quiet machine: benchmarks/compare_activations.py measured and drew them.
cp "$(find "$root/benchmarks/results" -name '*-cpu-activation-speed.svg' | sort | tail -n 1)" "$root/docs/pictures/activation_speed.svg"
python3 "$root/scripts/refresh_numbers.py"
