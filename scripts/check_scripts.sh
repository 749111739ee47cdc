#!/usr/bin/env bash
# Does run.sh refuse what does not exist, and say what is missing on a machine without apt? Builds and installs nothing.
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
failures=0

expect() { # WHAT EXPECTED_CODE PATTERN COMMAND...
  local what="$1" expected="$2" pattern="$3" output code=0
  shift 3
  output="$("$@" 2>&1 </dev/null)" || code=$?
  if [[ "$code" == "$expected" && "$output" == *"$pattern"* ]]; then
    echo "passed: $what"
  else
    printf 'FAILED: %s: exit code %s (expected %s), expected "%s" in:\n%s\n' "$what" "$code" "$expected" "$pattern" "$output"
    failures=1
  fi
}

# A copy of the scripts in a folder with a space, called from elsewhere, with nothing on PATH but a few tools.
copy="$place/a folder"
mkdir -p "$copy/examples" "$place/bin"
cp -r "$root/scripts" "$root/run.sh" "$root/test.sh" "$copy"
touch "$copy/examples/train_mlp.cpp" "$copy/examples/other.cpp"
for tool in bash env dirname mktemp cat date sort head tr grep mkdir; do
  ln -s "$(command -v "$tool")" "$place/bin/$tool"
done
cd "$place" || exit 1

expect "an unknown example ends with code 2" 2 "no example 'nonsense'" "$copy/run.sh" nonsense
expect "an unknown example gets the list" 2 "  train_mlp" "$copy/run.sh" nonsense
expect "a path is no example" 2 "no example '../run'" "$copy/run.sh" ../run
expect "test.sh refuses an unknown option" 2 "--quick" "$copy/test.sh" --fast
bare=(env -i "PATH=$place/bin" bash)
expect "without apt the needs are listed" 1 "CMake 3.24 or newer (package cmake" "${bare[@]}" "$copy/run.sh"
expect "without apt headers are listed too" 1 "CLI11 2 (package libcli11-dev" "${bare[@]}" "$copy/run.sh" other
expect "without apt the reason is said" 1 "There is no apt-get" "${bare[@]}" "$copy/test.sh"
exit "$failures"
