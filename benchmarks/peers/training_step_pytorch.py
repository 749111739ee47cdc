"""The step of benchmarks/training_step.cpp, written for PyTorch: same network, batch, loss, optimiser and logging.

Prints one line of JSON: {"version", "median_us", "samples_per_second"}. Logging measures what seegrad's layers.csv holds for
every layer at every step, written as one would write it in PyTorch: hooks keep the tensors, and after the step everything is
computed and fetched in a single transfer.

On a GPU (--device cuda) the data set lies in its memory and each step gathers a batch of its own by indices from the host, as ours
does; the host waits once in 50 steps; what is logged is fetched in the background, a few steps late. --mode eager is the step as
people write it, compile is torch.compile of the network, graph is the whole step (gathering, forward, backward, optimiser, logging)
captured once as a CUDA graph and replayed. The optimiser is PyTorch's fastest, fused=True.
"""
import argparse
import collections
import json
import time

import torch

ACTIVATIONS = {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "silu": torch.nn.SiLU}
SAMPLES, STEPS_BETWEEN_WAITS, MOST_PENDING = 8192, 50, 8


class LayerLog:
    """z, h and delta of every hidden layer, weights, gradients and updates of all linear layers."""

    def __init__(self, network, device):
        self.linears = [m for m in network if isinstance(m, torch.nn.Linear)]
        self.pairs = []
        grid = torch.linspace(-10, 10, 20001, device=device, requires_grad=True)
        activation = next(m for m in network if not isinstance(m, torch.nn.Linear))
        self.activation = activation
        self.least_slope = 0.01 * torch.autograd.grad(activation(grid).sum(), grid)[0].abs().max()
        for module in network:  # only now: the call above is not part of the network
            if not isinstance(module, torch.nn.Linear):
                module.register_forward_hook(self.keep)

    def keep(self, module, inputs, output):
        z = inputs[0]
        z.retain_grad()
        self.pairs.append((z, output))

    def before_update(self):
        self.weights = [m.weight.detach().clone() for m in self.linears]

    def collect(self):
        """All numbers as one tensor, on the device."""
        values = []
        for z, h in self.pairs:
            z0 = z.detach().requires_grad_(True)
            slope = torch.autograd.grad(self.activation.forward(z0).sum(), z0)[0]  # forward(): the hooks stay out of it
            h = h.detach()
            values += [z.mean(), z.std(), h.mean(), h.std(), h.min(), h.max(), (h == 0).float().mean(),
                       (slope.abs() < self.least_slope).float().mean(), z.grad.square().mean().sqrt(),
                       (~torch.isfinite(h)).sum().float()]
        for module, before in zip(self.linears, self.weights):
            grad = module.weight.grad
            positive, negative = (grad > 0).sum(1).float(), (grad < 0).sum(1).float()
            weight_rms = before.square().mean().sqrt()
            values += [weight_rms, grad.square().mean().sqrt(), module.bias.grad.square().mean().sqrt(),
                       (module.weight.detach() - before).square().mean().sqrt() / weight_rms,
                       ((positive - negative).abs() / (positive + negative).clamp(min=1)).mean()]
        self.pairs.clear()
        return torch.stack([v.detach() for v in values])


class Training:
    """Network, loss and optimiser; learn(images, labels) is one step and returns what was logged, or None."""

    def __init__(self, options):
        sizes = [784] + [options.width] * options.depth + [10]
        layers = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            layers += [torch.nn.Linear(inputs, outputs), ACTIVATIONS[options.activation]()]
        network = torch.nn.Sequential(*layers[:-1]).to(options.device)
        self.run = torch.compile(network) if options.mode == "compile" else network
        how = {"fused": True} if options.device != "cpu" else {}
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9, **how)
        self.loss_of = torch.nn.CrossEntropyLoss()
        self.log = LayerLog(network, options.device) if options.logging else None

    def learn(self, images, labels):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(self.run(images), labels)
        loss.backward()
        if self.log:
            self.log.before_update()
        self.optimizer.step()
        return self.log.collect() if self.log else None


