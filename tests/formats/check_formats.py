#!/usr/bin/env python3
"""Reads the folder of a training run with the packages that users read it with, and compares what they find.

  check_formats.py RUN...            TensorBoard, pandas, NumPy, safetensors, and PyTorch where it is installed
  check_formats.py --torch RUN...    PyTorch and safetensors alone

Exit code 0 when all agree, 1 with the differences, 77 when the packages are not there (scripts/python_env.sh makes a Python that
has them). SEEGRAD_TORCH_PYTHON may name another Python, with PyTorch and safetensors, for the part that needs PyTorch.
"""

import csv
import json
import math
import os
import pathlib
import re
import subprocess
import sys

SCALARS = {"train_loss": "train/loss", "train_accuracy": "train/accuracy", "learning_rate": "learning_rate"}
LAYER_SCALARS = ["delta_rms", "weight_grad_rms", "update_ratio", "zero_share", "saturated_share", "dead_share", "h_mean", "h_std", "z_std",
                 "sign_coherence"]
TABLES = ["steps.csv", "epochs.csv", "layers.csv", "units.csv", "mistakes.csv"]
TEXT_COLUMNS = {"name", "state"}
LOWEST_OCTAVE, SIDE = -40, 128  # of the bins: include/seegrad/math/histogram_bin.hpp


class Faults(list):
    def expect(self, true, message):
        if not true:
            self.append(message)


# --- tables ---

def strict_json(text):
    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def check_json(run, faults):
    for name in ["config.json", "summary.json"]:
        try:
            value = strict_json((run / name).read_text(encoding="utf-8"))
            faults.expect(isinstance(value, dict) and value, f"{name}: is not an object")
        except (OSError, ValueError) as error:
            faults.append(f"{name}: {error}")


def check_table(run, name, faults):
    """The table as pandas reads it, cell by cell the same as its text."""
    import pandas as pd

    path = run / name
    if not path.exists():
        faults.append(f"{name}: is not there")
        return None
    table = pd.read_csv(path)
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    faults.expect(list(table.columns) == header and len(table) == len(rows), f"{name}: pandas sees another header or number of rows")
    for index, column in enumerate(header):
        if not rows or column in TEXT_COLUMNS:
            continue
        if not pd.api.types.is_numeric_dtype(table[column]):
            faults.append(f"{name}: pandas reads column {column} as {table[column].dtype}")
            continue
        for line, (row, value) in enumerate(zip(rows, table[column]), start=2):
            text = float(row[index])
            if not (text == value or math.isnan(text) and math.isnan(value)):
                faults.append(f"{name}: line {line}: {column} is {row[index]}, pandas reads {value}")
    return table


# --- TensorBoard ---

def read_records(path, faults):
    """Every record by TensorBoard's own reader, which checks the checksums; returns how many there are."""
    from tensorboard.compat.proto import event_pb2
    from tensorboard.compat.tensorflow_stub import errors
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    reader = PyRecordReader_New(str(path))
    count = size = 0
    while True:
        try:
            reader.GetNext()
        except errors.OutOfRangeError:
            break
        except errors.DataLossError as error:
            faults.append(f"{path.name}: record {count}: {error}")
            break
        record = reader.record()
        event = event_pb2.Event.FromString(record)
        faults.expect(event.wall_time > 1e9, f"{path.name}: record {count}: wall_time {event.wall_time}")
        right = (event.file_version == "brain.Event:2") == (count == 0)
        faults.expect(right, f"{path.name}: record {count}: version {event.file_version!r}")
        for value in event.summary.value:
            if value.HasField("image"):
                check_image(path.name, value, faults)
        count += 1
        size += len(record) + 16
    faults.expect(size == path.stat().st_size, f"{path.name}: {path.stat().st_size - size} bytes at the end are no record")
    return count


def check_image(name, value, faults):
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(value.image.encoded_image_string))
    picture.load()
    faults.expect(picture.size == (value.image.width, value.image.height), f"{name}: {value.tag}: the image has another size")


