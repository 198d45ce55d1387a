"""The pseudo-kernels and receptive fields of a model, measured, drawn and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.comparing.candidate import Candidate
from cyclemlp.comparing.receptive.drawing import draw_fields, draw_kernels
from cyclemlp.comparing.receptive.fields import fields
from cyclemlp.comparing.receptive.kernels import pseudo_kernels
from cyclemlp.comparing.receptive.result import Receptive
from cyclemlp.console.files import write_json
from cyclemlp.console.output import output_folder
from cyclemlp.models.weights.loading import load_weights
from cyclemlp.tasks.common.backbones import create_network

_RESULT = "receptive.json"


def receptive_of(
    model: str,
    bundle: Path | None,
    weights: str | None,
    image_size: int,
    images: int,
    output: str | None,
    overwrite: bool,
) -> Receptive:
    """Measure and write; the arguments are those of `cyclemlp.receptive`, which describes them.

    Raises:
        ValueError: there is no such model, or it has no feature maps or takes no such images.
        FileExistsError: `output` already holds results.
    """
    backbone = _trained(bundle) if bundle is not None else _untrained(model, weights)
    inputs = _noise(backbone, images, image_size)
    found, kernels = fields(backbone, inputs), pseudo_kernels([backbone])
    folder = output_folder(output, "receptive", _RESULT, overwrite)
    maps: dict[str, Any] = {f"map{one.stage}": one.heat.astype(np.float32) for one in found}
    np.savez_compressed(folder / "fields.npz", **maps)
    pictures = [*draw_kernels(kernels, folder / "kernels"), *draw_fields(found, folder / "fields")]
    files = (*pictures, folder / "fields.npz", folder / _RESULT)
    size = (image_size, image_size)
    result = Receptive(model, size, images, tuple(kernels), tuple(found), files)
    write_json(folder / _RESULT, result.to_dict())
    return result


def _trained(folder: Path) -> nn.Module:
    bundle = Bundle.from_pretrained(folder)
    return bundle.task().backbone(bundle.network.eval())


def _untrained(model: str, weights: str | None) -> nn.Module:
    one = Candidate.of(model)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = create_network(one.model, **one.model_args).eval()
    if weights is not None:
        load_weights(network, weights)
    return network


def _noise(backbone: nn.Module, images: int, side: int) -> torch.Tensor:
    """Return random images ``(B, C, side, side)`` for the first layer's channels."""
    channels = next(p for p in backbone.parameters() if p.ndim == 4).shape[1]
    generator = torch.Generator().manual_seed(0)
    return torch.randn(images, channels, side, side, generator=generator)
