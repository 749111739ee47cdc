#!/usr/bin/env python3
"""seegrad and PyTorch take turns at the same training step, and the ratio is printed.

    benchmarks/compare.py                                       784-256x8-10, batch 128, ReLU, logging off and on
    benchmarks/compare.py --case 128x1/32/gelu --case 1024x3/128/relu --rounds 9
    benchmarks/compare.py --python /path/to/venv/bin/python     where PyTorch is installed, if not in this Python
    benchmarks/compare.py --device cuda --precision tf32        on a GPU

In each round every contestant runs once, so that a busy moment of the machine meets them all; a ratio is the median over rounds of
the ratios within a round, to whichever of PyTorch's ways is faster. On the CPU PyTorch runs with its default settings and with
spinning threads (OMP_WAIT_POLICY=active). On a GPU seegrad runs each step as it is written and recorded (what training does), PyTorch
in eager mode, with torch.compile (not while logging: its hooks would break the network into pieces), and with the whole step
captured as a CUDA graph. Without PyTorch only our own numbers are printed.
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


def gpu(device):
    """The name of a GPU, with its driver; where nvidia-smi does not say, the name of the device."""
    index = device.partition(":")[2] or "0"
    query = ["nvidia-smi", f"--id={index}", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        name, driver = subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip().splitlines()[0].split(", ")
        return f"{name} (driver {driver})"
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return device


def machine_facts(options):
    """What the JSON files say of the machine."""
    facts = {"processor": processor(), "threads": options.threads}
    return facts if options.device == "cpu" else {"device": gpu(options.device), **facts}


def machine(options):
    return f"{processor()}, {options.threads} threads" if options.device == "cpu" else gpu(options.device)


def seegrad(options, case, logging, suffix=""):
    name = f"784-{case['width']}x{case['depth']}-10/batch:{case['batch']}/{case['activation']}/logging:{'on' if logging else 'off'}{suffix}/"
    # Repetitions of a tenth of a second, and their median: like the peer's median over steps, it passes over busy moments.
    command = [options.program, "--benchmark_format=json", f"--benchmark_filter={name}", "--benchmark_min_time=0.1",
               f"--benchmark_repetitions={max(1, round(options.seconds * 10))}", "--benchmark_report_aggregates_only=true"]
    if options.device != "cpu":
        command += [f"--device={options.device}", f"--precision={options.precision}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"compare.py: {run.stderr.strip()}")
    # Where nothing fits the filter, nothing is printed.
    benchmarks = json.loads(run.stdout)["benchmarks"] if run.stdout.strip().startswith("{") else []
    failed = [b["error_message"] for b in benchmarks if b.get("error_occurred")]
    if failed:
        sys.exit(f"compare.py: {name}: {failed[0]}")
    medians = [b for b in benchmarks if b.get("aggregate_name") == "median" or b["run_type"] == "iteration"]
    if not medians:
        sys.exit(f"compare.py: {options.program} knows no benchmark {name}; see --benchmark_list_tests")
    return medians[0]["items_per_second"]


def pytorch(options, case, logging, environment=None, mode="eager"):
    command = [options.python, str(HERE / "peers" / "training_step_pytorch.py"), "--threads", str(options.threads), "--seconds",
               str(options.seconds), "--device", options.device, "--mode", mode, "--precision", options.precision]
    for key, value in case.items():
        command += [f"--{key}", str(value)]
    if logging:
        command.append("--logging")
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if run.returncode != 0:
        sys.exit(f"compare.py: the PyTorch run failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def has_pytorch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    except OSError:
        return False


def contestants(options, case, logging, with_peer):
    """Name -> a function that measures samples per second: ours, then PyTorch's. The first is the one that ratios are of."""
    if options.device == "cpu":
        ours = {"seegrad": lambda: seegrad(options, case, logging)}
        peers = {"pytorch": lambda: pytorch(options, case, logging), "pytorch_spinning": lambda: pytorch(options, case, logging, SPINNING)}
    else:
        ways = {"seegrad": "recorded", "seegrad_as_written": "as_written"}
        ours = {name: lambda way=way: seegrad(options, case, logging, f"/{options.precision}/{way}") for name, way in ways.items()}
        modes = ("eager", "graph") if logging or options.skip_compile else ("eager", "compile", "graph")
        peers = {f"pytorch_{mode}": lambda mode=mode: pytorch(options, case, logging, mode=mode) for mode in modes}
    return ours, peers if with_peer else {}


