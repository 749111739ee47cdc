#!/usr/bin/env python3
"""Compares an installed PyTorch with pytorch_reference.csv and, if it is given, with our own program.

  check_live_pytorch.py [--card PROGRAM]

Without a PyTorch the exit code is 77 (skipped). SEEGRAD_TORCH_PYTHON may name another Python that has one. PROGRAM is
activation_card: `PROGRAM --activation NAME --at x1,x2 --type float64 --json` prints arrays x, f, df.
"""

import argparse
import csv
import json
import math
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True


def need_torch():
    try:
        import torch  # noqa: F401

        return
    except ImportError:
        pass
    other = os.environ.pop("SEEGRAD_TORCH_PYTHON", None)  # taken away, so that the other Python does not look for a third
    if other:
        os.execv(other, [other, *sys.argv])
    print("no PyTorch here: skipped (SEEGRAD_TORCH_PYTHON can name a Python that has it)")
    sys.exit(77)


def close(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 1e-12 * max(1, abs(b))


def compare_with_file(rows):
    """Live values against the committed ones: a new PyTorch may have changed its mind."""
    with open(HERE / "pytorch_reference.csv", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    committed = list(csv.DictReader(lines))
    faults = [] if len(committed) == len(rows) else [f"{len(rows)} rows, the file has {len(committed)}"]
    for (ours, _, x, f, df, why), old in zip(rows, committed):
        same = ours == old["activation"] and x == float(old["x"]) and why == old["reason"]
        if not (same and close(f, float(old["f"])) and close(df, float(old["df"]))):
            faults.append(f"{ours} at {x}: PyTorch says {f}, {df} ({why}); the file {old}")
    return faults


def compare_with_program(program, rows):
    """Where the row has no reason to differ."""
    faults = []
    for name in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == name and math.isfinite(row[2]) and not row[5]]
        at = ",".join(repr(row[2]) for row in mine)
        command = [program, "--activation", name, f"--at={at}", "--type=float64", "--json"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        card = json.loads(answer)
        card = card[0] if isinstance(card, list) else card
        for (_, _, x, f, df, _), our_f, our_df in zip(mine, card["f"], card["df"], strict=True):
            if not (close(float(our_f), f) and close(float(our_df), df)):
                faults.append(f"{name} at {x}: {our_f}, {our_df}, PyTorch says {f}, {df}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", help="the program activation_card")
    arguments = parser.parse_args()
    need_torch()
    import make_pytorch_reference as reference
    import torch

    rows = list(reference.rows())
    faults = compare_with_file(rows)
    if arguments.card:
        faults += compare_with_program(arguments.card, rows)
    for fault in faults[:20]:
        print(fault)
    print(f"torch {torch.__version__}: {len(rows)} rows, {len(faults)} differ" + ("" if arguments.card else " (the program was not asked)"))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
