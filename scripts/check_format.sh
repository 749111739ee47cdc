#!/usr/bin/env bash
# Are all C++ files as clang-format 14 would write them? `--fix` rewrites them.
# Other versions of clang-format differ in details: their findings are shown but are no failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

formatter="$(command -v clang-format-14 || command -v clang-format)" || { echo "clang-format is not installed: left out"; exit 0; }
version="$("$formatter" --version | grep -oE 'version [0-9]+' | grep -oE '[0-9]+')"
mapfile -d '' -t files < <(find include src examples benchmarks tests \( -name '*.cpp' -o -name '*.hpp' -o -name '*.cu' \) -print0 2>/dev/null)

if [[ "${1:-}" == --fix ]]; then
  exec "$formatter" -i "${files[@]}"
fi
bad=()
for file in "${files[@]}"; do
  "$formatter" "$file" | cmp -s - "$file" || bad+=("$file")
done
((${#bad[@]})) || { echo "${#files[@]} files are formatted"; exit 0; }
printf '%s: not formatted\n' "${bad[@]}"
echo "scripts/check_format.sh --fix rewrites them."
if [[ "$version" != 14 ]]; then
  echo "This is clang-format $version; the project's is 14, so this does not count as a failure."
  exit 0
fi
exit 1