def measure(options, case, logging, with_peer):
    ours, peers = contestants(options, case, logging, with_peer)
    found, version = {name: [] for name in (*ours, *peers)}, None
    for _ in range(options.rounds):
        for name, run in ours.items():
            found[name].append(run())
        for name, run in peers.items():
            result = run()
            found[name].append(result["samples_per_second"])
            version = result["version"]
    row = {"network": f"784-{case['width']}x{case['depth']}-10", "batch": case["batch"], "activation": case["activation"], "logging": logging}
    if options.device != "cpu":
        row["precision"] = options.precision
    row |= {name: statistics.median(values) for name, values in found.items()}
    if peers:
        best = max(peers, key=lambda name: statistics.median(found[name]))
        row |= {"pytorch_version": version, "fastest_peer": best,
                "ratio": statistics.median(a / b for a, b in zip(found["seegrad"], found[best]))}
    return row


COLUMNS = {"seegrad": "seegrad, samples/s", "seegrad_as_written": "as written", "pytorch": "PyTorch", "pytorch_spinning": "PyTorch, spinning",
           "pytorch_eager": "PyTorch, eager", "pytorch_compile": "compiled", "pytorch_graph": "CUDA graph"}
CPU_COLUMNS = ("seegrad", "pytorch", "pytorch_spinning")
GPU_COLUMNS = ("seegrad", "seegrad_as_written", "pytorch_eager", "pytorch_compile", "pytorch_graph")


def table(rows, columns):
    heads = ["network", "batch", "activation", "logging", *(COLUMNS[name] for name in columns), "ratio to the faster"]
    if columns is GPU_COLUMNS:
        heads[-1] = "ratio to the fastest"
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        cells = [row["network"], str(row["batch"]), row["activation"], "every step" if row["logging"] else "off"]
        cells += [f"{row[name]:,.0f}" if name in row else "-" for name in columns]
        cells.append(f"{row['ratio']:.2f}" if "ratio" in row else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=parse_case, action="append", help="WIDTHxDEPTH/BATCH/ACTIVATION; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of measuring for each contestant and round")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32", help="of products, on a GPU")
    parser.add_argument("--skip-compile", action="store_true", help="leave torch.compile out: it takes half a minute to compile")
    parser.add_argument("--program", default=str(HERE.parent / "build" / "release" / "benchmarks" / "training_step"))
    parser.add_argument("--python", default=sys.executable, help="a Python in which PyTorch is installed")
    parser.add_argument("--json", type=pathlib.Path, help="also write the results to this file")
    options = parser.parse_args()
    options.threads = len(os.sched_getaffinity(0))
    if options.device == "cpu" and options.precision != "fp32":
        parser.error("--precision goes with --device cuda")
    if not os.access(options.program, os.X_OK):
        sys.exit(f"compare.py: {options.program} is not there; build it: cmake --preset release && cmake --build --preset release")
    return options


def main():
    options = read_options()
    with_peer = has_pytorch(options.python)
    if not with_peer:
        print("PyTorch is not installed in this Python: only seegrad is measured (--python names another one).", file=sys.stderr)
    cases = options.case or [parse_case("256x8/128/relu")]
    rows = [measure(options, case, logging, with_peer) for case in cases for logging in (False, True)]
    version = next((row["pytorch_version"] for row in rows if "pytorch_version" in row), None)
    precision = "" if options.device == "cpu" else f", products in {options.precision}"
    print(f"{datetime.date.today()}, {machine(options)}{precision}" + (f", PyTorch {version}" if version else ""))
    print(table(rows, CPU_COLUMNS if options.device == "cpu" else GPU_COLUMNS))
    if options.json:
        result = {"date": str(datetime.date.today()), **machine_facts(options), "rounds": options.rounds, "rows": rows}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
