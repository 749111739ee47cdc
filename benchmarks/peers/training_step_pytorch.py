"""The step of benchmarks/training_step.cpp, written for PyTorch: same network, batch, loss, optimiser and logging.

Prints one line of JSON: {"version", "median_us", "samples_per_second"}. Logging measures what seegrad's layers.csv holds for
every layer at every step, written as one would write it in PyTorch: hooks keep the tensors, and after the step everything is
computed and fetched in a single transfer.
"""
import argparse
import json
import time

import torch

ACTIVATIONS = {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "silu": torch.nn.SiLU}


class LayerLog:
    """z, h and delta of every hidden layer, weights, gradients and updates of all linear layers."""

    def __init__(self, network):
        self.linears = [m for m in network if isinstance(m, torch.nn.Linear)]
        self.pairs = []
        grid = torch.linspace(-10, 10, 20001, requires_grad=True)
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
        return torch.stack([v.detach() for v in values]).tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    parser.add_argument("--logging", action="store_true")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    sizes = [784] + [options.width] * options.depth + [10]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), ACTIVATIONS[options.activation]()]
    network = torch.nn.Sequential(*layers[:-1])
    run = torch.compile(network) if options.compile else network
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)
    loss_of = torch.nn.CrossEntropyLoss()
    images, labels = torch.randn(options.batch, 784), torch.randint(0, 10, (options.batch,))
    log = LayerLog(network) if options.logging else None

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(run(images), labels)
        loss.backward()
        if log:
            log.before_update()
        optimizer.step()
        if log:
            log.collect()

    for _ in range(20):
        step()
    times = []
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    median = sorted(times)[len(times) // 2]
    print(json.dumps({"version": torch.__version__, "median_us": median * 1e6, "samples_per_second": options.batch / median}))


if __name__ == "__main__":
    main()
