#!/usr/bin/env python3
"""Data for report.html that no training run had to make: plausible, the same every time, and some of it hostile.

    make_fake_data.py FOLDER               writes single, comparison, large and hostile .json
    make_fake_data.py --runs FILE RUN...   takes the tables of real run folders, and makes up only the histograms and pictures

Standard library only.
"""
import base64
import csv
import json
import math
import pathlib
import random
import struct
import sys
import zlib

CLASSES = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
METRICS = ["delta_rms", "weight_grad_rms", "update_ratio", "zero_share", "saturated_share", "dead_share", "sign_coherence",
           "h_mean", "h_std", "z_std", "nan_count", "inf_count"]
FORMULAS = {  # name: (formula, f, by what it multiplies delta in a layer with its usual initialisation)
    "relu": ("max(0, x)", lambda x: max(0.0, x), 0.99),
    "sigmoid": ("1/(1 + exp(-x))", lambda x: 1 / (1 + math.exp(-x)), 0.235),
    "tanh": ("tanh(x)", math.tanh, 0.86),
    "gelu": ("x*Phi(x)", lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))), 0.97),
}


def rounded(value):
    """Four significant digits; what is not finite is null. Lists and dictionaries likewise."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value


def png(width, height, pixels):
    """A data URL of an RGB picture."""
    lines = b"".join(b"\0" + bytes(pixels[3 * width * y:3 * width * (y + 1)]) for y in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(file).decode()


def sprite(rng, count, columns, signed, tile=28):
    rows = (count + columns - 1) // columns
    width, pixels = columns * tile, bytearray(b"\xff" * (3 * columns * rows * tile * tile))
    for index in range(count):
        blobs = [(rng.uniform(6, 22), rng.uniform(6, 22), rng.uniform(2, 6), rng.choice([-1, 1])) for _ in range(4)]
        for y in range(tile):
            for x in range(tile):
                value = sum(sign * math.exp(-((x - bx) ** 2 + (y - by) ** 2) / (2 * r * r)) for bx, by, r, sign in blobs)
                place = 3 * (((index // columns) * tile + y) * width + (index % columns) * tile + x)
                value = max(-1.0, min(1.0, value + rng.gauss(0, 0.12)))
                if signed:
                    red = 255 if value > 0 else int(255 * (1 + value))
                    pixels[place:place + 3] = bytes([red, int(255 * (1 - abs(value))), int(255 * (1 - value)) if value > 0 else 255])
                else:
                    pixels[place:place + 3] = bytes([int(255 * abs(value))] * 3)
    return png(width, rows * tile, pixels)


def bin_of(x):
    """include/seegrad/math/histogram_bin.hpp, in Python."""
    if x == 0:
        return 128
    mantissa, exponent = math.frexp(abs(x))  # mantissa in [0.5, 1)
    place = max(0, min(127, 2 * (exponent - 1 + 40) + (1 if mantissa >= 0.75 else 0)))
    return 129 + place if x > 0 else 127 - place


def packed(values, nan=0):
    bins = {}
    for x in values:
        bins[bin_of(x)] = bins.get(bin_of(x), 0) + 1
    if not bins:
        return [128, [0], nan]
    first, last = min(bins), max(bins)
    return [first, [bins.get(one, 0) for one in range(first, last + 1)], nan]


def layers_of(activation, depth, width):
    return [{"layer": row + 1, "name": str(2 * row), "units": width, "activation": activation} for row in range(depth)] + \
        [{"layer": depth + 1, "name": str(2 * depth), "units": 10, "activation": ""}]


def made_up_tables(rng, activation, depth, steps, columns):
    """Curves as training draws them: the loss falls and jitters, delta falls by its factor, some ReLUs die."""
    _, f, factor = FORMULAS[activation]
    learns = factor > 0.5
    every = max(1, steps // 4000)
    step = list(range(0, steps, every))
    loss = [(0.35 + 1.95 * math.exp(-6 * s / steps) if learns else 2.303) * (1 + rng.gauss(0, 0.09 if learns else 0.004)) for s in step]
    accuracy = [min(1.0, max(0.0, (0.89 - 0.79 * math.exp(-7 * s / steps) if learns else 0.1) + rng.gauss(0, 0.04))) for s in step]
    epochs, ends = 10, [(e + 1) * steps // 10 - 1 for e in range(10)]
    test = [0.42 + 0.5 * math.exp(-e / 2) + 0.006 * e if learns else 2.303 for e in range(epochs)]
    right = [0.86 - 0.1 * math.exp(-e / 2) if learns else 0.1 for e in range(epochs)]
    grid_step = [round(column * (steps - 1) / max(1, columns - 1)) for column in range(columns)]
    metrics = {name: [] for name in METRICS}
    for row in range(depth + 1):
        output, way = row == depth, depth - row
        rows = {name: [] for name in METRICS}
        death = rng.uniform(0.02, 0.16) if activation == "relu" and not output else 0
        for s in grid_step:
            t = s / max(1, steps)
            delta = 4.5e-3 * (1 if output else 0.25 * (factor + (1 - factor) * 0.1 * t) ** (way - 1)) * math.exp(rng.gauss(0, 0.15))
            zero = 0 if output or activation != "relu" else min(0.97, 0.5 + 0.15 * t + rng.gauss(0, 0.02))
            mean = 0.5 if activation == "sigmoid" else 0 if activation == "tanh" else 0.4
            rows["delta_rms"].append(delta)
            rows["weight_grad_rms"].append(delta * 9 * math.exp(rng.gauss(0, 0.1)))
            rows["update_ratio"].append(delta * 3.1 * math.exp(rng.gauss(0, 0.2)))
            rows["zero_share"].append(zero)
            rows["saturated_share"].append(zero if activation == "relu" else max(0, 0.03 * t + rng.gauss(0, 0.004)))
            rows["dead_share"].append(round(128 * death * min(1, 3 * t)) / 128)
            rows["sign_coherence"].append(min(1, max(0, (0.3 if row == 0 else 0.55 if mean else 0.12) + 0.05 * math.sin(9 * t + row) + rng.gauss(0, 0.02))))
            rows["h_mean"].append(mean * (1 + 0.3 * t) - (0.3 if output else 0) + rng.gauss(0, 0.02))
            rows["h_std"].append((0.12 if activation == "sigmoid" else 0.7) * (1 + t) * math.exp(rng.gauss(0, 0.03)))
            rows["z_std"].append((0.5 if activation == "sigmoid" else 1.2) * (1 + t) * math.exp(rng.gauss(0, 0.03)))
            rows["nan_count"].append(0)
            rows["inf_count"].append(0)
        for name in METRICS:
            metrics[name].append(rows[name])
    return {
        "steps": {"step": step, "train_loss": loss, "train_accuracy": accuracy,
            "learning_rate": [0.05 * (1 + math.cos(math.pi * s / steps)) for s in step]},
        "epochs": {"epoch": list(range(1, epochs + 1)), "step": ends, "train_loss": [loss[min(len(loss) - 1, e // every)] for e in ends],
        "test_loss": test, "test_accuracy": right},
        "grid": {"step": grid_step, "thinned": steps // 20 > columns, "logged": max(columns, steps // 20), "metrics": metrics},
    }


def read_tables(folder):
    """The tables of a real run folder."""
    def rows(name):
        with open(folder / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    number = lambda text: float(text) if text not in ("", "nan") else float("nan")
    steps, epochs, layers = rows("steps.csv"), rows("epochs.csv"), rows("layers.csv")
    column = sorted({int(row["step"]) for row in layers})
    depth = max(int(row["layer"]) for row in layers)
    value = {(int(row["step"]), int(row["layer"])): row for row in layers}
    last = {int(row["epoch"]): int(row["step"]) for row in steps}
    return {
        "steps": {"step": [int(row["step"]) for row in steps],
            **{name: [number(row[name]) for row in steps] for name in ("train_loss", "train_accuracy", "learning_rate")}},
        "epochs": {"epoch": [int(row["epoch"]) for row in epochs], "step": [last[int(row["epoch"])] for row in epochs],
                   **{name: [number(row[name]) for row in epochs] for name in ("train_loss", "test_loss", "test_accuracy")}},
        "grid": {"step": column, "thinned": False, "logged": len(column),
                 "metrics": {name: [[number(value[s, layer][name]) for s in column] for layer in range(1, depth + 1)] for name in METRICS}},
    }


def histograms_of(rng, activation, tables, layers, count, samples):
    """z as a Gaussian of the logged width; h is f of it; delta heavy-tailed, and zero where ReLU is shut."""
    _, f, _ = FORMULAS[activation]
    metrics, grid = tables["grid"]["metrics"], tables["grid"]["step"]
    columns = sorted({round(i * (len(grid) - 1) / max(1, count - 1)) for i in range(min(count, len(grid)))})
    found = []
    for row, layer in enumerate(layers):
        at = {"z": [], "h": [], "delta": []}
        for column in columns:
            z = [rng.gauss(-0.1, metrics["z_std"][row][column] or 1) for _ in range(samples)]
            open_ = [activation != "relu" or not layer["activation"] or x > 0 for x in z]
            at["z"].append(packed(z))
            at["h"].append(packed([f(x) for x in z] if layer["activation"] else z))
            at["delta"].append(packed([rng.gauss(0, 1) ** 3 * 0.3 * metrics["delta_rms"][row][column] if o else 0 for o in open_]))
        found += [{"layer": layer["layer"], "tensor": tensor, "at": at[tensor]} for tensor in at]
    return {"steps": [grid[column] for column in columns], "layers": found}


def units_of(rng, activation, layers, steps):
    probes, found = steps[:: max(1, len(steps) // 64)], []
    for layer in layers[:-1]:
        changes = []
        for unit in range(layer["units"]):
            if rng.random() < (0.03 if activation == "relu" else 0):
                changes.append([probes[0], unit, "dead"])
            elif rng.random() < 0.12 and len(probes) > 2:
                start = rng.randrange(1, len(probes) - 1)
                changes.append([probes[start], unit, "dead" if activation == "relu" else "saturated"])
                if rng.random() < 0.3:
                    changes.append([probes[rng.randrange(start + 1, len(probes))], unit, "alive"])
        found.append({"layer": layer["layer"], "units": layer["units"], "changes": sorted(changes)})
    return {"probes": probes, "layers": found}


def diagnoses_of(activation, depth, flags):
    if activation == "sigmoid":
        return [
            {"name": "vanishing", "severity": "failure", "layers": list(range(1, depth - 2)), "units": None, "since": 0,
             "evidence": {"delta_factor_a_layer": 0.2349, "delta_rms_first_hidden_layer": 1.12e-9, "delta_rms_last_hidden_layer": 5.41e-4,
             "hidden_layers": depth},
             "what": "RMS delta is multiplied by 0.235 a layer on its way back: layer 1 gets 1.12e-9, layer 10 gets 5.41e-4.",
             "why": "f′ of sigmoid is at most 1/4, so every layer takes away three quarters of the gradient or more.",
             "page": "docs/diagnosis.md#vanishing", "remedy": "Take an activation whose slope is 1 somewhere, with the initialisation that fits it.",
             "command": f"./run.sh train_mlp --activation relu --init he --depth {depth} --epochs 2"},
            {"name": "chance_level", "severity": "failure", "layers": [], "units": None, "since": 88,
            "evidence": {"train_loss": 2.303, "loss_of_guessing": 2.3026, "updates": 850},
             "what": "For 850 updates the loss has stayed within 0.02 of 2.303, what guessing among 10 classes costs.",
             "why": "Only the last layers get a gradient, and they see the same signal whatever the image is.",
             "page": "docs/diagnosis.md#chance-level", "remedy": "Look at RMS delta first; then try fewer layers or another activation.",
             "command": f"./run.sh train_mlp --activation sigmoid --init xavier --depth 3 --epochs 2"}]
    if activation == "relu":
        return [{"name": "dead", "severity": "warning", "layers": [depth], "units": 13, "since": 120,
            "evidence": {"dead_units_share": 0.102, "units": 128, "born_dead": 19, "deaths": 28, "revivals": 34},
                 "what": "13 of 128 units of layer 10 are 0 on every probe: 19 from birth, 28 died later, 34 came back.",
                 "why": "A step pushed their bias so low that no sample opens them, and what is shut gets no gradient.",
                 "page": "docs/diagnosis.md#dead", "remedy": "Try a smaller step, or an activation with a slope on its left side.",
                 "command": f"./run.sh train_mlp --activation leaky_relu --init auto --depth {depth} --epochs 2"}]
    return []


def curve_of(activation):
    formula, f, _ = FORMULAS[activation]
    x = [-6 + 12 * i / 240 for i in range(241)]
    card = [["range", "[0, ∞)"], ["monotone", "increasing"], ["smoothness", "C0: f' jumps"], ["largest |f'|", "1 at x = 0"],
        ["saturated", "0.5000 of the mass"], ["E f'^2", "0.5"], ["gain", "1.414"], ["zero-centred", "no"]]
    return {"name": activation, "formula": formula, "card": card, "x": x, "f": [f(a) for a in x],
        "df": [(f(a + 1e-5) - f(a - 1e-5)) / 2e-5 for a in x]}


def run_of(name, activation, depth, tables, rng, histogram_steps=40, samples=800, width=128):
    layers, factor = layers_of(activation, depth, width), FORMULAS[activation][2]
    flags = {"activation": activation, "depth": depth, "width": width, "init": "he" if activation == "relu" else "xavier",
        "normalisation": "none", "dropout": 0.0, "optimizer": "sgd", "lr": 0.1,
             "schedule": "cosine", "batch": 64, "epochs": len(tables["epochs"]["epoch"]), "data": "auto", "seed": 1, "device": "auto",
                 "precision": "fp32", "log-every": 20}
    first = tables["grid"]["metrics"]["delta_rms"][depth - 1][0]
    return {
        "name": name, "folder": f"runs/20261125-{activation}",
            "command": f"./run.sh train_mlp --activation {activation} --depth {depth} --init {flags['init']} --epochs {flags['epochs']} --log-every 20",
        "config": flags,
        "about": {"example": "train_mlp", "version": "0.1.0", "device": "cpu", "threads": 1,
        "network": f"linear 784 -> {width}, " + f"{activation}, linear {width} -> {width}, " * (depth - 1) + f"{activation}, linear {width} -> 10",
                  "parameters": 250378, "data": "fashion-mnist", "data_note": "", "train_samples": 30000, "test_samples": 10000,
                  "classes": CLASSES},
        "result": {"interrupted": False, "steps": tables["steps"]["step"][-1] + 1, "epochs": flags["epochs"],
        "train_loss": tables["steps"]["train_loss"][-1], "train_accuracy": tables["steps"]["train_accuracy"][-1],
                   "test_loss": tables["epochs"]["test_loss"][-1], "test_accuracy": tables["epochs"]["test_accuracy"][-1], "seconds": 12.4,
                   "samples_per_second": 108740.75},
        "diagnoses": diagnoses_of(activation, depth, flags), **tables, "layers": layers,
        "theory": {"delta_rms": [first * factor ** (depth - 1 - row) for row in range(depth)] + [None], "z_std": [1.0] * depth + [None],
        "factor": factor, "measured_factor": factor * 1.03},
        "histograms": histograms_of(rng, activation, tables, layers, histogram_steps, samples), "activation": curve_of(activation),
            "units": units_of(rng, activation, layers, tables["grid"]["step"]),
        "weights": {"image": sprite(rng, 64, 16, True), "tile": 28, "columns": 16, "shown": 64, "of": width, "scale": 0.31},
        "mistakes": {"image": sprite(rng, 40, 8, False), "tile": 28, "columns": 8, "wrong": 1528, "of": 10000,
        "items": [mistake(rng, 17 * i + 3) for i in range(40)]},
    }


def mistake(rng, sample):
    label, predicted = rng.sample(range(10), 2)
    scores = [rng.random() ** 3 * 0.2 for _ in range(10)]
    scores[predicted], scores[label] = 1.2, rng.uniform(0.2, 1)
    return {"sample": sample, "label": label, "predicted": predicted, "scores": [score / sum(scores) for score in scores]}


def comparison_of(runs, differs):
    part = {"step": 0, "layer": 9, "metric": "delta_rms", "runs": [runs[0]["name"], runs[1]["name"]], "values": [1e-4, 1.2e-3],
            "sentence": f"{runs[0]['name']} and {runs[1]['name']} first part at step 0 in layer 9: RMS delta is 1.0e-4 in one and 1.2e-3 in the other."}
    return {"differs": differs, "rows": [], "part": part}


def hostile():
    """Every part that may be missing is missing somewhere, and names try to be markup."""
    rng, nothing = random.Random(3), {"step": [], "thinned": False, "logged": 0, "metrics": {}}
    markup = "</script><!-- <img src=x onerror=\"document.title='owned'\"> @DATA@ @STYLE@"
    deep = run_of("200 layers", "tanh", 200, made_up_tables(rng, "tanh", 200, 400, 20), rng, 2, 40, 8)
    broken = run_of(markup, "relu", 3, made_up_tables(rng, "relu", 3, 300, 12), rng, 4, 60)
    broken["about"]["classes"], broken["diagnoses"][0]["what"] = [markup] * 10, markup
    for name, rows in broken["grid"]["metrics"].items():
        rows[:] = [[(7 if name == "nan_count" else None) if column > 5 else value for column, value in enumerate(row)] for row in rows]
    broken["steps"]["train_loss"] = [None if i > 100 else value for i, value in enumerate(broken["steps"]["train_loss"])]
    for entry in broken["histograms"]["layers"]:
        entry["at"] = [entry["at"][0], None, [128, [0], 512], [0, [1] * 257, 3]]
    all_nan = run_of("all NaN", "gelu", 2, made_up_tables(rng, "gelu", 2, 100, 5), rng, 2, 10)
    for rows in all_nan["grid"]["metrics"].values():
        rows[:] = [[None] * 5 for _ in rows]
    for part in ("steps", "epochs"):
        for name, values in all_nan[part].items():
            if name not in ("step", "epoch"):
                values[:] = [None] * len(values)
    all_nan.update(theory=None, activation=None, weights=None, mistakes=None)
    one_step = run_of("one step", "relu", 0, made_up_tables(rng, "relu", 1, 1, 1), rng, 1, 10)
    one_step.update(layers=layers_of("relu", 0, 0), result=None, theory=None, units={"probes": [], "layers": []})
    for rows in one_step["grid"]["metrics"].values():
        del rows[1:]
    empty = {"name": "", "folder": "", "command": "", "config": {}, "about": {"classes": []}, "result": None, "diagnoses": [],
        "steps": {"step": []}, "epochs": {"epoch": []}, "layers": [],
             "grid": nothing, "theory": None, "histograms": {"steps": [], "layers": []}, "activation": None,
                 "units": {"probes": [], "layers": []}, "weights": None, "mistakes": None}
    runs = [broken, deep, all_nan, one_step, empty, {"name": "bare"}]
    return {"version": "0.1.0", "runs": runs, "comparison": {"differs": ["depth", "no-such-flag"], "rows": [], "part": None}}


def main():
    rng = random.Random(1)
    report = lambda runs, differs=None: {"version": "0.1.0", "runs": runs, "comparison": comparison_of(runs, differs) if differs else None}
    if sys.argv[1:2] == ["--runs"] and len(sys.argv) > 3:
        runs = []
        for folder in map(pathlib.Path, sys.argv[3:]):
            flags = json.loads((folder / "config.json").read_text(encoding="utf-8"))["flags"]
            runs.append(run_of(f"{flags['activation']}, depth {flags['depth']}", flags["activation"], flags["depth"], read_tables(folder),
                rng))
        pathlib.Path(sys.argv[2]).write_text(json.dumps(rounded(report(runs, ["activation", "init"] if len(runs) > 1 else None)),
            ensure_ascii=False), encoding="utf-8")
        return
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "single": report([run_of("relu, depth 10", "relu", 10, made_up_tables(rng, "relu", 10, 9380, 470), rng)]),
        "comparison": report([run_of(f"{name}, depth 10", name, 10, made_up_tables(rng, name, 10, 940, 47), rng, 12,
        300) for name in FORMULAS], ["activation", "init"]),
        "large": report([run_of(f"100,000 steps, seed {i}", "gelu", 10, made_up_tables(rng, "gelu", 10, 100000, 600), rng, 64,
        700) for i in range(3)], ["seed"]),
        "hostile": hostile(),
    }
    for name, content in made.items():
        (folder / f"{name}.json").write_text(json.dumps(rounded(content), ensure_ascii=False, allow_nan=False), encoding="utf-8")


if __name__ == "__main__":
    main()
