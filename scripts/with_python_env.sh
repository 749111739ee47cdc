#!/usr/bin/env bash
# with_python_env.sh SCRIPT [ARGUMENTS]: runs a Python script with the packages of python_requirements.txt; exit code 77 where they cannot
# be had. A Python with PyTorch and safetensors is made as well, for scripts that ask for it (SEEGRAD_TORCH_PYTHON), where Debian's
# python3-torch is installed.
set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="$("$here/python_env.sh")" || exit 77

torch="$here/../build/python_torch"
if [[ -z "${SEEGRAD_TORCH_PYTHON:-}" && -d /usr/lib/python3/dist-packages/torch ]]; then
  version="$(grep '^safetensors==' "$here/python_requirements.txt")"
  if [[ ! -x "$torch/bin/python" ]] || ! "$torch/bin/python" -c 'import safetensors, torch' 2>/dev/null; then
    rm -rf "$torch"
    /usr/bin/python3 -m venv --system-site-packages "$torch" && "$torch/bin/pip" install -q --no-deps "$version"
  fi >&2
  [[ ! -x "$torch/bin/python" ]] || export SEEGRAD_TORCH_PYTHON="$torch/bin/python"
fi
exec "$python" "$@"
