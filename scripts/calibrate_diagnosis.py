#!/usr/bin/env python3
"""Measures how often the diagnosis is right and wrong, and writes docs/diagnosis.md.

    scripts/calibrate_diagnosis.py                 trains all configurations (some minutes), writes docs/diagnosis.json and the page
    scripts/calibrate_diagnosis.py --seeds 3       fewer seeds, for a look; writes nothing
    scripts/calibrate_diagnosis.py --page          writes the page from docs/diagnosis.json
    scripts/calibrate_diagnosis.py --check         fails when the page is not what template, numbers and sources make of it

Every configuration is trained with ten seeds, other ones than those with which the thresholds were set. For a broken one there are rules that
must be raised, and whatever else is raised besides is counted too; for a healthy one every alarm is false. Then the commands that these verdicts
propose are run as well, with the first seed. The prose of the page is in docs/diagnosis.template.md: {{table}}, {{remedies}},
{{measured RULE | WHAT}} and {{constant NAME}} (from src/observe/rules) are filled in.
"""
import argparse
import concurrent.futures
import csv
import difflib
import json
import math
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE, TEMPLATE, NUMBERS = ROOT / "docs/diagnosis.md", ROOT / "docs/diagnosis.template.md", ROOT / "docs/diagnosis.json"
COMMON = "--train-samples 10000 --epochs 4 --log-every 10"
FIRST_SEED = 11  # the thresholds were set while looking at seeds 1 to 10

# flags: the rules that must be raised
BROKEN = {
    "--activation sigmoid --depth 10 --init xavier": ["vanishing", "stalled", "chance_level"],
    "--activation tanh --depth 10 --init normal(0.01)": ["vanishing", "collapsed_forward"],
    "--activation relu --depth 10 --init normal(0.01)": ["vanishing", "collapsed_forward"],
    "--activation relu --depth 10 --init normal(0.3)": ["exploding", "not_finite"],
    "--activation relu --depth 10 --init normal(0.3) --clip 1": ["exploding"],
    "--activation relu --depth 4 --optimizer adam --lr 0.03": ["dead"],
    "--activation relu --lr 10": ["not_finite"],
    "--activation selu --init lecun --depth 10": ["not_finite"],
    "--activation relu --init zeros": ["symmetry"],
    "--activation tanh --init zeros": ["symmetry"],
    "--activation tanh --init normal(0.5)": ["saturated"],
    "--activation tanh --depth 10 --init normal(0.3)": ["saturated"],
    "--activation tanh --optimizer adam --lr 0.3": ["saturated"],
    "--activation tanh --lr 3": ["saturated", "unstable"],
    "--activation relu --normalisation batch --lr 0.5 --weight-decay 0.1": ["unstable"],
    "--activation sigmoid --depth 3": ["not_centred"],
    "--shuffle-labels": ["chance_level"],
    "--shuffle-labels --lr 0.01": ["chance_level"],
}
HEALTHY = [
    "--activation relu --init he --depth 3", "--activation relu --init he --depth 10", "--activation tanh --init xavier --depth 3",
    "--activation tanh --init xavier --depth 10", "--activation selu --init lecun --depth 3", "--activation selu --init lecun --depth 10 --lr 0.03",
    "--activation gelu --depth 5", "--activation leaky_relu --depth 5", "--activation elu --depth 5", "--activation silu --optimizer adam",
    "--activation relu --normalisation batch --depth 5", "--activation relu --dropout 0.2", "--activation relu --dropout 0.5",
    "--activation relu --batch 16", "--activation relu --batch 16 --lr 0.03", "--activation relu --batch 512",
    "--activation mish --momentum 0.9 --lr 0.01", "--activation relu --optimizer adam", "--activation tanh --optimizer adam --depth 5",
    "--activation relu --depth 1", "--activation relu --width 400", "--activation relu --weight-decay 0.001", "--activation gelu --depth 10",
    "--activation sigmoid --depth 1", "--activation softplus", "--activation hardtanh", "--activation relu6", "--activation maxout",
    "--activation tanh --normalisation batch --depth 5", "--activation relu --normalisation layer --depth 5",
]


# --- runs ---

def train(program, flags, seed, folder):
    """Trains; what was found, and the quantities that the rules look at."""
    command = [program, *flags.split(), *COMMON.split(), "--seed", str(seed), "--threads", "1", "--quiet", "--out", str(folder)]
    return run(command, folder)


def run(command, folder):
    result = subprocess.run(command, capture_output=True, text=True)
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except OSError:
        sys.exit(f"calibrate_diagnosis: {shlex.join(map(str, command))}: exit code {result.returncode}: {result.stderr.strip()}")
    return {"found": [d["name"] for d in summary["diagnoses"]], "commands": {d["name"]: d["command"] for d in summary["diagnoses"]},
            "accuracy": summary["test_accuracy"], "measured": quantities(folder, summary)}


