"""The compared networks: this library's, their variants with other operators, and timm's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from cyclemlp.benchmarking.operators import (
    DefinitionFC,
    DeformableFC,
    RolledFC,
    channel_fc,
    layer_by_layer,
    with_operator,
)
from cyclemlp.benchmarking.parameters import randomise, randomise_classifier
from cyclemlp.benchmarking.published import published_top1
from cyclemlp.models.as_mlp import ASMLP
from cyclemlp.models.axial import ShiftFC
from cyclemlp.models.layers import CycleFC
from cyclemlp.tasks.common.backbones import create_network

_LABELS = {"ours": "", "deformable": " deformable", "twin": " twin", "collapsed": " stepsize 1"}


@dataclass(frozen=True)
class Contestant:
    """One network of a comparison.

    Attributes:
        name: name in tables.
        kind: `"ours"`, `"prepared"`, `"engine"`, `"deformable"`, `"twin"`, `"collapsed"` or
            `"timm"`.
        network: in float32 and evaluation mode.
        ratio_to: this library's contestant that the ratio compares with.
        top1: published accuracy of its weights at this image size, in percent.
        engine: what runs the network; None for torch. See `Engine` (`inference_only.py`).
    """

    name: str
    kind: str
    network: nn.Module
    ratio_to: str
    top1: float | None
    engine: Callable[..., Any] | None = None


def model_contestants(
    ours: Sequence[str], others: Sequence[str], image_size: tuple[int, int]
) -> list[Contestant]:
    """Return this library's networks, each with three variants, then timm's.

    The deformable version is the network as its authors run it. The twin has a channel FC for
    every Cycle FC: the same arithmetic, and its mixers run layer by layer. The network of stepsize
    1 is the same function as the twin on all paths of this library: its three branches read one
    position and are folded into one matrix, so that it shows the cost without shifts.

    AS-MLP is compared with its plain definition too, which rolls padded chunks of channels.

    timm's networks that are built for one image size are built for this one if possible.

    Args:
        ours: names of this library's models.
        others: names of timm's models, compared with the last of `ours`.
        image_size: (height, width) in pixels.
    """
    entries = [entry for name in ours for entry in _variants(name, image_size)]
    for name in others:
        network = randomise_classifier(_of_size(name, image_size)).eval()
        top1 = published_top1(name, image_size)
        entries.append(Contestant(name, "timm", network, ours[-1], top1))
        if isinstance(network, ASMLP):
            plain = layer_by_layer(with_operator(network, RolledFC, ShiftFC))
            entries.append(Contestant(f"{name} rolled", "timm", plain, name, None))
    return entries


def model_references(entries: Sequence[Contestant]) -> dict[str, nn.Module]:
    """Return contestant's name -> the network, run layer by layer, that it must agree with.

    This is the definition for this library's networks, and the channel FC for the twin and the
    network of stepsize 1. All others are their own reference: compiled or in bfloat16 they must
    agree with themselves.

    Args:
        entries: from `model_contestants`, and further ways to run them.
    """
    found = {}
    for entry in entries:
        if isinstance(entry.network, ASMLP):
            name = entry.name.removesuffix(" rolled")
            found[name] = next(e.network for e in entries if e.name == f"{name} rolled")
        if entry.kind == "ours":
            found[entry.name] = layer_by_layer(with_operator(entry.network, DefinitionFC))
            still = layer_by_layer(with_operator(entry.network, channel_fc))
            found |= dict.fromkeys((entry.name + _LABELS[k] for k in ("twin", "collapsed")), still)
        if entry.kind in ("prepared", "engine"):
            found[entry.name] = found[entry.ratio_to]
    return found


def operator_contestants(channels: int) -> tuple[list[Contestant], dict[str, nn.Module]]:
    """Return the operator with its two variants, and contestant's name -> its reference.

    Args:
        channels: input and output channels.
    """
    layer = CycleFC(channels, channels)
    entries = [
        Contestant("cycle_fc", "ours", layer, "cycle_fc", None),
        Contestant("deform_conv2d", "deformable", DeformableFC(layer), "cycle_fc", None),
        Contestant("F.linear", "twin", channel_fc(layer), "cycle_fc", None),
    ]
    return entries, {"cycle_fc": DefinitionFC(layer)}


def _variants(name: str, image_size: tuple[int, int]) -> list[Contestant]:
    network = randomise(create_network(name).eval())
    top1 = published_top1(name, image_size)
    variants = {
        "ours": (network, top1),
        "deformable": (layer_by_layer(with_operator(network, DeformableFC)), top1),
        "twin": (with_operator(network, channel_fc), None),
        "collapsed": (_of_stepsize_1(name, network), None),
    }
    return [
        Contestant(name + _LABELS[kind], kind, variant, name, accuracy)
        for kind, (variant, accuracy) in variants.items()
    ]


def _of_stepsize_1(name: str, network: nn.Module) -> nn.Module:
    still = create_network(name, stepsize=1).eval()
    still.load_state_dict(network.state_dict())
    return still


def _of_size(name: str, image_size: tuple[int, int]) -> nn.Module:
    if image_size == (224, 224):
        return create_network(name)
    arguments: dict[str, Any] = {"img_size": image_size}
    try:
        return create_network(name, **arguments)
    except Exception:  # convolutional, or impossible at this size: the comparison shows which
        return create_network(name)
