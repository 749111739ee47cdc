#!/usr/bin/env bash
# Prints the path of a Python that has the packages of python_requirements.txt: a virtual environment in build/python, made at the first
# call and again when the requirements or the machine's Python change. Exit code 77, with one line, where it cannot be made: the
# checks that need it are then left out. PYTHON names another Python to make it with.
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
requirements="$root/scripts/python_requirements.txt" place="$root/build/python" log="$root/build/python.log"

leave_out() {
  rm -rf "$place"
  printf 'python_env.sh: %s\n' "$*" >&2
  exit 77
}

mkdir -p "$root/build"
exec 9>"$root/build/python.lock"
if command -v flock >/dev/null; then flock 9; fi # tests that run side by side wait for the first

python="${PYTHON:-python3}"
stamp="$("$python" -c 'import hashlib, sys
print(sys.version, hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$requirements" 2>/dev/null)" ||
  leave_out "there is no $python here"

if [[ ! -x "$place/bin/python" || "$(cat "$place/stamp" 2>/dev/null)" != "$stamp" ]]; then
  rm -rf "$place"
  "$python" -m venv "$place" >"$log" 2>&1 ||
    leave_out "$python cannot make virtual environments (package python3-venv on Debian and Ubuntu)"
  "$place/bin/python" -m pip install -q --only-binary :all: --retries 1 --timeout 30 --disable-pip-version-check \
    -r "$requirements" >"$log" 2>&1 ||
    leave_out "the packages cannot be had: $(grep -m1 ERROR "$log" || tail -n1 "$log")"
  printf '%s\n' "$stamp" >"$place/stamp"
fi
printf '%s\n' "$place/bin/python"