def quantities(folder, summary):
    """What the rules compare with their thresholds, from the tables: mostly medians over the last tenth of the logged steps."""
    steps = {}
    with open(folder / "layers.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            steps.setdefault(int(row["step"]), []).append({k: float(v) for k, v in row.items() if k != "name"})
    all_steps = list(steps.values())
    rows = [s for s in all_steps[-max(3, len(all_steps) // 10):] if sum(r["nan_count"] + r["inf_count"] for r in s) == 0]
    values = {}

    def median(name, of):
        numbers = sorted(x for x in (of(s) for s in rows) if x is not None and math.isfinite(x))
        if numbers:
            values[name] = numbers[len(numbers) // 2]

    def factor(step):
        deltas = [r["delta_rms"] for r in step[:-1]]
        return (deltas[0] / deltas[-1]) ** (1 / (len(deltas) - 1)) if len(deltas) >= 4 and min(deltas) > 0 else None

    median("vanishing", factor)
    median("exploding", factor)
    median("collapsed_forward", lambda s: (s[-2]["h_std"] / s[0]["h_std"]) ** 2 if s[0]["h_std"] > 0 else None)
    median("dead", lambda s: max(r["dead_share"] for r in s[:-1]))
    median("saturated", lambda s: max(max(0, r["saturated_share"] - r["zero_share"]) for r in s[:-1]))
    median("not_centred", lambda s: max((abs(a["h_mean"]) / a["h_std"] for a, b in zip(s[:-1], s[1:])
                                         if a["h_std"] > 0 and b["sign_coherence"] > 0.5), default=0))
    updates = [u for u in ([r["update_ratio"] for r in s if math.isfinite(r["update_ratio"])] for s in all_steps) if u and max(u) >= 1e-5]
    if updates:
        ratios = sorted(min(u) / max(u) for u in updates[-10:])
        values["stalled"] = ratios[len(ratios) // 2]
    later = all_steps[1:]
    if later:
        values["unstable"] = max(sum(s[i]["update_ratio"] > 0.1 for s in later) / len(later) for i in range(len(later[0])))
    spreads = [d["evidence"].get("unit_spread") for d in summary["diagnoses"] if d["name"] == "symmetry"]
    if spreads:
        values["symmetry"] = spreads[0]
    if summary["train_loss"] is not None:
        values["chance_level"] = summary["test_loss"]
    return values


def measure(program, seeds, jobs):
    results = {}
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = {}
        for number, flags in enumerate([*BROKEN, *HEALTHY]):
            for seed in range(FIRST_SEED, FIRST_SEED + seeds):
                waiting[pool.submit(train, program, flags, seed, pathlib.Path(scratch) / f"{number}-{seed}")] = (flags, seed)
        for done in concurrent.futures.as_completed(waiting):
            flags, seed = waiting[done]
            results.setdefault(flags, {})[seed] = done.result()
        for flags, runs in results.items():
            results[flags] = [runs[seed] for seed in sorted(runs)]
        remedies = {flags: try_remedies(program, results[flags][0], expected, pathlib.Path(scratch) / f"remedy-{number}")
                    for number, (flags, expected) in enumerate(BROKEN.items())}
    return {"common": COMMON, "seeds": seeds, "first_seed": FIRST_SEED,
            "broken": {f: summarised(results[f]) | {"remedies": remedies[f]} for f in BROKEN},
            "healthy": {f: summarised(results[f]) for f in HEALTHY}}


def try_remedies(program, broken, expected, folder):
    """Runs each command that an expected verdict proposes, once."""
    rules_of = {}
    for name in broken["found"]:
        if name in expected and broken["commands"][name]:
            rules_of.setdefault(broken["commands"][name], []).append(name)
    tried = []
    for command, rules in rules_of.items():
        after = run([program, *shlex.split(command)[2:], "--quiet", "--out", str(folder / str(len(tried)))], folder / str(len(tried)))
        tried.append({"rules": rules, "command": command, "before": broken["accuracy"], "found": after["found"], "after": after["accuracy"]})
    return tried


def summarised(runs):
    found, measured = {}, {}
    for one in runs:
        for name in one["found"]:
            found[name] = found.get(name, 0) + 1
        for name, value in one["measured"].items():
            low, high = measured.get(name, (value, value))
            measured[name] = (min(low, value), max(high, value))
    accuracies = [one["accuracy"] for one in runs]
    return {"found": found, "measured": {k: [float(f"{x:.3g}") for x in v] for k, v in measured.items()},
            "accuracy": [min(accuracies), max(accuracies)]}


# --- the page ---

def table(numbers):
    lines = ["| network (defaults beyond these flags) | must be raised | raised besides | test accuracy |", "|---|---|---|---|"]
    for flags, row in numbers["broken"].items():
        wanted = ", ".join(f"{name} {row['found'].get(name, 0)}/{numbers['seeds']}" for name in BROKEN[flags])
        besides = ", ".join(f"{n} {c}" for n, c in sorted(row["found"].items()) if n not in BROKEN[flags])
        lines.append(f"| `{flags}` | {wanted} | {besides or '-'} | {accuracy(row)} |")
    for flags, row in numbers["healthy"].items():
        alarms = ", ".join(f"{n} {c}/{numbers['seeds']}" for n, c in sorted(row["found"].items()))
        lines.append(f"| `{flags}` | none | {alarms or '-'} | {accuracy(row)} |")
    return "\n".join(lines)


def accuracy(row):
    low, high = (f"{100 * x:.1f}" for x in row["accuracy"])
    return f"{low} %" if low == high else f"{low} to {high} %"


def remedies(numbers):
    lines = ["| network | verdict | what its command changes | found afterwards | test accuracy before, after |", "|---|---|---|---|---|"]
    for flags, row in numbers["broken"].items():
        for tried in row["remedies"]:
            still = [f"**{name}**" if name in tried["rules"] else name for name in tried["found"]]
            lines.append(f"| `{flags}` | {', '.join(tried['rules'])} | `{changed(flags, tried['command'])}` | {', '.join(still) or 'nothing'} | "
                         f"{100 * tried['before']:.1f} %, {100 * tried['after']:.1f} % |")
    return "\n".join(lines)


def flags_in(text):
    """["--depth 10", "--shuffle-labels"]"""
    return re.findall(r"--[a-z-]+(?: [^-\s]\S*)?", text)


def changed(flags, command):
    """Those of the command's flags that the broken run did not have."""
    before = {*flags_in(flags), *flags_in(COMMON), "--threads 1"}
    return " ".join(f for f in flags_in(command.replace("'", "")) if f not in before and not f.startswith("--seed ")) or "nothing"


def measured(numbers, rule, what):
    """True and false alarms of a rule, and the range of what it looks at."""
    seeds = numbers["seeds"]
    having = [row for flags, row in numbers["broken"].items() if rule in BROKEN[flags]]
    right = sum(row["found"].get(rule, 0) for row in having)
    wrong = sum(row["found"].get(rule, 0) for row in numbers["healthy"].values())
    text = f"Raised in {right} of {seeds * len(having)} runs that must raise it, and in {wrong} of {seeds * len(numbers['healthy'])} healthy ones."

    def span(rows):
        values = [v for row in rows for v in row["measured"].get(rule, [])]
        return f"{min(values):.3g} to {max(values):.3g}" if values else None

    broken, healthy = span(having), span(numbers["healthy"].values())
    if broken and healthy:
        text += f" Measured ({what}): {broken} in the broken networks, {healthy} in the healthy ones."
    return text


def constant(name):
    found = [match.group(1) for source in sorted((ROOT / "src/observe/rules").glob("*.cpp"))
             for match in re.finditer(rf"\b{name} = ([0-9.e+-]+)", source.read_text(encoding="utf-8"))]
    if len(found) != 1:
        sys.exit(f"calibrate_diagnosis: {len(found)} constants in src/observe/rules are called {name}, where the page needs one")
    return found[0]


def page(numbers):
    def fill(match):
        key, _, argument = match.group(1).strip().partition(" ")
        return {"table": lambda: table(numbers), "remedies": lambda: remedies(numbers), "seeds": lambda: str(numbers["seeds"]),
                "first_seed": lambda: str(numbers["first_seed"]),
                "common": lambda: numbers["common"], "measured": lambda: measured(numbers, *(words.strip() for words in (argument + "|").split("|")[:2])), "constant": lambda: constant(argument)}[key]()

    return re.sub(r"\{\{(.*?)\}\}", fill, TEMPLATE.read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--program", default=str(ROOT / "build/release/examples/train_mlp"))
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.page and not options.check:
        numbers = measure(options.program, options.seeds, options.jobs)
        print(table(numbers), remedies(numbers), *(f"{rule}: {measured(numbers, rule, 'range')}" for rule in sorted({r for rules in BROKEN.values() for r in rules})), sep="\n")
        if options.seeds < 10:
            return
        NUMBERS.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    wanted = page(json.loads(NUMBERS.read_text(encoding="utf-8")))
    if not options.check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif (there := PAGE.read_text(encoding="utf-8")) != wanted:
        print("\n".join(list(difflib.unified_diff(there.splitlines(), wanted.splitlines(), "docs/diagnosis.md", "as it should be", lineterm="", n=0))[:40]))
        sys.exit("docs/diagnosis.md is out of date; refresh it: scripts/calibrate_diagnosis.py --page")


if __name__ == "__main__":
    main()
