"""Freezing the first layers of a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from timm.models import group_parameters
from torch import nn

from cyclemlp.tasks.common.backbones import create_network
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings


def freeze(network: nn.Module, task: Task, settings: Settings) -> None:
    """Freeze the parameters that ``settings.freeze`` names, and print how many train.

    `TrainingModule` keeps modules without trainable parameters in evaluation mode, so that the
    statistics of their batch norms are frozen too.

    Raises:
        ValueError: the network has fewer stages, or no stages that timm knows.
    """
    if settings.freeze is None:
        return
    backbone = task.backbone(network)
    for parameter in _chosen(backbone, network, settings):
        parameter.requires_grad_(False)
    counts = [(p.numel(), p.requires_grad) for p in network.parameters()]
    total, training = sum(n for n, _ in counts), sum(n for n, trains in counts if trains)
    print_message(f"--freeze {settings.freeze}: {training:,} of {total:,} parameters train")
    if settings.weights is None:
        print_message("note: --freeze keeps random weights, because the run starts from scratch")


def _chosen(backbone: nn.Module, network: nn.Module, settings: Settings) -> Iterator[nn.Parameter]:
    if settings.freeze != "backbone":
        yield from _first_stages(backbone, settings)
        return
    classifier = getattr(network, "get_classifier", None) if backbone is network else None
    kept = set() if classifier is None else {id(p) for p in classifier().parameters()}
    yield from (p for p in backbone.parameters() if id(p) not in kept)


def _first_stages(backbone: nn.Module, settings: Settings) -> Iterator[nn.Parameter]:
    """Yield the parameters of the stem, and of the stages up to the wanted one."""
    depths = _depths(settings)
    last = 0 if settings.freeze == "stem" else settings.freeze
    stages = max(depths.values()) - 1  # the last group is norm and head, the first the stem
    if not isinstance(last, int) or last > stages:
        raise ValueError(
            f"--freeze {last}: {settings.model} has {stages} stages; --freeze backbone freezes all"
        )
    for name, parameter in backbone.named_parameters():
        # timm's feature networks keep the model as `model`, or join names by an underscore
        if depths.get(_flat(name.removeprefix("model.")), last + 1) <= last:
            yield parameter


def _depths(settings: Settings) -> dict[str, int]:
    """Return the group of each parameter in timm's coarse groups: 0 is the stem."""
    model: Any = create_network(settings.model, device="meta", **settings.network_args)
    if not hasattr(model, "group_matcher"):
        raise ValueError(
            f"--freeze {settings.freeze}: timm knows no stages of {settings.model}; use "
            "--freeze backbone"
        )
    groups: Any = group_parameters(model, model.group_matcher(coarse=True), reverse=True)
    return {_flat(name): depth for name, depth in groups.items()}


def _flat(name: str) -> str:
    return name.replace(".", "_")
