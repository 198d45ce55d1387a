import random

import numpy as np
import torch

from .random_loader import loader


def test_loading_restores_the_global_generators(split):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    expected = (torch.rand(1), random.random(), np.random.rand())  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    list(loader(split))
    assert (torch.rand(1), random.random(), np.random.rand()) == expected  # noqa: NPY002
