#!/usr/bin/env bash
# Makes the pictures of docs/report.md: trains the networks that the page shows, makes their reports and takes pictures of them in headless
# Chromium. Needs a release build, chromium, chromium-driver, python3-selenium and scripts/python_env.sh (Pillow, for fewer colours).
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
programs="$root/build/release/examples" pictures="$root/docs/pictures"
python="$("$root/scripts/python_env.sh")"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

train() { # ACTIVATION INIT
  "$programs/train_mlp" --activation "$1" --init "$2" --depth 10 --epochs 2 --log-every 20 --quiet --out "$1" >/dev/null
}
train relu he
train gelu auto
train tanh xavier
train sigmoid xavier
"$programs/report" relu gelu tanh sigmoid --out comparison.html >&2
cp sigmoid/report.html report.html
/usr/bin/python3 "$root/tests/record/report_page/browser_check.py" --shots shots report.html comparison.html >&2

mkdir -p "$pictures"
"$python" - shots "$pictures" <<'PYTHON'
import pathlib
import sys

from PIL import Image

shots, pictures = map(pathlib.Path, sys.argv[1:])
made = {"report-light-1280": "report_top", "report-light-1280-whole": "report_light", "report-dark-1280-whole": "report_dark",
        "report-light-390-whole": "report_narrow", "comparison-light-1280-whole": "comparison"}
for source, target in made.items():
    picture = Image.open(shots / f"{source}.png").convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, 12 * picture.width)))  # a phone's page is long
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(pictures / f"{target}.png", optimize=True)
    print(f"docs/pictures/{target}.png: {picture.width} x {picture.height}")
PYTHON
