"""The input that all contestants of a scenario receive."""

from __future__ import annotations

import torch

from cyclemlp.benchmarking.scenarios import Scenario


def make_input(scenario: Scenario) -> torch.Tensor:
    """Return images `(B, 3, H, W)`, or an operator's input `(B, H, W, C)`; the same in every run.

    As in photographs, images and channels have different means and brightness gradients. In pure
    noise all means are about 0, which would hide an error in the computation of means.
    """
    generator = torch.Generator().manual_seed(0)
    many, height, width = scenario.batch_size, scenario.height, scenario.width
    channels = scenario.channels or 3

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(many, channels, *shape, generator=generator)

    down = drawn(1, 1) * torch.linspace(-1, 1, height)[:, None]
    across = drawn(1, 1) * torch.linspace(-1, 1, width)
    images = drawn(1, 1) + down + across + drawn(height, width)
    return images.permute(0, 2, 3, 1).contiguous() if scenario.channels else images
