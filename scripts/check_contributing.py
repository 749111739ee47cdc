#!/usr/bin/env python3
"""The diff that CONTRIBUTING.md shows must fit the tree as it is, and touch one file."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
blocks = re.findall(r"^```diff\n(.*?)^```$", (root / "CONTRIBUTING.md").read_text(), re.DOTALL | re.MULTILINE)
if len(blocks) != 1:
    sys.exit(f"CONTRIBUTING.md: expected one diff, found {len(blocks)}")
files = re.findall(r"^\+\+\+ b/(\S+)$", blocks[0], re.MULTILINE)
if len(files) != 1:
    sys.exit(f"CONTRIBUTING.md: adding an activation should touch one file, the diff touches {len(files)}")
text = (root / files[0]).read_text()
for hunk in re.split(r"^@@.*\n", blocks[0], flags=re.MULTILINE)[1:]:
    before = "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in " -")
    if before not in text:
        sys.exit(f"CONTRIBUTING.md: the diff no longer fits {files[0]}; make it anew with git diff. It expects:\n{before}")
print(f"The diff in CONTRIBUTING.md fits {files[0]}, and no other file.")
