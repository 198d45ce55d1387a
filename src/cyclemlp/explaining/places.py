"""The layers of a network at which evidence is measured: a timm model's stages, or named ones."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from torch import nn


class Place(NamedTuple):
    """A layer whose output is a feature map.

    Attributes:
        name: path of the layer in the network.
        module: the layer.
        channels: of its output; None if they are not known.
    """

    name: str
    module: nn.Module
    channels: int | None = None


def stages(network: nn.Module, backbone: nn.Module) -> list[Place]:
    """Return the layers that timm lists as a model's feature maps, finest first.

    Args:
        network: of a task.
        backbone: the timm model or feature network in it.
    """
    names = {module: name for name, module in network.named_modules()}
    return [
        Place(names[module], module, channels)
        for module, channels in _listed(backbone)
        if module is not None
    ]


def at_stage(places: list[Place], stage: int) -> list[Place]:
    """Return the layer with this number, counted from 1.

    Raises:
        ValueError: there are fewer.
    """
    if stage > len(places):
        raise ValueError(
            f"--stage is a number from 1, the finest feature map, to {len(places)}, the coarsest "
            f"of this network; got {stage}"
        )
    return [places[stage - 1]]


def named(network: nn.Module, layer: str) -> list[Place]:
    """Return the layer with a path such as ``stages.3``.

    Raises:
        ValueError: there is none; the message suggests others.
    """
    known = dict(network.named_modules())
    if layer in known and layer:
        return [Place(layer, known[layer])]
    near = get_close_matches(layer, known, n=3) or [name for name in known if name][-3:]
    raise ValueError(f"--layer: the network has no layer {layer!r}; it has {', '.join(near)}, …")


def _listed(backbone: Any) -> Iterator[tuple[nn.Module | None, int]]:
    info: Any = getattr(backbone, "feature_info", None) or []
    entries = info.get_dicts() if hasattr(info, "get_dicts") else info
    for entry in entries:
        yield _submodule(backbone, entry["module"]), entry["num_chs"]


def _submodule(backbone: nn.Module, name: str) -> nn.Module | None:
    """Return a layer by timm's name for it; its feature networks rename and wrap layers."""
    for candidate in (name, name.replace(".", "_"), f"model.{name}"):
        try:
            return backbone.get_submodule(candidate)
        except AttributeError:
            continue
    return None
