#!/usr/bin/env bash
# Installs what is missing, builds, and runs the whole test suite:
#   include arrows, format, release build and tests, the same with ASan and UBSan, clang-tidy.
#   ./test.sh --quick   only the release build and its tests
# Every stage runs even if one before it failed; the exit code is 0 only if all passed.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

quick=0
case "${1:-}" in
  "") ;;
  --quick) quick=1 ;;
  *)
    say "test.sh: unknown option '$1'; there is only --quick (release tests alone)."
    exit 2
    ;;
esac

summary=()
failed=0
logs="$root/build/logs"

# check NAME COMMAND...: a stage whose outcome goes into the closing table.
check() {
  local name="$1" start outcome=passed
  shift
  start="$(now_ms)"
  if ! stage "$name" "$@"; then
    outcome=FAILED
    failed=1
  fi
  summary+=("$(printf '%-34s %-6s %7s s' "$name" "$outcome" "$(seconds_since "$start")")")
  [[ "$outcome" == passed ]]
}

run_ctest() { # PRESET: the tests, and the runner's own summary line kept for the end
  (cd "$root" && ctest --preset "$1" --parallel "$jobs" </dev/null 2>&1 | tee "$logs/$1.txt")
}

build_and_test() { # PRESET [-D...]
  local preset="$1"
  shift
  check "$preset: configure" configure "$preset" -DSEEGRAD_BUILD_TESTS=ON "$@" &&
    check "$preset: build" build "$preset" &&
    check "$preset: tests" run_ctest "$preset" &&
    summary[-1]+="   $(grep 'tests passed' "$logs/$preset.txt")"
}

# PyTorch is large: only who asks for it (SEEGRAD_TEST_PYTORCH=1, as CI does) gets it for the check that it reads our models.
[[ -z "${SEEGRAD_TEST_PYTORCH:-}" ]] || test_needs+=("python3-torch|file /usr/lib/python3/dist-packages/torch/__init__.py|PyTorch|PyTorch does not read our models")

start="$(now_ms)"
stage "look for what is needed" install_missing "${common_needs[@]}" "${test_needs[@]}" || exit 1
mkdir -p "$logs"
if ((quick)); then
  build_and_test release -DSEEGRAD_BUILD_BENCHMARKS=ON
else
  check "include arrows" python3 "$root/scripts/check_includes.py"
  check "format" "$root/scripts/check_format.sh"
  build_and_test release -DSEEGRAD_BUILD_BENCHMARKS=ON
  build_and_test dev
  check "clang-tidy" "$root/scripts/check_tidy.sh" "$root/build/release"
fi

say ""
printf '%s\n' "${summary[@]}"
((failed == 0)) && verdict="All stages passed" || verdict="Some stages FAILED"
echo "$verdict in $(seconds_since "$start") s."
for log in release dev; do
  ! { ((quick)) && [[ $log == dev ]]; } && [[ -e "$logs/$log.txt" ]] && grep 'tests passed' "$logs/$log.txt"
done
exit "$failed"