def accumulate(paths):
    from tensorboard.backend.event_processing import event_accumulator

    accumulated = [event_accumulator.EventAccumulator(str(path), size_guidance={"scalars": 0, "histograms": 0, "images": 0}).Reload()
                   for path in paths]
    scalars, histograms = {}, {}
    for accumulator in accumulated:
        tags = accumulator.Tags()
        for tag in tags["scalars"]:
            for event in accumulator.Scalars(tag):
                scalars.setdefault(tag, []).append((event.step, event.value))
        for tag in tags["histograms"]:
            for event in accumulator.Histograms(tag):
                histograms.setdefault(tag, {})[event.step] = event.histogram_value
    return scalars, histograms


def expected_scalars(steps, layers):
    import numpy as np

    def as_stored(value):  # TensorBoard keeps float32
        with np.errstate(over="ignore", under="ignore"):
            return float(np.float32(value))

    expected = {}
    for row in steps.itertuples():
        for column, tag in SCALARS.items():
            expected.setdefault(tag, []).append((row.step, as_stored(getattr(row, column))))
    for row in layers.itertuples():
        for column in LAYER_SCALARS:
            value = getattr(row, column)
            if not math.isnan(value):  # not measured
                expected.setdefault(f"{column}/layer_{row.layer:02}", []).append((row.step, as_stored(value)))
    return expected


def same_points(found, expected):
    def same(a, b):
        return a[0] == b[0] and (a[1] == b[1] or math.isnan(a[1]) and math.isnan(b[1]))

    return len(found) == len(expected) and all(map(same, found, expected))


def check_scalars(scalars, steps, layers, epochs, faults):
    expected = expected_scalars(steps, layers)
    for tag, points in expected.items():
        found = scalars.get(tag, [])
        if not same_points(found, points):
            odd = next((pair for pair in zip(found, points) if not same_points([pair[0]], [pair[1]])), "their number")
            faults.append(f"events: {tag}: {len(found)} points, the tables have {len(points)}; first difference: {odd}")
    for column in ["test_loss", "test_accuracy"]:
        tag = column.replace("_", "/")
        points = scalars.get(tag, [])
        values = expected_scalars(epochs.assign(step=0, train_accuracy=0, learning_rate=0, train_loss=epochs[column]), layers[:0])
        stored = [value for _, value in values.get("train/loss", [])]
        faults.expect(same_points([(0, value) for _, value in points], [(0, value) for value in stored]),
                      f"events: {tag} is {points}, epochs.csv has {list(epochs[column])}")
        for (step, _), epoch in zip(points, epochs["epoch"]):
            before, after = steps.step[steps.epoch <= epoch], steps.step[steps.epoch > epoch]
            faults.expect((before.empty or step >= before.max()) and (after.empty or step < after.min()),
                          f"events: {tag} of epoch {epoch} is at step {step}")
    others = set(scalars) - set(expected) - {"test/loss", "test/accuracy"}
    faults.expect(not others, f"events: scalars that no table has: {sorted(others)}")
    return sum(map(len, scalars.values()))


