#!/usr/bin/env python3
"""Checks that the rooms of the house include each other only along the arrows.

    examples -> train -> {nn, optim, data, observe, record}
    record -> observe -> tensor
    optim -> nn -> ops -> tensor -> activation -> math
    data -> tensor

Beyond these: examples may show kernels; a backend builds on tensor, activation and math and knows no other backend; only tensor's device table
(src/tensor/device*) knows that backends exist; the heavy libraries stay out of public headers; tests and benchmarks may
include anything. Usage: check_includes.py [ROOT], or check_includes.py --self-test.
"""

import re
import sys
import tempfile
from pathlib import Path

MATH = {"math"}
ACTIVATION = MATH | {"activation"}
TENSOR = ACTIVATION | {"tensor"}
OPS = TENSOR | {"ops"}
NN = OPS | {"nn"}
OPTIM = NN | {"optim"}
DATA = {"math", "tensor", "data"}
OBSERVE = TENSOR | {"observe"}
RECORD = OBSERVE | {"record"}
TRAIN = OPTIM | DATA | RECORD | {"train"}

# What a file of each room may include; a room may always include itself.
ALLOWED = {
    "math": MATH, "activation": ACTIVATION, "tensor": TENSOR, "ops": OPS, "nn": NN, "optim": OPTIM, "data": DATA,
    "observe": OBSERVE, "record": RECORD, "train": TRAIN, "kernels": ACTIVATION | {"kernels"},
    "examples": TRAIN | {"examples", "kernels"},  # kernels: lessons run them on the CPU
}
FREE = {"tests", "benchmarks"}  # may include anything
BACKEND_BASE = TENSOR | {"kernels"}
KEEPER_OF_BACKENDS = re.compile(r"src/tensor/device[^/]*$")
HEAVY = re.compile(r"^(fmt|CLI|nlohmann|xsimd|oneapi|benchmark|catch2)/|^(dnnl|zlib|stb_)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp", ".cu", ".cuh", ".h"}


def room_of(path):
    """The room of a path relative to the root: "nn", "backend/cpu", "examples", ... or None for files in no room."""
    parts = Path(path).parts
    if parts[:2] == ("include", "seegrad"):
        parts = parts[2:]
    elif parts[0] == "src":
        parts = parts[1:]
    elif parts[0] not in FREE | {"examples"}:
        return None
    if len(parts) < 2:
        return None  # e.g. include/seegrad/seegrad.hpp, which gathers everything for users
    return "/".join(parts[:2]) if parts[0] == "backend" and len(parts) > 2 else parts[0]


def resolve(root, file, quote, name):
    """The included file relative to the root, or None if it is not one of ours."""
    places = [file.parent] if quote == '"' else []
    for place in places + [root / "include", root / "src"]:
        candidate = (place / name).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    return "include/" + name if name.startswith("seegrad/") else None


def allowed_for(path, room):
    """The set of rooms that a file may include; None means all of them."""
    if room is None or room in FREE:
        return None
    if room.startswith("backend"):
        return BACKEND_BASE | {room, "backend"}
    allowed = ALLOWED.get(room, set()) | {room}
    return allowed | {"backend/*"} if KEEPER_OF_BACKENDS.search(path) else allowed


def fault_of(root, file, quote, name):
    """What is wrong with one include line, or None."""
    path = file.relative_to(root).as_posix()
    room = room_of(path)
    if path.startswith("include/") and HEAVY.search(name):
        return f"public header includes <{name}>: users would need that library; include it in a source file"
    allowed, target_path = allowed_for(path, room), resolve(root, file, quote, name)
    if allowed is None or target_path is None:
        return None
    target = room_of(target_path)
    if target is None:
        gathers = re.fullmatch(r"include/seegrad/[^/]+", target_path) and not target_path.endswith("/version.hpp")
        return f"{room} includes {target_path}, which gathers everything" if gathers and room != "examples" else None
    if target in allowed or (target.startswith("backend") and "backend/*" in allowed):
        return None
    return f"{room} includes {target} ({name}); {room} may include: {', '.join(sorted(allowed - {room})) or 'no other room'}"


