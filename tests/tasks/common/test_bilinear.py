import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from cyclemlp.tasks.common.bilinear import bilinear

SIDES = st.integers(1, 50)


@given(SIDES, SIDES, SIDES, SIDES)
def test_it_equals_torchs_interpolation(height, width, new_height, new_width):
    values, size = torch.randn(3, height, width, dtype=torch.float64), (new_height, new_width)
    expected = F.interpolate(values[None], size, mode="bilinear")[0].numpy()
    np.testing.assert_allclose(bilinear(values.numpy(), size), expected, atol=1e-12)
    rows = slice(new_height // 3, new_height // 2 + 1)
    np.testing.assert_allclose(bilinear(values.numpy(), size, rows), expected[:, rows], atol=1e-12)