def time_on_cpu(options):
    """The median time of a step, all of them on the same batch."""
    training = Training(options)
    images, labels = torch.randn(options.batch, 784), torch.randint(0, 10, (options.batch,))

    def step():
        logged = training.learn(images, labels)
        if logged is not None:
            logged.tolist()

    for _ in range(20):
        step()
    times = []
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


class DeviceData:
    """A data set in the GPU's memory. next_batch() puts the indices of the next samples where gather() finds them."""

    def __init__(self, batch, device):
        self.images = torch.randn(SAMPLES, 784, device=device)
        self.labels = torch.randint(0, 10, (SAMPLES,), device=device)
        self.index = torch.zeros(batch, dtype=torch.int64, device=device)
        self.batch, self.order, self.at = batch, torch.arange(0), 0

    def next_batch(self):
        if self.at + self.batch > len(self.order):
            self.order, self.at = torch.randperm(SAMPLES).pin_memory(), 0
        self.index.copy_(self.order[self.at:self.at + self.batch], non_blocking=True)
        self.at += self.batch

    def gather(self):
        return self.images.index_select(0, self.index), self.labels.index_select(0, self.index)


class Fetch:
    """Numbers on their way to the host; read a few steps later."""

    def __init__(self):
        self.pending = collections.deque()

    def add(self, values):
        host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
        host.copy_(values, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        self.pending.append((host, arrived))
        while len(self.pending) > MOST_PENDING:
            self.read()

    def read(self):
        host, arrived = self.pending.popleft()
        arrived.synchronize()
        return host.tolist()

    def finish(self):
        while self.pending:
            self.read()


def captured(work):
    """`work` as a CUDA graph; returns (replay, what work returned). As PyTorch's documentation does it: first warmed up on a side stream."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()
    return graph.replay, result


def time_on_gpu(options):
    """The median over groups of 50 steps of a step's time."""
    training, data, fetch = Training(options), DeviceData(options.batch, options.device), Fetch()

    def work():
        return training.learn(*data.gather())

    data.next_batch()
    replay, recorded = captured(work) if options.mode == "graph" else (None, None)

    def steps():
        for _ in range(STEPS_BETWEEN_WAITS):
            data.next_batch()
            logged = recorded if replay else work()
            if replay:
                replay()
            if logged is not None:
                fetch.add(logged)
        fetch.finish()
        torch.cuda.synchronize()

    for _ in range(2):
        steps()
    times = []
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        steps()
        times.append((time.perf_counter() - start) / STEPS_BETWEEN_WAITS)
    return sorted(times)[len(times) // 2]


def set_precision(name):
    """How float32 matrices are multiplied, as our --precision means it: the products alone, not the tensors (that would be autocast, which
    keeps activations in half of the memory and is another computation). PyTorch's "medium" allows bfloat16 in products; where it has
    no such kernel for float32 tensors, which has been so on CUDA, it takes TF32, and then its bf16 row is its tf32 row once more."""
    torch.set_float32_matmul_precision({"fp32": "highest", "tf32": "high", "bf16": "medium"}[name])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    parser.add_argument("--logging", action="store_true")
    parser.add_argument("--compile", action="store_true", help="the same as --mode compile")
    parser.add_argument("--mode", choices=("eager", "compile", "graph"), default="eager")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32", help="of products, on a GPU")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    if options.compile:
        options.mode = "compile"
    on_gpu = options.device != "cpu"
    if on_gpu and not torch.cuda.is_available():
        parser.error(f"--device {options.device}: PyTorch {torch.__version__} finds no GPU here")
    if not on_gpu and (options.mode == "graph" or options.precision != "fp32"):
        parser.error("--mode graph and --precision go with --device cuda")
    if options.logging and options.mode == "compile" and on_gpu:
        parser.error("--logging: the hooks would break the compiled network into pieces; use --mode eager or graph")

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if on_gpu:
        torch.cuda.set_device(options.device if ":" in options.device else 0)
        set_precision(options.precision)
    median = time_on_gpu(options) if on_gpu else time_on_cpu(options)
    print(json.dumps({"version": torch.__version__, "median_us": median * 1e6, "samples_per_second": options.batch / median}))


if __name__ == "__main__":
    main()
