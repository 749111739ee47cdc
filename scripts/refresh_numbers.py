#!/usr/bin/env python3
"""Writes the measured numbers of the pages: of README.md, docs/*.md and docs/zh/*.md, from docs/numbers/LESSON.json.

    scripts/refresh_numbers.py              rewrites the number before each marker
    scripts/refresh_numbers.py --check      fails when a page does not say what was measured, or a marker asks for nothing that was
    scripts/refresh_numbers.py --self-test  does it notice planted faults?

A marker is a comment right behind its number, 0.231<!-- vanishing_gradients:sigmoid.delta_factor .3f -->: the lesson, the name under
"numbers" in its lesson.json, a Python format (with %, a share in percent). scripts/make_pictures.sh measures anew. What activations cost,
activation_speed:KEY, comes from the newest benchmarks/results/*-cpu-activation-speed.json: a measurement for a quiet machine.
"""
import argparse
import json
import pathlib
import re
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
code = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
marker = re.compile(r"(?P<number>[-+\u2212]?(?:\d[\d,]*)?(?:\.\d+)?(?:[eE][-+]?\d+)?%?|[-+]?(?:nan|inf)%?)?"
                    r"<!--\s*(?P<lesson>[a-z][a-z0-9_]*):(?P<key>[^\s]+)(?:\s+(?P<format>[^\s]+))?\s*-->")


def speed_numbers(file):
    """What benchmarks/compare_activations.py wrote: a number for each function and column, with shares of the speed of copying."""
    result = json.loads(file.read_text(encoding="utf-8"))
    rows, copy = result["rows"], result["copy_gbps"]
    numbers = {"copy_gbps": copy}
    for row in rows:
        numbers |= {f"{row['name']}.{column}": value for column, value in row.items() if column != "name"}
        numbers |= {f"{row['name']}.{way}_share": row[f"{way}_gbps"] / copy for way in ("forward", "backward")}
    for way in ("forward", "pytorch_forward"):
        times = [row[f"{way}_ms"] for row in rows]
        numbers[f"slowest_to_fastest.{way}"] = max(times) / min(times)
    return numbers


class Numbers:
    def __init__(self, folder):
        self.folder, self.known = folder, {}
        speeds = sorted((folder.parent.parent / "benchmarks/results").glob("*-cpu-activation-speed.json"))
        if speeds:
            self.known["activation_speed"] = speed_numbers(speeds[-1])

    def text(self, lesson, key, spec):
        if lesson not in self.known:
            path = self.folder / f"{lesson}.json"
            self.known[lesson] = json.loads(path.read_text(encoding="utf-8"))["numbers"] if path.exists() else None
        numbers = self.known[lesson]
        if numbers is None:
            raise LookupError(f"there is no docs/numbers/{lesson}.json")
        if key not in numbers:
            raise LookupError(f"docs/numbers/{lesson}.json has no {key}")
        if not spec:
            raise LookupError("the marker has no format")
        value = numbers[key]
        if value is None or isinstance(value, str):  # JSON has no word for what is not finite
            value = float((value or "nan").lower())
        try:
            text = format(int(value) if spec.endswith("d") and value == int(value) else value, spec)
        except ValueError as error:
            raise LookupError(f"{value} has no form {spec!r}: {error}") from error
        return text.removeprefix("-") if re.fullmatch(r"-[0.,]+%?", text) else text


def pages(place):
    return [path for path in [place / "README.md", *sorted(place.glob("docs/*.md")), *sorted(place.glob("docs/zh/*.md"))]
            if path.exists() and not path.name.endswith(".template.md")]


def refreshed(text, numbers, faults):
    """The page with its numbers; faults get (line, have, want) where they differ or cannot be had."""
    spans = [found.span() for found in code.finditer(text)]  # a marker in code is an example of one

    def replaced(found):
        if any(begin <= found.start("lesson") < end for begin, end in spans):
            return found.group(0)
        line = text.count("\n", 0, found.start("lesson")) + 1
        have = found["number"] or ""
        try:
            want = numbers.text(found["lesson"], found["key"], found["format"])
        except LookupError as error:
            faults.append((line, f"{have or 'nothing'}, but {error}"))
            return found.group(0)
        if not have:
            faults.append((line, f"there is no number before the marker of {found['lesson']}:{found['key']}, which is {want}"))
            return found.group(0)
        if have.replace("\u2212", "-") == want:
            return found.group(0)
        faults.append((line, f"have {have}, want {want} ({found['lesson']}:{found['key']})"))
        return want + found.group(0)[len(have):]

    return marker.sub(replaced, text)


def run(place, check):
    numbers, lines, broken = Numbers(place / "docs/numbers"), [], False
    for page in pages(place):
        text, faults = page.read_text(encoding="utf-8"), []
        wanted = refreshed(text, numbers, faults)
        lines += [f"{page.relative_to(place)}:{line}: {what}" for line, what in faults if check or not what.startswith("have ")]
        broken |= bool(lines)
        if not check and wanted != text:
            page.write_text(wanted, encoding="utf-8")
            print(f"{page.relative_to(place)}: {sum(what.startswith('have ') for _, what in faults)} numbers are new")
    print("\n".join(lines) or "the numbers of the pages are those that were measured")
    return 1 if broken else 0


def self_test():
    cases = [  # text before, after, words that must be said of it
        ("a 0<!-- l:a .2f --> b", "a 1.23<!-- l:a .2f --> b", "want 1.23"),
        ("为0<!-- l:a .2f -->。", "为1.23<!-- l:a .2f -->。", "want 1.23"),
        ("-7.5e-3<!-- l:small .1e -->", "2.0e-10<!-- l:small .1e -->", "want 2.0e-10"),
        ("(10%<!-- l:share .1% -->", "(12.5%<!-- l:share .1% -->", "want 12.5%"),
        ("1,234<!-- l:count ,d -->", "60,000<!-- l:count ,d -->", "want 60,000"),
        ("0<!-- l:lost .1f -->", "nan<!-- l:lost .1f -->", "want nan"),
        ("nan<!-- l:zero .1f -->", "0.0<!-- l:zero .1f -->", "want 0.0"),
        ("1.23<!-- l:a .2f -->", "1.23<!-- l:a .2f -->", ""),
        ("`0<!-- l:a .2f -->`", "`0<!-- l:a .2f -->`", ""),
        ("```\n0<!-- l:a .2f -->\n```\n", "```\n0<!-- l:a .2f -->\n```\n", ""),
        ("0<!-- l:none .2f -->", None, "has no none"),
        ("0<!-- other:a .2f -->", None, "no docs/numbers/other.json"),
        ("0<!-- l:a -->", None, "no format"),
        ("0<!-- l:a .2q -->", None, "has no form"),
        ("word <!-- l:a .2f -->", None, "no number before"),
    ]
    wrong = []
    for before, after, words in cases:
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "docs/numbers").mkdir(parents=True)
            values = {"a": 1.234, "small": 2e-10, "share": 0.125, "count": 60000.0, "lost": None, "zero": -1e-9}
            (place / "docs/numbers/l.json").write_text(json.dumps({"numbers": values}))
            faults = []
            made = refreshed(before, Numbers(place / "docs/numbers"), faults)
            said = " ".join(what for _, what in faults)
            if made != (before if after is None else after) or words not in said or bool(faults) != bool(words):
                wrong.append(f"{before!r}: made {made!r}, said {said!r}")
    print("\n".join(wrong) or f"all {len(cases)} cases are told apart")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    return self_test() if arguments.self_test else run(root, arguments.check)


if __name__ == "__main__":
    sys.exit(main())
