#!/usr/bin/env python3
"""Writes down what scripts/gpu_check.sh found: DATE-DEVICE.json and .md in a folder, and a short table on the screen.

Without a GPU nothing is written; the table is printed all the same. The exit code is 1 when a stage failed or was cut off.
"""
import argparse
import datetime
import json
import pathlib
import re
import sys

BENCHMARKS = ("activations", "training-fp32", "training-tf32", "training-bf16")


def stages_in(logs):
    """Name, outcome and seconds of each stage, as gpu_check.sh noted them; of one that ran twice, the last time."""
    rows = {}
    for line in (logs / "stages.txt").read_text().splitlines():
        name, outcome, seconds = line.split("\t")
        rows[name] = {"stage": name, "outcome": outcome, "seconds": float(seconds)}
    return list(rows.values())


def tests_line(logs, stage):
    """What test programs said at their end, added up, and a sanitizer's own summary."""
    log = logs / f"{stage}.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    passed = [int(n.replace(",", "")) for n in re.findall(r"^All tests passed \([\d,]+ assertions? in ([\d,]+) test cases?\)", text, re.MULTILINE)]
    counted = [(int(n), int(f or 0)) for n, f in re.findall(r"^test cases: +(\d+) \|(?:.*?(\d+) failed)?", text, re.MULTILINE)]
    said = []
    if passed or counted:
        said.append(f"{sum(passed) + sum(n for n, _ in counted)} test cases, {sum(f for _, f in counted)} failed")
    said += re.findall(r"^========= ((?:ERROR|RACECHECK) SUMMARY.*)$", text, re.MULTILINE)
    return "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="")
    options = parser.parse_args()

    stages = stages_in(options.logs)
    for stage in stages:
        stage["said"] = tests_line(options.logs, stage["stage"])
    table = "\n".join(["| stage | outcome | seconds | |", "|---|---|---|---|",
                       *(f"| {s['stage']} | {s['outcome']} | {s['seconds']:.1f} | {s['said']} |" for s in stages)])
    if options.device:
        results = {"date": str(datetime.date.today()), "device": options.device, "stages": stages}
        sections = [f"# {options.device}, {results['date']}", "", "Written by scripts/gpu_check.sh.", "", table]
        for name in BENCHMARKS:
            file = options.logs / f"{name}.json"
            if not file.exists():
                continue
            results[name] = json.loads(file.read_text())
            sections += ["", f"## {name}", "", (options.logs / f"{name}.log").read_text().strip()]
        slug = re.sub(r"[^a-z0-9]+", "-", options.device.lower()).strip("-")
        stem = options.out / f"{results['date']}-{slug}"
        stem.with_suffix(".json").write_text(json.dumps(results, indent=2) + "\n")
        # The first line of a benchmark's log is its heading, not part of the table that follows.
        stem.with_suffix(".md").write_text(re.sub(r"\n(\d{4}-\d\d-\d\d, .*)\n\|", r"\n\1\n\n|", "\n".join(sections)) + "\n")
        print(f"written: {stem}.json and .md\n")
    print(table)
    return 1 if any(s["outcome"].startswith(("FAILED", "cut off")) for s in stages) else 0


if __name__ == "__main__":
    sys.exit(main())
