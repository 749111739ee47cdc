#!/usr/bin/env python3
"""seegrad and PyTorch take turns at timing activations forward and backward on one large tensor, and the ratio is printed.

    benchmarks/compare_activations.py                                      512 x 100024 float32, the nine usual functions
    benchmarks/compare_activations.py --rows 5024 --rounds 2               the benchmark's full size
    benchmarks/compare_activations.py --python /path/to/venv/bin/python    where PyTorch is installed, if not in this Python
    benchmarks/compare_activations.py --device cuda                        on a GPU: 5024 x 100024, or as many rows as fit
    benchmarks/compare_activations.py --picture speed.svg                  also a picture of seegrad's times in the last round

In each round both measure all functions once, so that a busy moment of the machine meets both; a ratio is the median over rounds of
PyTorch's time over ours within a round: above 1, seegrad is faster. Ours writes into memory that is there already. PyTorch is timed
twice: as people call it, which allocates the result each time, and into a tensor that is there already (its out= forms). The ratio is to the
faster of the two. Without PyTorch only our own numbers are printed. "of copy" is the share of the rate at which seegrad copied the same
memory between its runs, bytes read and bytes written counted; what PyTorch's copy reached is printed above the table.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from compare import HERE, has_pytorch, machine, machine_facts


def seegrad(options, folder=None):
    """The report, and name -> (forward, backward) in milliseconds: medians, from the rates. A folder gets a picture."""
    command = [options.program, "--cols", str(options.cols), "--runs", str(options.runs), "--threads", str(options.threads), "--type",
               options.type, "--activation", options.activation, "--device", options.device, "--json"]
    if options.rows:
        command += ["--rows", str(options.rows)]
    if folder:
        command += ["--out", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"compare_activations.py: {run.stderr.strip()}")
    report = json.loads(run.stdout)
    options.rows = report["shape"][0]  # as many as fitted, if nobody said how many
    array = options.rows * options.cols * (8 if options.type == "float64" else 4) * 1e-6
    return report, {row["name"]: (2 * array / row["forward_gbps"], 3 * array / row["backward_gbps"]) for row in report["rows"]}


def pytorch(options):
    command = [options.python, str(HERE / "peers" / "activation_speed_pytorch.py"), "--rows", str(options.rows), "--cols", str(options.cols),
               "--runs", str(options.runs), "--threads", str(options.threads), "--type", options.type, "--activation", options.activation,
               "--device", options.device]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"compare_activations.py: the PyTorch run failed:\n{run.stderr}")
    result = json.loads(run.stdout.splitlines()[-1])
    return result, {row["name"]: row for row in result["rows"]}


def best(peer, direction):
    return min(time for time in (peer[direction], peer[direction + "_into"]) if time is not None)


def rows_of(options, ours, peers):
    """One row for each function; `ours` and `peers` hold one measurement a round."""
    array = options.rows * options.cols * (8 if options.type == "float64" else 4) * 1e-6
    rows = []
    for name in ours[0]:
        row = {"name": name}
        for place, direction in enumerate(("forward", "backward")):
            times = [round_[name][place] for round_ in ours]
            row[direction + "_ms"] = statistics.median(times)
            row[direction + "_gbps"] = (2 + place) * array / statistics.median(times)
            if peers:
                row["pytorch_" + direction + "_ms"] = statistics.median(round_[name][direction] for round_ in peers)
                into = [round_[name][direction + "_into"] for round_ in peers]
                row["pytorch_" + direction + "_into_ms"] = None if None in into else statistics.median(into)
                row[direction + "_ratio"] = statistics.median(best(p[name], direction) / t for p, t in zip(peers, times))
        rows.append(row)
    return sorted(rows, key=lambda row: row["forward_ms"] + row["backward_ms"])


def spread_of(rows):
    """How much longer the slowest of the elementwise functions takes than the fastest, forward and backward."""
    elementwise = [row for row in rows if row["name"] not in ("softmax", "log_softmax")]
    if len(elementwise) < 2:
        return {}
    times = {way: [row[way + "_ms"] for row in elementwise] for way in ("forward", "backward")}
    return {way: max(t) / min(t) for way, t in times.items()}


def table(rows, copy):
    def number(row, key, form):
        return format(row[key], form) if row.get(key) is not None else "-"

    lines = ["| function | forward, ms | of copy | PyTorch | into | ratio | backward, ms | of copy | PyTorch | into | ratio |", "|---" * 11 + "|"]
    for row in rows:
        cells = [row["name"]]
        for way in ("forward", "backward"):
            cells += [number(row, way + "_ms", ".2f"), format(row[way + "_gbps"] / copy, ".0%"), number(row, f"pytorch_{way}_ms", ".2f"),
                      number(row, f"pytorch_{way}_into_ms", ".2f"), number(row, way + "_ratio", ".2f")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--activation", default="sigmoid,tanh,relu,leaky_relu,elu,silu,gelu,mish,softmax")
    parser.add_argument("--rows", type=int, help="512 on the CPU; on a GPU 5024, or what fits")
    parser.add_argument("--cols", type=int, default=100024)
    parser.add_argument("--type", choices=("float32", "float64"), default="float32")
    parser.add_argument("--runs", type=int, default=20, help="of each function and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--program", default=str(HERE.parent / "build" / "release" / "examples" / "activation_speed"))
    parser.add_argument("--python", default=sys.executable, help="a Python in which PyTorch is installed")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results to this file")
    parser.add_argument("--picture", type=pathlib.Path, help="also write a picture, FILE.svg or FILE.png")
    options = parser.parse_args()
    if options.picture and options.picture.suffix not in (".svg", ".png"):
        parser.error(f"--picture {options.picture}: must end in .svg or .png")
    if not options.rows and options.device == "cpu":
        options.rows = 512
    if not os.access(options.program, os.X_OK):
        sys.exit(f"compare_activations.py: {options.program} is not there; build it: cmake --preset release && cmake --build --preset release")

    with_peer = has_pytorch(options.python)
    if not with_peer:
        print("PyTorch is not installed in this Python: only seegrad is measured (--python names another one).", file=sys.stderr)
    version, copies, peer_copies, ours, peers = None, [], [], [], []
    for round_ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            pictured = options.picture and round_ == options.rounds - 1
            report, times = seegrad(options, pathlib.Path(folder) / "speed" if pictured else None)
            if pictured:
                shutil.copy(pathlib.Path(folder) / "speed" / f"activation_speed{options.picture.suffix}", options.picture)
        copies.append(report["copy_gbps"])
        ours.append(times)
        if with_peer:
            result, times = pytorch(options)
            version = result["version"]
            peer_copies.append(result["copy_gbps"])
            peers.append(times)
    rows, copy = rows_of(options, ours, peers), statistics.median(copies)
    print(f"{datetime.date.today()}, {machine(options)}, {options.rows} x {options.cols} {options.type}, copy {copy:.1f} GB/s"
          + (f", PyTorch {version} (its copy: {statistics.median(peer_copies):.1f} GB/s)" if version else ""))
    print(table(rows, copy))
    spread = spread_of(rows)
    if spread:
        print(f"slowest over fastest of the elementwise functions: {spread['forward']:.2f} forward, {spread['backward']:.2f} backward")
    if options.json:
        result = {"date": str(datetime.date.today()), **machine_facts(options), "shape": [options.rows, options.cols],
                  "type": options.type, "rounds": options.rounds, "runs": options.runs, "pytorch_version": version, "copy_gbps": copy,
                  "pytorch_copy_gbps": statistics.median(peer_copies) if peer_copies else None, "slowest_over_fastest": spread, "rows": rows}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
