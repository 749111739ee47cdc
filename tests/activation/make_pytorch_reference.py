#!/usr/bin/env python3
"""Writes pytorch_reference.csv: f and f' of every activation that PyTorch has, as PyTorch computes them in float64.

Columns: our name with parameters; PyTorch's name; x; f; df; reason. A reason marks a row where PyTorch's value is not the
mathematical one; pytorch_reference_test.cpp holds us to the textbook there, and knows the list of reasons:

  nan_at_infinity   x is infinite and PyTorch computes inf - inf or 0 * inf where f or f' has a limit
  overflow          x is finite, and a square or cube of it on the way is not
  threshold         softplus takes x itself once beta*x > 20, which is off by log1p(exp(-20)) = 2e-9 there
  float32_constant  the slope of hardsigmoid is 1/6 rounded to float32, also in float64 (off by 5e-9)

Usage: make_pytorch_reference.py [FILE]   (any Python that can import torch)
"""

import math
import pathlib
import sys

SPECIAL = [0.0, -0.0, 1e-300, -1e-300, 1e-20, -1e-20, 1e-7, -1e-7, 1e-3, -1e-3, math.inf, -math.inf]
KINKS = [0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0]
TAILS = [8.1, 12.5, 19.9, 20.1, 25.0, 36.5, 45.0, 100.0, 710.0, 750.0, 1e4, 1e30, 1e160, 1e300]
POINTS = SPECIAL + [s * x for x in KINKS + TAILS for s in (1, -1)] + [i * 0.37 - 4.1 for i in range(23)]


def cases():
    """(our name, PyTorch's name, the function)"""
    import torch
    from torch import nn

    modules = [
        ("identity", nn.Identity()),
        ("elu", nn.ELU()),
        ("elu(alpha=0.5)", nn.ELU(0.5)),
        ("hardshrink", nn.Hardshrink()),
        ("hardshrink(lambda=0.25)", nn.Hardshrink(0.25)),
        ("hardsigmoid", nn.Hardsigmoid()),
        ("hardtanh", nn.Hardtanh()),
        ("hardtanh(-2, 0.5)", nn.Hardtanh(-2, 0.5)),
        ("hardswish", nn.Hardswish()),
        ("leaky_relu", nn.LeakyReLU()),
        ("leaky_relu(slope=0.2)", nn.LeakyReLU(0.2)),
        ("log_sigmoid", nn.LogSigmoid()),
        ("prelu", nn.PReLU()),
        ("prelu(slope=0.1)", nn.PReLU(init=0.1, dtype=torch.float64)),  # not 0.1 rounded to float32
        ("relu", nn.ReLU()),
        ("relu6", nn.ReLU6()),
        ("rrelu", nn.RReLU().eval()),
        ("rrelu(0.1, 0.5)", nn.RReLU(0.1, 0.5).eval()),
        ("selu", nn.SELU()),
        ("celu", nn.CELU()),
        ("celu(alpha=0.5)", nn.CELU(0.5)),
        ("gelu", nn.GELU()),
        ("gelu_tanh", nn.GELU(approximate="tanh")),
        ("sigmoid", nn.Sigmoid()),
        ("silu", nn.SiLU()),
        ("mish", nn.Mish()),
        ("softplus", nn.Softplus()),
        ("softplus(beta=2)", nn.Softplus(beta=2)),
        ("softshrink", nn.Softshrink()),
        ("softshrink(lambda=2)", nn.Softshrink(2)),
        ("softsign", nn.Softsign()),
        ("tanh", nn.Tanh()),
        ("tanhshrink", nn.Tanhshrink()),
        ("threshold(0.1, 20)", nn.Threshold(0.1, 20)),
        ("threshold(1, 0)", nn.Threshold(1, 0)),
    ]
    functions = [("abs", torch.abs), ("sign", torch.sign), ("arctan", torch.atan), ("asinh", torch.asinh), ("sine(omega=1)", torch.sin)]
    return [(ours, type(m).__name__, m.double()) for ours, m in modules] + [(ours, f.__name__, f) for ours, f in functions]


def reason(ours, x, f, df):
    wrong = math.isnan(f) or math.isnan(df) or (math.isfinite(x) and (math.isinf(f) or math.isinf(df)))
    if ours.startswith("sine") and math.isinf(x):
        return ""  # there is no limit
    if wrong:
        return "nan_at_infinity" if math.isinf(x) else "overflow"
    beta = 2 if ours == "softplus(beta=2)" else 1
    if ours.startswith("softplus") and 20 < beta * x < 28:  # beyond 28 the difference is below 1e-12
        return "threshold"
    if ours == "hardsigmoid" and abs(x) < 3:
        return "float32_constant"
    return ""


def rows():
    import torch

    for ours, theirs, function in cases():
        x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
        y = function(x)
        y.sum().backward()
        for value, f, df in zip(POINTS, y.tolist(), x.grad.tolist()):
            yield ours, theirs, value, f, df, reason(ours, value, f, df)


def table():
    import torch

    lines = [f"# torch {torch.__version__}, float64, on the CPU; written by make_pytorch_reference.py", "activation,torch,x,f,df,reason"]
    for ours, theirs, x, f, df, why in rows():
        lines.append(f'"{ours}",{theirs},{x:.17g},{f:.17g},{df:.17g},{why}')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent / "pytorch_reference.csv"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    text = table()
    path.write_text(text)
    print(f"{path}: {text.count(chr(10)) - 2} rows")
