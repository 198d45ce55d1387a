"""Token mixing by three branches, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
from timm.layers import Mlp
from torch import nn

from cyclemlp.models import fast
from cyclemlp.models.layers import CycleFC, branch_weights
from cyclemlp.ops.offsets import check_stepsize


class CycleMixer(nn.Module):
    """Token mixing by three parallel branches: along the width, along the height, per position.

    With `fusion="sum"` the branches are added (the paper's figure). With `"reweight"` (the released
    code) each channel weights its three branches by a softmax. A small MLP `C → C/4 → 3C` computes
    its logits from the mean of their sum. A linear projection follows in both cases.

    A 2-D stepsize is for comparisons: the paper defines it for the operator and names no block for
    it. Both shifted branches then have it.

    Args:
        dim: channels `C`.
        stepsize: `S` of the branches `(1, S)` and `(S, 1)`; 3 in the released weights. A pair
            `(S_H, S_W)` for two branches of that stepsize.
        fusion: `"reweight"` or `"sum"`.
        phase: see `cyclemlp.ops.cycle_offsets`.
        proj_drop: dropout after `proj`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.

    Raises:
        ValueError: an unknown fusion, stepsize or phase.
    """

    has_fast_path = True  # `fast.mixer` computes what `forward` computes

    def __init__(
        self,
        dim: int,
        stepsize: int | tuple[int, int] = 3,
        fusion: str = "reweight",
        phase: str = "released",
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if fusion not in ("reweight", "sum"):
            raise ValueError(
                f"fusion must be 'reweight' or 'sum'; received {fusion!r}. The released B1 to B5 "
                "use 'reweight', tiny, small and base 'sum'."
            )
        pair = None if isinstance(stepsize, int) else check_stepsize(stepsize)
        self.stepsize = pair or stepsize
        self.phase = phase
        width, height = pair or (1, stepsize), pair or (stepsize, 1)
        self.width = CycleFC(dim, dim, stepsize=width, phase=phase, device=device, dtype=dtype)
        self.height = CycleFC(dim, dim, stepsize=height, phase=phase, device=device, dtype=dtype)
        self.channel = nn.Linear(dim, dim, bias=False, device=device, dtype=dtype)
        self.reweight: nn.Module | None = None
        if fusion == "reweight":
            self.reweight = Mlp(dim, dim // 4, 3 * dim, device=device, dtype=dtype)
        self.proj = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        if not torch.jit.is_scripting():  # TorchScript compiles only the definition
            y = fast.mixer(self, x)
            if y is not None:
                return y
        width, height, channel = self.width(x), self.height(x), self.channel(x)
        if self.reweight is None:
            fused = width + height + channel
        else:
            mean = (width + height + channel).mean((1, 2))  # (B, C)
            a = branch_weights(self.reweight(mean))[:, :, None, None]  # (3, B, 1, 1, C)
            fused = width * a[0] + height * a[1] + channel * a[2]
        return self.proj_drop(self.proj(fused))