def edge(distance):
    place = distance - 1
    return math.ldexp(1.5 if place % 2 else 1.0, LOWEST_OCTAVE + place // 2)


def upper_limit(bin_number):
    """Where the bin ends, seen from below."""
    distance = bin_number + 1 - SIDE
    return edge(distance) if distance > 0 else -edge(1 - distance)


def check_histogram(where, line, found, faults):
    counts, first = list(line["counts"]), line["first_bin"]
    while counts and counts[-1] == 0:
        counts.pop()
    while counts and counts[0] == 0:
        counts.pop(0)
        first += 1
    buckets, limits = list(found.bucket), list(found.bucket_limit)
    faults.expect(buckets == counts, f"{where}: the counts are {buckets}, histograms.jsonl has {counts}")
    faults.expect(found.num == sum(counts), f"{where}: num is {found.num}, the counts sum to {sum(counts)}")
    if not counts or len(limits) != len(counts):
        return
    inner = [upper_limit(first + i) for i in range(len(counts) - 1)]
    faults.expect(limits[:-1] == inner, f"{where}: the limits are {limits[:-1]}, those of the bins are {inner}")
    faults.expect(limits[-1] == found.max, f"{where}: the last limit is {limits[-1]}, the maximum {found.max}")
    ends = [found.min, *limits]
    faults.expect(all(a < b for a, b in zip(ends, ends[1:])), f"{where}: the limits do not ascend: {ends}")


def check_histograms(run, histograms, faults):
    import pandas as pd

    path = run / "histograms.jsonl"
    if not path.exists():
        faults.append("histograms.jsonl: is not there")
        return 0
    with open(path, encoding="utf-8") as file:
        lines = [strict_json(line) for line in file]
    if lines:
        table = pd.read_json(path, lines=True, dtype={"name": str})
        faults.expect(len(table) == len(lines), f"histograms.jsonl: pandas reads {len(table)} lines of {len(lines)}")
        faults.expect(list(map(list, table["counts"])) == [line["counts"] for line in lines], "histograms.jsonl: pandas reads other counts")
    seen = set()
    for line in lines:
        tag, step = f"{line['tensor']}/layer_{line['layer']:02}", line["step"]
        seen.add((tag, step))
        found = histograms.get(tag, {}).get(step)
        if found is None:
            faults.append(f"events: {tag}: no histogram at step {step}")
        else:
            check_histogram(f"events: {tag} at step {step}", line, found, faults)
    others = {(tag, step) for tag, by_step in histograms.items() for step in by_step} - seen
    faults.expect(not others, f"events: histograms that histograms.jsonl has not: {sorted(others)}")
    return len(lines)


def check_dashboard(paths, faults):
    """The values as TensorBoard's pages get them: every one belongs to a plugin, and no bucket is inside out."""
    from tensorboard.backend.event_processing import event_file_loader
    from tensorboard.util import tensor_util

    plugins = {}
    for path in paths:
        for event in event_file_loader.EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                plugin = plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
                if plugin == "histograms":
                    buckets = tensor_util.make_ndarray(value.tensor)
                    faults.expect(bool((buckets[:, 0] <= buckets[:, 1]).all()), f"events: {value.tag}: a bucket is inside out")
    homeless = sorted(tag for tag, plugin in plugins.items() if plugin not in {"scalars", "histograms", "images", "text"})
    faults.expect(not homeless, f"events: tags that no page shows: {homeless}")


def check_events(run, tables, faults):
    paths = sorted(run.glob("events.out.tfevents.*"))
    if not paths:
        faults.append("events.out.tfevents.*: is not there")
        return
    records = sum(read_records(path, faults) for path in paths)
    scalars, histograms = accumulate(paths)
    points = 0
    if all(tables.get(name) is not None for name in ["steps.csv", "layers.csv", "epochs.csv"]):
        points = check_scalars(scalars, tables["steps.csv"], tables["layers.csv"], tables["epochs.csv"], faults)
    lines = check_histograms(run, histograms, faults)
    check_dashboard(paths, faults)
    print(f"  TensorBoard: {records} records, {points} scalars under {len(scalars)} tags, {lines} histograms")


# --- tensors ---

def check_model(run, faults):
    from safetensors import safe_open
    from safetensors.numpy import load_file

    if not (run / "model.safetensors").exists():
        faults.append("model.safetensors: is not there")
        return
    for path in sorted(run.glob("*.safetensors")):
        tensors = load_file(path)
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            faults.expect(set(file.keys()) == set(tensors), f"{path.name}: the readers see other names")
        print(f"  {path.name}: {len(tensors)} tensors, metadata {sorted(metadata)}")
    tensors = load_file(run / "model.safetensors")
    faults.expect({"0.weight", "0.bias"} <= set(tensors), f"model.safetensors: no 0.weight and 0.bias among {sorted(tensors)}")
    for name, values in tensors.items():
        faults.expect(re.fullmatch(r"\d+(\.\w+)+", name) is not None, f"model.safetensors: {name} is no name of a Sequential")
        faults.expect(values.dtype.kind in "fi", f"model.safetensors: {name} is {values.dtype}")


def check_arrays(run, faults):
    import numpy as np

    for path in sorted(run.rglob("*.npy")):
        try:
            array = np.load(path, allow_pickle=False)
            faults.expect(array.flags["C_CONTIGUOUS"] and array.dtype.name in {"float32", "float64", "int32"},
                          f"{path.name}: {array.dtype}, {array.flags}")
        except ValueError as error:
            faults.append(f"{path.name}: {error}")


def check_torch(run, faults):
    """A Sequential with Linear where the file has two-dimensional weights takes the file as its state."""
    import torch
    from safetensors.torch import load_file

    state = load_file(run / "model.safetensors")
    linear = {int(name.split(".")[0]): weight for name, weight in state.items() if re.fullmatch(r"\d+\.weight", name) and weight.dim() == 2}
    others = sorted(name for name in state if int(name.split(".")[0]) not in linear)
    layers = []
    for place in range(max(linear) + 1):
        out_features, in_features = linear[place].shape if place in linear else (0, 0)
        layers.append(torch.nn.Linear(in_features, out_features, bias=f"{place}.bias" in state) if place in linear else torch.nn.Identity())
    model = torch.nn.Sequential(*layers)
    answer = model.load_state_dict(state, strict=False)
    faults.expect(not answer.missing_keys, f"PyTorch: model.safetensors lacks {answer.missing_keys}")
    faults.expect(sorted(answer.unexpected_keys) == others, f"PyTorch: unexpected {answer.unexpected_keys}")
    for name, values in model.state_dict().items():
        faults.expect(bool(torch.equal(values, state[name].to(values.dtype))), f"PyTorch: {name} has other values")
    left = f", left to other modules: {', '.join(others)}" if others else ""
    print(f"  PyTorch {torch.__version__}: a Sequential of {len(linear)} Linear takes model.safetensors{left}")


def check_torch_somewhere(run, faults):
    try:
        import torch  # noqa: F401
    except ImportError:
        other = os.environ.get("SEEGRAD_TORCH_PYTHON")
        if not other:
            print("  PyTorch: left out, it is not installed here (SEEGRAD_TORCH_PYTHON can name a Python that has it)")
            return
        code = subprocess.run([other, __file__, "--torch", str(run)], check=False).returncode
        faults.expect(code in (0, 77), f"PyTorch: {other} found the faults above")
        return
    check_torch(run, faults)


# --- the whole ---

def need(packages):
    for package in packages:
        try:
            __import__(package)
        except ImportError:
            print(f"check_formats.py: skipped, {sys.executable} has no {package}")
            sys.exit(77)


def attempt(faults, what, check, *arguments):
    """What a package throws at a damaged file is a fault like others."""
    try:
        return check(*arguments, faults)
    except Exception as error:  # of any package
        faults.append(f"{what}: {type(error).__name__}: {error}")
        return None


def check_run(run, only_torch):
    faults = Faults()
    print(f"{run}:", flush=True)
    if only_torch:
        attempt(faults, "PyTorch", check_torch, run)
        return faults
    tables = {}
    check_json(run, faults)
    for name in TABLES:
        tables[name] = attempt(faults, name, check_table, run, name)
    print("  pandas: " + ", ".join(f"{name} {len(table)} rows" for name, table in tables.items() if table is not None))
    attempt(faults, "events", check_events, run, tables)
    attempt(faults, "safetensors", check_model, run)
    attempt(faults, "arrays", check_arrays, run)
    sys.stdout.flush()
    attempt(faults, "PyTorch", check_torch_somewhere, run)
    return faults


def main():
    arguments = sys.argv[1:]
    only_torch = arguments[:1] == ["--torch"]
    runs = [pathlib.Path(path) for path in arguments[1 if only_torch else 0:]]
    if not runs:
        print(__doc__)
        sys.exit(2)
    need(["torch", "safetensors.torch"] if only_torch else ["numpy", "pandas", "safetensors.numpy", "tensorboard", "PIL"])
    faults = [f"{run}: {fault}" for run in runs for fault in check_run(run, only_torch)]
    most = 30
    for fault in faults[:most]:
        print(f"FAULT {fault}")
    if len(faults) > most:
        print(f"and {len(faults) - most} more")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