def sources(root):
    for folder in ("include", "src", "examples", "benchmarks", "tests"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                yield file


def check(root):
    """All faults below root as (file, line, text), and the number of files read."""
    root, faults, count = Path(root).resolve(), [], 0
    for file in sources(root):
        count += 1
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            fault = fault_of(root, file, *match.groups()) if match else None
            if fault:
                faults.append((file.relative_to(root).as_posix(), number, fault))
    return faults, count


PLANTED = {  # file: (included, is it a fault?)
    "include/seegrad/math/a.hpp": ('"seegrad/tensor/a.hpp"', True),
    "include/seegrad/math/b.hpp": ("<cmath>", False),
    "include/seegrad/tensor/a.hpp": ('"seegrad/activation/a.hpp"', False),
    "include/seegrad/tensor/b.hpp": ("<fmt/format.h>", True),
    "src/tensor/b.cpp": ("<fmt/format.h>", False),
    "src/tensor/tensor.cpp": ('"backend/cpu/pool.hpp"', True),
    "src/tensor/device.cpp": ('"backend/cpu/pool.hpp"', False),
    "src/backend/cpu/pool.hpp": ('"seegrad/tensor/a.hpp"', False),
    "src/backend/cpu/b.cpp": ('"pool.hpp"', False),
    "src/backend/cpu/vector/c.cpp": ('"../pool.hpp"', False),
    "src/backend/cpu/d.cpp": ('"seegrad/ops/a.hpp"', True),
    "src/backend/cuda/e.cpp": ('"backend/cpu/pool.hpp"', True),
    "include/seegrad/ops/a.hpp": ('"seegrad/tensor/a.hpp"', False),
    "include/seegrad/nn/a.hpp": ('"seegrad/math/b.hpp"', False),
    "src/nn/b.cpp": ('"seegrad/observe/a.hpp"', True),
    "src/nn/c.cpp": ('"../record/hidden.hpp"', True),
    "src/record/hidden.hpp": ('"seegrad/observe/a.hpp"', False),
    "src/nn/d.cpp": ("<seegrad/optim/a.hpp>", True),
    "src/nn/e.cpp": ('"seegrad/seegrad.hpp"', True),
    "src/nn/f.cpp": ('"seegrad/version.hpp"', False),
    "include/seegrad/observe/a.hpp": ('"seegrad/nn/a.hpp"', True),
    "include/seegrad/optim/a.hpp": ('"seegrad/nn/a.hpp"', False),
    "src/data/a.cpp": ('"seegrad/nn/a.hpp"', True),
    "src/train/a.cpp": ('"seegrad/observe/a.hpp"', False),
    "src/optim/b.cpp": ('"seegrad/train/a.hpp"', True),
    "include/seegrad/seegrad.hpp": ('"seegrad/optim/a.hpp"', False),
    "examples/a.cpp": ('"seegrad/train/a.hpp"', False),
    "examples/b.cpp": ('"backend/cpu/pool.hpp"', True),
    "src/kernels/a.hpp": ('"seegrad/math/b.hpp"', False),
    "src/kernels/b.hpp": ('"seegrad/tensor/a.hpp"', True),
    "examples/c.cpp": ('"kernels/a.hpp"', False),
    "tests/backend/a_test.cpp": ('"backend/cpu/pool.hpp"', False),
}


def self_test():
    """Plants good and bad includes in a scratch tree and looks whether exactly the bad ones are found."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (included, _) in PLANTED.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"// planted\n#include {included}\n")
        found = {path for path, line, _ in check(folder)[0] if line == 2}
    expected = {name for name, (_, bad) in PLANTED.items() if bad}
    for name in sorted(expected - found):
        print(f"self-test: not caught: {name} includes {PLANTED[name][0]}")
    for name in sorted(found - expected):
        print(f"self-test: wrongly reported: {name} includes {PLANTED[name][0]}")
    print(f"self-test: {len(expected & found)} of {len(expected)} planted faults caught")
    return int(found != expected)


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    faults, count = check(arguments[0] if arguments else Path(__file__).resolve().parent.parent)
    for path, line, text in faults:
        print(f"{path}:{line}: {text}")
    print(f"{count} files, {len(faults)} includes against the arrows")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
