"""The work of examples/activation_speed.cpp, written for PyTorch: activations forward and backward on one large tensor.

Prints one line of JSON: {"version", "rows": [{"name", "forward", "forward_into", "backward", "backward_into"}]}, medians in
milliseconds. "forward" and "backward" are the plain calls, which allocate their result each time: y = f(x) without a tape, and
torch.autograd.grad(y, x, g). The "_into" times write into a tensor that is already there, by the operators' out= forms; they are
null where PyTorch has none (mish has no such backward).
"""
import argparse
import json
import statistics
import time

import torch

aten = torch.ops.aten
# name: plain call, forward into y, backward into dx
FUNCTIONS = {
    "sigmoid": (torch.sigmoid, lambda x, y: torch.sigmoid(x, out=y), lambda x, y, g, dx: aten.sigmoid_backward(g, y, grad_input=dx)),
    "tanh": (torch.tanh, lambda x, y: torch.tanh(x, out=y), lambda x, y, g, dx: aten.tanh_backward(g, y, grad_input=dx)),
    "relu": (torch.relu, lambda x, y: torch.clamp(x, min=0, out=y), lambda x, y, g, dx: aten.threshold_backward(g, y, 0, grad_input=dx)),
    "leaky_relu": (torch.nn.functional.leaky_relu, lambda x, y: aten.leaky_relu(x, 0.01, out=y),
                   lambda x, y, g, dx: aten.leaky_relu_backward(g, x, 0.01, False, grad_input=dx)),
    "elu": (torch.nn.functional.elu, lambda x, y: aten.elu(x, 1, 1, 1, out=y),
            lambda x, y, g, dx: aten.elu_backward(g, 1, 1, 1, False, x, grad_input=dx)),
    "silu": (torch.nn.functional.silu, lambda x, y: aten.silu(x, out=y), lambda x, y, g, dx: aten.silu_backward(g, x, grad_input=dx)),
    "gelu": (torch.nn.functional.gelu, lambda x, y: aten.gelu(x, approximate="none", out=y),
             lambda x, y, g, dx: aten.gelu_backward(g, x, approximate="none", grad_input=dx)),
    "mish": (torch.nn.functional.mish, lambda x, y: aten.mish(x, out=y), None),
    "softmax": (lambda x: torch.softmax(x, -1), lambda x, y: torch.softmax(x, -1, out=y),
                lambda x, y, g, dx: aten._softmax_backward_data(g, y, -1, x.dtype, grad_input=dx)),
    "log_softmax": (lambda x: torch.log_softmax(x, -1), lambda x, y: torch.log_softmax(x, -1, out=y),
                    lambda x, y, g, dx: aten._log_softmax_backward_data(g, y, -1, x.dtype, out=dx)),
}


def median_of(work, warmup, runs):
    """Milliseconds of a run; what it returns is freed before the next one starts."""
    times = []
    for run in range(warmup + runs):
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1e3)
        del result
    return statistics.median(times[warmup:])


def measure(name, x, g, y, dx, warmup, runs):
    plain, forward_into, backward_into = FUNCTIONS[name]
    row = {"name": name, "forward_into": None, "backward_into": None}
    with torch.no_grad():
        row["forward"] = median_of(lambda: plain(x), warmup, runs)
        row["forward_into"] = median_of(lambda: forward_into(x, y), warmup, runs)
        if backward_into:
            row["backward_into"] = median_of(lambda: backward_into(x, y, g, dx), warmup, runs)
    leaf = x.detach().requires_grad_(True)
    result = plain(leaf)
    row["backward"] = median_of(lambda: torch.autograd.grad(result, leaf, g, retain_graph=True), warmup, runs)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--activation", default="sigmoid,tanh,relu,leaky_relu,elu,silu,gelu,mish,softmax")
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--cols", type=int, default=100024)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--type", choices=("float32", "float64"), default="float32")
    options = parser.parse_args()
    names = options.activation.split(",")
    unknown = [name for name in names if name not in FUNCTIONS]
    if unknown:
        parser.error(f"--activation {unknown[0]}: is not among {', '.join(FUNCTIONS)}")

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    dtype = getattr(torch, options.type)
    x = torch.randn(options.rows, options.cols, dtype=dtype)
    g = torch.randn_like(x)
    y, dx = torch.zeros_like(x), torch.zeros_like(x)
    rows = [measure(name, x, g, y, dx, options.warmup, options.runs) for name in names]
    print(json.dumps({"version": torch.__version__, "rows": rows}))


if __name__ == "__main__":
    main()
