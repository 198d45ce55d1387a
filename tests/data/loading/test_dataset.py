import torch

from cyclemlp.data.loading.dataset import DrawDataset
from cyclemlp.data.loading.sampler import Draw

from .random_loader import TRANSFORM


def test_a_sample_depends_only_on_seed_and_draw(split):
    dataset = DrawDataset(split, TRANSFORM, seed=3)
    draws = [Draw(i, epoch, repeat) for i in (0, 5) for epoch in (0, 1) for repeat in (0, 1)]
    first = [dataset[draw][0] for draw in draws]
    again = [dataset[draw][0] for draw in reversed(draws)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert len({tuple(image.flatten().tolist()) for image in first}) == len(draws)
    other = DrawDataset(split, TRANSFORM, seed=4)
    assert not torch.equal(other[draws[0]][0], first[0])
