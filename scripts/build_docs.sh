#!/usr/bin/env bash
# Builds the documentation into build/site, in English and (zh/) in Chinese, with the reference of the public headers in api/:
#   scripts/build_docs.sh            a broken link, or a page that is missing, fails
#   scripts/build_docs.sh --draft    builds what there is, and only says what is broken
# Open build/site/index.html from disk, or serve the folder. Exit code 77 where mkdocs cannot be had. Needs a network only to install what
# is missing (mkdocs-material through scripts/python_env.sh, doxygen through apt).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

strict=(--strict)
case "${1:-}" in
  "") ;;
  --draft) strict=() ;;
  *)
    say "build_docs.sh: unknown option '$1'; there is only --draft (broken links are no failure)."
    exit 2
    ;;
esac
site="$root/build/site" pages="$root/build/docs_pages" config="$root/docs/site"
python="$("$root/scripts/python_env.sh")" || exit 77
install_missing "doxygen|command doxygen|doxygen|the site has no reference of the headers"

"$python" "$config/stage.py" "$pages"
rm -rf "$site"
mkdir -p "$site"
export NO_MKDOCS_2_WARNING=1
unset SEEGRAD_API
! command -v doxygen >/dev/null || export SEEGRAD_API=1
for language in "" .zh; do
  "$python" -m mkdocs build "${strict[@]}" --config-file "$config/mkdocs$language.yml" 2> >(grep -v '^INFO' >&2)
done
if [[ -n "${SEEGRAD_API:-}" ]]; then
  (cd "$root" && { cat "$config/Doxyfile"; printf 'OUTPUT_DIRECTORY = %s\n' "$site"; } | doxygen - 2>"$root/build/doxygen.log")
  cat "$root/build/doxygen.log" >&2
fi
"$python" "$config/check_site.py" "$site" || ((${#strict[@]} == 0))
say "$site/index.html"
