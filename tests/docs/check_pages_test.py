#!/usr/bin/env python3
"""Plants faults in a small tree of pages, one at a time: check_pages.py must find each, and none in the tree without them."""
import pathlib
import sys
import tempfile

import check_pages

program = """#!/bin/sh
case "$*" in
  *--help*) printf '  --activation NAME=relu   One\\n  --epochs N=10  Passes\\n  --out FOLDER=runs  Where\\n'
             printf '  --quiet   Only\\n  --log-every N=1  Steps\\n' ;;
  *broken*) echo 'it broke' >&2; exit 1 ;;
  *cuda*) echo 'there is no NVIDIA driver here' >&2; exit 1 ;;
  *) echo "$*" >> "$SEEGRAD_SAID" ;;
esac
"""
page = """# One

Text with a [link](two.md#second-part), one to [code](../examples/look.cpp) and `[no](link.md)`.

![what is seen](pictures/look.svg)

- a list

```console
$ ./run.sh look --activation 'x*sigmoid(x)' \\
    --epochs 5        # a comment
$ ./run.sh --epochs 3 | tail -n 1
$ scripts/there.sh
```

It is 1.5<!-- look:a.b .1f -->.

<details markdown="1"><summary>Solution</summary>

Text.

</details>

```python
x = 1
```
"""
second = "# Two\n\n## Second part\n\nBack to [one](one.md).\n"
faults = {  # what is planted: (file, what is replaced, by what, words of the finding)
    "a link to nowhere": ("docs/one.md", "two.md#", "three.md#", "there is no such file"),
    "an anchor that is not": ("docs/one.md", "#second-part", "#third-part", "no heading for #third-part"),
    "an absolute link": ("docs/one.md", "../examples/look.cpp", "/examples/look.cpp", "no relative link"),
    "a picture without words": ("docs/one.md", "![what is seen]", "![]", "no text for those"),
    "a picture that is not there": ("docs/one.md", "look.svg", "gone.svg", "there is no such file"),
    "an example that is not there": ("docs/one.md", "./run.sh look", "./run.sh book", "no example book"),
    "a flag that is not there": ("docs/one.md", "--epochs 5", "--epoch 5", "no flag --epoch"),
    "a flag given twice": ("docs/one.md", "--epochs 5", "--epochs 5 --epochs 6", "given twice"),
    "a flag without its value": ("docs/one.md", "--epochs 3", "--epochs", "wants a value"),
    "a quote that stays open": ("docs/one.md", "'x*sigmoid(x)'", "'x*sigmoid(x)", "a shell cannot read"),
    "a script that is not there": ("docs/one.md", "scripts/there.sh", "scripts/gone.sh", "there is no scripts/gone.sh"),
    "a command nobody knows": ("docs/one.md", "scripts/there.sh", "sl -a", "none of the commands"),
    "pasted output": ("docs/one.md", "$ scripts/there.sh", "done: 88 %", "output is not pasted"),
    "a list without a gap": ("docs/one.md", "\n\n- a list", "\n- a list", "empty line before it"),
    "details that mkdocs skips": ("docs/one.md", ' markdown="1"', "", "how mkdocs reads"),
    "details without an end": ("docs/one.md", "</details>", "", "not as many"),
    "Python that is none": ("docs/one.md", "x = 1", "x = = 1", "cannot be read"),
    "a block without an end": ("docs/one.md", "x = 1\n```", "x = 1", "no end"),
    "a page without Chinese": ("docs/zh/two.md", None, None, "no docs/zh/two.md"),
    "Chinese without a page": ("docs/zh/three.md", "", "# 三\n", "no English page"),
    "a heading too few": ("docs/zh/two.md", "## Second part", "Second part", "levels of headings"),
    "another command": ("docs/zh/one.md", "--epochs 5", "--epochs 6", "commands are not those"),
    "another number": ("docs/zh/one.md", "look:a.b", "look:a.c", "numbers are not those"),
    "a solution too few": ("docs/zh/one.md", '<details markdown="1"><summary>Solution</summary>', "</details>", "solutions are not those"),
    "a picture that nobody makes": ("docs/pictures/other.svg", "", "<svg/>", "no lesson of this name"),
    "a picture that nobody shows": ("docs/pictures/other.svg", "", "<svg/>", "no page shows it"),
    "a maker that knows nothing of it": ("docs/pictures/README.md", "scripts/there.sh", "scripts/gone.sh", "does not name it"),
    "a claim without its result": ("experiments/one.json", "It is small", "It is large", "not the claims of experiments/"),
    "a result without its claim": ("docs/results.md", "| It is small |", "| It is tiny |", "not the claims of experiments/"),
    "an old form of ./run.sh": ("README.md", "./run.sh --epochs", "./run.sh nothing --epochs", "no example nothing"),
}


