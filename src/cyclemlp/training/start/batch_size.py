"""The largest batch that fits into a GPU."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import torch

from cyclemlp.console.memory import is_out_of_memory
from cyclemlp.data.loading.dataset import DrawDataset
from cyclemlp.data.loading.sampler import Draw
from cyclemlp.training.lightning.devices import choose_accelerator, count_processes
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.lightning.optimizer import create_optimizer
from cyclemlp.training.lightning.precision import choose_precision
from cyclemlp.training.settings.settings import AUTO, Settings
from cyclemlp.training.start.start import Start

ON_THE_CPU = 64
_LARGEST = 1024
_LOOKED_AT = 8  # images, of which the largest is tried
_AUTOCAST = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


def choose_batch_size(settings: Settings, start: Start) -> Settings:
    """Return the settings with the batch size that ``auto`` means, and print it.

    Raises:
        ValueError: the run has several processes, whose batches have to be of one size.
    """
    if settings.batch_size != AUTO:
        return settings
    if count_processes(settings) > 1:
        raise ValueError("--batch-size auto is for one device; give a number for several")
    if choose_accelerator(settings) != "gpu":
        print_message(f"note: --batch-size auto is for a GPU; here it is {ON_THE_CPU}")
        return replace(settings, batch_size=ON_THE_CPU)
    most = min(_LARGEST, len(start.splits["train"]))
    size = largest_power_of_two(_step(settings, start, torch.device("cuda")), most)
    print_message(f"--batch-size auto: {size} is the largest power of two that fits the GPU")
    return replace(settings, batch_size=size)


def largest_power_of_two(step: Callable[[int], None], most: int) -> int:
    """Return the largest power of two up to `most` for which a step does not run out of memory.

    A batch of one is returned untried: if it does not fit, training says so.

    Args:
        step: takes the batch size.
        most: the largest size to try.
    """
    size = 1
    while 2 * size <= most:
        try:
            step(2 * size)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            break
        finally:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        size *= 2
    return size


def _step(settings: Settings, start: Start, device: torch.device) -> Callable[[int], None]:
    """Return one optimizer step on a copy of the network, with copies of a large image."""
    network = deepcopy(start.network).to(device).train()
    optimizer = create_optimizer(network, settings.optim, lr=0.0)
    sample = _large_sample(settings, start)

    def step(size: int) -> None:
        images, targets = start.task.batching.collate(list(islice(cycle([sample]), size)))
        with _autocast(settings, device):
            losses = start.task.losses(network, _moved(images, device), _moved(targets, device))
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def _large_sample(settings: Settings, start: Start) -> Any:
    split = start.splits["train"]
    transform = start.task.train_transform(start.train_preprocessing, settings.augment)
    samples = DrawDataset(split, transform, settings.seed)
    drawn = [samples[Draw(index)] for index in range(min(_LOOKED_AT, len(split)))]
    return max(drawn, key=lambda sample: sample[0].numel())


def _autocast(settings: Settings, device: torch.device) -> AbstractContextManager[Any]:
    dtype = _AUTOCAST.get(choose_precision(settings))
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {name: _moved(one, device) for name, one in value.items()}
    return [_moved(one, device) for one in value] if isinstance(value, list) else value
