"""The work of examples/activation_speed.cpp, written for PyTorch: activations forward and backward on one large tensor.

Prints one line of JSON: {"version", "copy_gbps", "rows": [{"name", "forward", "forward_into", "backward", "backward_into"}]}, medians
in milliseconds. "forward" and "backward" are the plain calls, which allocate their result each time: y = f(x) without a tape, and
torch.autograd.grad(y, x, g). The "_into" times write into a tensor that is already there, by the operators' out= forms; they are
null where PyTorch has none (mish has no such backward). On a GPU (--device cuda) times are those between two events on the device, and
a timed run is as many calls in a row as move some 8 GB an array, like ours.
"""
import argparse
import json
import math
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


class Clock:
    """Milliseconds of a call: by the wall clock, or by events on the device, which leave out what the host does before and after."""

    def __init__(self, device, array_bytes):
        self.on_gpu = device != "cpu"
        self.calls = min(max(math.ceil(8e9 / array_bytes), 1), 100) if self.on_gpu else 1

    def run(self, work):
        if self.on_gpu:
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            torch.cuda.synchronize()
            begin.record()
            for _ in range(self.calls):
                result = work()
                del result
            end.record()
            end.synchronize()
            return begin.elapsed_time(end) / self.calls
        start = time.perf_counter()
        result = work()
        elapsed = (time.perf_counter() - start) * 1e3
        del result
        return elapsed

    def median_of(self, work, warmup, runs):
        """What a call returns is freed before the next one starts."""
        return statistics.median([self.run(work) for _ in range(warmup + runs)][warmup:])


def measure(name, x, g, y, dx, clock, warmup, runs):
    plain, forward_into, backward_into = FUNCTIONS[name]
    row = {"name": name, "forward_into": None, "backward_into": None}
    with torch.no_grad():
        row["forward"] = clock.median_of(lambda: plain(x), warmup, runs)
        row["forward_into"] = clock.median_of(lambda: forward_into(x, y), warmup, runs)
        if backward_into:
            row["backward_into"] = clock.median_of(lambda: backward_into(x, y, g, dx), warmup, runs)
    leaf = x.detach().requires_grad_(True)
    result = plain(leaf)
    row["backward"] = clock.median_of(lambda: torch.autograd.grad(result, leaf, g, retain_graph=True), warmup, runs)
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
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    options = parser.parse_args()
    names = options.activation.split(",")
    unknown = [name for name in names if name not in FUNCTIONS]
    if unknown:
        parser.error(f"--activation {unknown[0]}: is not among {', '.join(FUNCTIONS)}")

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    dtype = getattr(torch, options.type)
    if options.device != "cpu" and not torch.cuda.is_available():
        parser.error(f"--device {options.device}: PyTorch {torch.__version__} finds no GPU here")
    if options.device != "cpu":
        torch.cuda.set_device(options.device if ":" in options.device else 0)
    x = torch.randn(options.rows, options.cols, dtype=dtype, device=options.device)
    g = torch.randn_like(x)
    y, dx = torch.zeros_like(x), torch.zeros_like(x)
    clock = Clock(options.device, x.nbytes)
    copy = clock.median_of(lambda: y.copy_(x), options.warmup, options.runs)
    rows = [measure(name, x, g, y, dx, clock, options.warmup, options.runs) for name in names]
    print(json.dumps({"version": torch.__version__, "copy_gbps": 2e-6 * x.nbytes / copy, "rows": rows}))


if __name__ == "__main__":
    main()