def plant(place):
    files = {"README.md": "# Tree\n\n```\n./run.sh --epochs 1\n```\n\n[one](docs/one.md#one)\n", "docs/one.md": page, "docs/two.md": second,
             "docs/zh/one.md": page.replace("pictures/", "../pictures/").replace("../examples", "../../examples"),
             "docs/results.md": "# Results\n\n| experiment | source | claim |\n|---|---|---|\n| one | A | It is small |\n",
             "experiments/one.json": '{"claims": [{"says": "It is small"}]}',
             "docs/zh/two.md": second, "docs/pictures/look.svg": "<svg/>", "docs/pictures/made.png": "",
             "docs/pictures/README.md": "# Pictures\n\n| picture | by |\n|---|---|\n| `made.png` | `scripts/there.sh` |\n\n![a](made.png)\n"
             .replace("![a]", "![made]"),
             "examples/look.cpp": '#include "seegrad/train/lesson.hpp"\n', "examples/train_mlp.cpp": "", "scripts/there.sh": "made\n",
             "programs/look": program, "programs/train_mlp": program}
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.parent.name == "programs":
            path.chmod(0o755)


def findings(place):
    return check_pages.Tree(place, place / "programs").check()


def check_faults(wrong):
    for what, (name, old, new, words) in {"nothing": ("README.md", "", "", ""), **faults}.items():
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            plant(place)
            path = place / name
            if old is None:
                path.unlink()
            elif old == "" and new:
                path.write_text(new, encoding="utf-8")
            else:
                text = path.read_text(encoding="utf-8")
                if old not in text:
                    wrong.append(f"{what}: {name} has no {old!r}")
                path.write_text(text.replace(old, new, 1), encoding="utf-8")
            found = findings(place)
            if words and not any(words in finding for finding in found):
                wrong.append(f"{what}: not found; found {found}")
            if not words and found:
                wrong.append(f"{what} was planted; found {found}")


def check_runs(wrong):
    """Commands run with less of everything; one that fails is found, one that wants a GPU is left out."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        plant(place)
        said = place / "said"
        said.touch()
        path = place / "docs/one.md"
        more = "$ ./run.sh look --activation broken\n$ ./run.sh look --activation cuda --out runs/x\n$ scripts/there.sh\n" \
               "$ ./run.sh look --activation 'broken too'   # exit code 1"
        path.write_text(path.read_text(encoding="utf-8").replace("$ scripts/there.sh", more), encoding="utf-8")
        check_pages.os.environ["SEEGRAD_SAID"] = str(said)
        found = check_pages.run_commands(check_pages.Tree(place, place / "programs"))
        if len(found) != 1 or "it broke" not in found[0]:
            wrong.append(f"one command fails; found {found}")
        lines = said.read_text(encoding="utf-8").splitlines()
        if not any("x*sigmoid(x) --epochs 1" in line and "--out" in line and "--quiet" in line for line in lines):
            wrong.append(f"commands run as {lines}")


def main():
    wrong = []
    check_faults(wrong)
    check_runs(wrong)
    print("\n".join(wrong) or f"all {len(faults)} planted faults are found, and nothing else")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
