#!/usr/bin/env python3
"""Runs the models that onnx_cases writes by onnxruntime and compares with what the library computed.

    check_onnx.py ONNX_CASES [--keep FOLDER] [--all]

ONNX_CASES is the program. Prints the worst cases (with --all every one) and fails with the names of those whose outputs differ by more
than 1e-5 (absolute below 1, relative above). Where the package onnx is installed, its checker looks at every model too.
Exit code 77 where onnxruntime is not installed.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

TOLERANCE = 1e-5
SHOWN = 10


def difference(got, expected):
    """The largest difference; NaN and infinity must stand in the same places."""
    import numpy
    if got.shape != expected.shape:
        return float("inf")
    got, expected = got.astype(float), expected.astype(float)
    same = (got == expected) | (numpy.isnan(got) & numpy.isnan(expected))
    with numpy.errstate(invalid="ignore"):
        off = numpy.abs(got - expected) / numpy.maximum(1, numpy.abs(expected))
    off = numpy.where(same, 0, numpy.where(numpy.isfinite(off), off, numpy.inf))
    return float(off.max())


def check(folder, name, checker):
    """The difference of one case."""
    import numpy
    import onnxruntime
    path = folder / f"{name}.onnx"
    if checker:
        checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (images,), (logits,) = session.get_inputs(), session.get_outputs()
    inputs = numpy.load(folder / f"{name}.inputs.npy")
    expected = numpy.load(folder / f"{name}.expected.npy")
    if (images.name, images.shape) != ("images", ["N", inputs.shape[1]]):
        raise ValueError(f"takes {images.name} {images.shape}")
    if (logits.name, logits.shape) != ("logits", ["N", expected.shape[1]]):
        raise ValueError(f"gives {logits.name} {logits.shape}")
    one_row = session.run(None, {"images": inputs[:1]})[0]  # N is any number
    return max(difference(session.run(None, {"images": inputs})[0], expected), difference(one_row, expected[:1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="leave the models in this folder")
    parser.add_argument("--all", action="store_true", help="print every case")
    arguments = parser.parse_args()
    try:
        import onnxruntime
    except ImportError:
        print("onnxruntime is not installed; pip install onnxruntime onnx numpy")
        return 77
    try:
        from onnx import checker
    except ImportError:
        checker = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or pathlib.Path(scratch)
        subprocess.run([arguments.program.resolve(), folder], check=True)
        cases = [line.split(" ", 1) for line in (folder / "cases.txt").read_text().splitlines()]
        found, broken = [], []
        for name, about in cases:
            try:
                found.append((check(folder, name, checker), about))
            except Exception as error:  # whatever the runtime or the checker has against it
                broken.append(f"{about}: {str(error).splitlines()[0]}")
    found.sort(reverse=True)
    for off, about in found if arguments.all else found[:SHOWN]:
        print(f"{off:9.2e}  {about}")
    wrong = [about for off, about in found if not off <= TOLERANCE]
    print(f"{len(cases)} models by onnxruntime {onnxruntime.__version__}{'' if checker else ', not checked by onnx'}: "
          f"{len(wrong)} differ by more than {TOLERANCE:g}, {len(broken)} do not run")
    for line in broken + wrong:
        print(f"FAILED {line}")
    return 1 if wrong or broken or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
