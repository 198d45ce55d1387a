"""Where a network's time goes on the CPU, by kind of operator: the figures of performance.md.

python docs/profile_network.py MODEL [float32|bfloat16] [inference|training] [threads]
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import timm
import torch

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.ops.cpu import calling

KINDS = {
    "kernel of the mixer": "kernel mixer",
    "kernel of the MLP": "kernel feed_forward",
    "other kernels": "kernel ",
    "products": r"(add)?(mm|bmm)_?$|_linear_pointwise|baddbmm",
    "convolutions": "convolution",
    "copies and fills": r"copy_|cat$|fill_|zero_|clone|pad",
    "layer norms": "layer_norm",
    "GELU by itself": "gelu",
    "additions": r"::add_?$|::sub_?$",
    "sums and means": r"::sum$|::mean$",
}
ROUNDS = 5


@contextmanager
def kernels_shown() -> Iterator[None]:
    """Record the kernels in C, which torch's profiler does not count as operators."""
    run = calling.run

    def recorded(name: str, call: bytes, dtype: torch.dtype) -> None:
        with torch.profiler.record_function(f"kernel {name}"):
            run(name, call, dtype)

    calling.run = recorded
    yield
    calling.run = run


def profiled(
    model: str, precision: str = "float32", work: str = "inference", threads: str = "2"
) -> str:
    """A line a kind: its share of the time of all operators, which run one after the other."""
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    training, dtype = work == "training", getattr(torch, precision)
    network = timm.create_model(model).to(dtype).train(training)
    images = torch.randn(8, 3, 224, 224, dtype=dtype)

    def step() -> None:
        with torch.set_grad_enabled(training):
            result = network(images)
            if training:
                result.square().mean().backward()

    step()
    with kernels_shown(), torch.profiler.profile() as profile:
        for _ in range(ROUNDS):
            step()
    times: Counter[str] = Counter()
    for event in profile.key_averages():
        kind = next((kind for kind, form in KINDS.items() if re.search(form, event.key)), "rest")
        times[kind] += event.self_cpu_time_total
    whole = sum(times.values())
    lines = [f"{kind}: {time / whole:.1%}" for kind, time in times.most_common()]
    return "\n".join([f"{whole / ROUNDS / 1e3:.0f} ms a pass, profiled", *lines])


if __name__ == "__main__":
    print(profiled(*sys.argv[1:]))
