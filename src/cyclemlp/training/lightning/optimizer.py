"""timm's optimizers, with its parameter groups for weight decay and layer decay."""

from __future__ import annotations

import torch
from timm.optim import create_optimizer_v2, list_optimizers
from torch import nn

from cyclemlp.training.settings.optim import Optim


def default_lr(base_lr: tuple[float, int], global_batch: int) -> float:
    """Return the learning rate of the linear scaling rule, e.g. 5e-4 for every 512 images.

    Args:
        base_lr: a learning rate, and the images per optimizer step that it is meant for.
        global_batch: images per optimizer step, over all devices and accumulated batches.
    """
    lr, images = base_lr
    return lr * global_batch / images


def create_optimizer(network: nn.Module, optim: Optim, lr: float) -> torch.optim.Optimizer:
    """Return the optimizer that `optim` describes.

    timm groups the parameters: one-dimensional ones, such as biases and norms, have no weight
    decay, and with layer decay each layer has its own learning rate.

    Raises:
        ValueError: timm has no such optimizer, the optimizer does not take a setting, or `network`
            does not support layer decay.
    """
    _check(network, optim)
    extra = {"eps": optim.eps, "betas": optim.betas}
    given = {key: value for key, value in extra.items() if value is not None}
    try:
        return create_optimizer_v2(
            network,
            opt=optim.name,
            lr=lr,
            weight_decay=optim.weight_decay,
            momentum=optim.momentum,
            layer_decay=optim.layer_decay,
            **given,
        )
    except (TypeError, ValueError, AssertionError) as error:
        flags = ", ".join(f"--optim.{key} {value}" for key, value in given.items())
        raise ValueError(
            f"--optim.name {optim.name} does not take these settings ({error}); leave out "
            f"{flags or 'what it does not know'}, or choose another optimizer"
        ) from error


def _check(network: nn.Module, optim: Optim) -> None:
    names = [str(name) for name in list_optimizers()]
    if optim.name not in names:
        raise ValueError(
            f"--optim.name must be an optimizer of timm, got {optim.name!r}; choose one of "
            f"{', '.join(names)}"
        )
    if optim.layer_decay is not None and not hasattr(network, "group_matcher"):
        raise ValueError(
            f"--optim.layer-decay needs a network with a group_matcher, as timm's models have, and "
            f"{type(network).__name__} has none; leave it out"
        )
