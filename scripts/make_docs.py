#!/usr/bin/env python3
"""Makes the pages of docs/ that contain computed numbers, from their templates NAME.md.in and the program activation_card.

    scripts/make_docs.py            writes docs/*.md
    scripts/make_docs.py --check    fails when a page is not what its template and the program make of it

The program is build/release/examples/activation_card, or the path after --program. In a template,

    {{table}} {{thresholds}}        the table of the nine properties, and what its marks ask for
    {{NAME KEY.KEY [^POWER]}}       a number of an activation's card (activation_card --json), or a power of it; four digits
"""
import argparse
import difflib
import json
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
default_program = root / "build/release/examples/activation_card"


def output_of(program, *flags):
    try:
        result = subprocess.run([program, *flags], capture_output=True, text=True, check=False)
    except OSError as error:
        sys.exit(f"make_docs: {program}: {error.strerror}; build it: cmake --build --preset release --target activation_card")
    if result.returncode != 0:
        sys.exit(f"make_docs: {program}: exit code {result.returncode}: {result.stderr.strip()}")
    return result.stdout


class Numbers:
    def __init__(self, program):
        self.cards = {card["name"]: card for card in json.loads(output_of(program, "--json"))}
        self.table, self.thresholds = output_of(program, "--markdown").strip().split("\n\n")

    def text(self, key):
        if key in ("table", "thresholds"):
            return getattr(self, key)
        name, path, *rest = key.split()
        value = self.cards[name]
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        if isinstance(value, str):
            return value
        if rest:
            value **= float(rest[0].removeprefix("^"))
        return f"{value + 0.0 if abs(value) > 1e-12 else 0:.4g}"


def page(template, numbers):
    def replaced(match):
        try:
            return numbers.text(match.group(1).strip())
        except (KeyError, IndexError, ValueError, TypeError) as error:
            sys.exit(f"make_docs: {template.name}: {match.group(0)}: there is no such number ({error!r})")

    return re.sub(r"\{\{(.*?)\}\}", replaced, template.read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--program", type=pathlib.Path, default=default_program)
    arguments = parser.parse_args()
    numbers = Numbers(arguments.program)
    stale = False
    for template in sorted((root / "docs").glob("*.md.in")):
        target = template.with_suffix("")
        wanted = page(template, numbers)
        if not arguments.check:
            target.write_text(wanted, encoding="utf-8")
            continue
        found = target.read_text(encoding="utf-8") if target.exists() else ""
        if found != wanted:
            stale = True
            lines = difflib.unified_diff(found.splitlines(), wanted.splitlines(), str(target), "as it should be", lineterm="", n=0)
            print("\n".join(list(lines)[:40]))
    if stale:
        sys.exit("make_docs: a page is out of date; refresh it: "
                 "cmake --build --preset release --target activation_card && scripts/make_docs.py")


if __name__ == "__main__":
    main()
