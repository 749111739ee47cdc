#!/usr/bin/env python3
"""The diff that CONTRIBUTING.md shows must apply to the tree as it is, and touch one file."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
blocks = re.findall(r"^```diff\n(.*?)^```$", (root / "CONTRIBUTING.md").read_text(), re.DOTALL | re.MULTILINE)
if len(blocks) != 1:
    sys.exit(f"CONTRIBUTING.md: expected one diff, found {len(blocks)}")
files = re.findall(r"^\+\+\+ ", blocks[0], re.MULTILINE)
if len(files) != 1:
    sys.exit(f"CONTRIBUTING.md: adding an activation should touch one file, the diff touches {len(files)}")
run = subprocess.run(["git", "apply", "--check", "-"], input=blocks[0], text=True, capture_output=True, cwd=root)
if run.returncode != 0:
    sys.exit(f"CONTRIBUTING.md: the diff no longer applies; make it anew with git diff\n{run.stderr}")
print("The diff in CONTRIBUTING.md applies and touches one file.")
