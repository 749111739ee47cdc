#!/usr/bin/env python3
"""seegrad and PyTorch take turns at the same training step, and the ratio is printed.

    benchmarks/compare.py                                       784-256x8-10, batch 128, ReLU, logging off and on
    benchmarks/compare.py --case 128x1/32/gelu --case 1024x3/128/relu --rounds 9
    benchmarks/compare.py --python /path/to/venv/bin/python     where PyTorch is installed, if not in this Python

In each round every contestant runs once, so that a busy moment of the machine meets them all; a ratio is the median over rounds of
the ratios within a round. PyTorch runs with its default settings and with spinning threads (OMP_WAIT_POLICY=active); the ratio is
to whichever is faster. Without PyTorch only our own numbers are printed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SPINNING = {"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "1000000", "KMP_BLOCKTIME": "200"}


def parse_case(text):
    try:
        network, batch, activation = text.split("/")
        width, depth = network.split("x")
        return {"width": int(width), "depth": int(depth), "batch": int(batch), "activation": activation}
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxDEPTH/BATCH/ACTIVATION, such as 256x8/128/relu")


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def seegrad(program, case, logging, seconds):
    name = f"784-{case['width']}x{case['depth']}-10/batch:{case['batch']}/{case['activation']}/logging:{'on' if logging else 'off'}"
    # Repetitions of a tenth of a second, and their median: like the peer's median over steps, it passes over busy moments.
    command = [program, "--benchmark_format=json", f"--benchmark_filter={name}", "--benchmark_min_time=0.1",
               f"--benchmark_repetitions={max(1, round(seconds * 10))}", "--benchmark_report_aggregates_only=true"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    medians = [b for b in result["benchmarks"] if b.get("aggregate_name") == "median" or b["run_type"] == "iteration"]
    if not medians:
        sys.exit(f"compare.py: {program} knows no benchmark {name}; see --benchmark_list_tests")
    return medians[0]["items_per_second"]


def pytorch(python, case, logging, threads, seconds, environment):
    command = [python, str(HERE / "peers" / "training_step_pytorch.py"), "--threads", str(threads), "--seconds", str(seconds)]
    for key, value in case.items():
        command += [f"--{key}", str(value)]
    if logging:
        command.append("--logging")
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if run.returncode != 0:
        sys.exit(f"compare.py: the PyTorch run failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def has_pytorch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    except OSError:
        return False


def measure(options, case, logging, with_peer):
    ours, plain, spinning, version = [], [], [], None
    for _ in range(options.rounds):
        ours.append(seegrad(options.program, case, logging, options.seconds))
        if with_peer:
            result = pytorch(options.python, case, logging, options.threads, options.seconds, {})
            plain.append(result["samples_per_second"])
            spinning.append(pytorch(options.python, case, logging, options.threads, options.seconds, SPINNING)["samples_per_second"])
            version = result["version"]
    row = {"network": f"784-{case['width']}x{case['depth']}-10", "batch": case["batch"], "activation": case["activation"],
           "logging": logging, "seegrad": statistics.median(ours)}
    if with_peer:
        best = max((plain, spinning), key=statistics.median)
        row |= {"pytorch": statistics.median(plain), "pytorch_spinning": statistics.median(spinning), "pytorch_version": version,
                "ratio": statistics.median(a / b for a, b in zip(ours, best))}
    return row


def table(rows):
    lines = ["| network | batch | activation | logging | seegrad, samples/s | PyTorch | PyTorch, spinning | ratio to the faster |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        peer = [f"{row[k]:,.0f}" if k in row else "-" for k in ("pytorch", "pytorch_spinning")]
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        lines.append(f"| {row['network']} | {row['batch']} | {row['activation']} | {'every step' if row['logging'] else 'off'} "
                     f"| {row['seegrad']:,.0f} | {peer[0]} | {peer[1]} | {ratio} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=parse_case, action="append", help="WIDTHxDEPTH/BATCH/ACTIVATION; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of measuring for each contestant and round")
    parser.add_argument("--program", default=str(HERE.parent / "build" / "release" / "benchmarks" / "training_step"))
    parser.add_argument("--python", default=sys.executable, help="a Python in which PyTorch is installed")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results to this file")
    options = parser.parse_args()
    options.threads = len(os.sched_getaffinity(0))
    if not os.access(options.program, os.X_OK):
        sys.exit(f"compare.py: {options.program} is not there; build it: cmake --preset release && cmake --build --preset release")

    with_peer = has_pytorch(options.python)
    if not with_peer:
        print("PyTorch is not installed in this Python: only seegrad is measured (--python names another one).", file=sys.stderr)
    cases = options.case or [parse_case("256x8/128/relu")]
    rows = [measure(options, case, logging, with_peer) for case in cases for logging in (False, True)]
    version = next((row["pytorch_version"] for row in rows if "pytorch_version" in row), None)
    print(f"{datetime.date.today()}, {processor()}, {options.threads} threads" + (f", PyTorch {version}" if version else ""))
    print(table(rows))
    if options.json:
        result = {"date": str(datetime.date.today()), "processor": processor(), "threads": options.threads, "rounds": options.rounds, "rows": rows}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
