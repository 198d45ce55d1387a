import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.loading.dataset import DrawDataset
from cyclemlp.data.loading.loader import TrainLoader, eval_loader, train_loader
from cyclemlp.data.loading.sampler import Draw, DrawSampler
from cyclemlp.data.transforms.classify import Augmentation, eval_transform, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

TRANSFORM = train_transform(
    Preprocessing((8, 8)), Augmentation(rand_augment="rand-m9-mstd0.5-inc1", erasing=0.5)
)


@pytest.fixture
def split(folders):
    return ClassFolder(folders / "train", "train")


def loader(split, **options) -> TrainLoader:
    settings: dict[str, Any] = {"batch_size": 2, "seed": 3} | options
    return train_loader(split, TRANSFORM, **settings)


def same(ours, theirs) -> bool:
    return len(ours) == len(theirs) and all(
        torch.equal(a, b) and torch.equal(s, t) for (a, s), (b, t) in zip(ours, theirs, strict=True)
    )


SIZES = {
    "samples": st.integers(4, 60),
    "batch_size": st.integers(1, 8),
    "world_size": st.integers(1, 4),
    "repeats": st.integers(1, 4),
    "epoch": st.integers(0, 3),
}


@given(**SIZES)
def test_processes_share_the_batches_of_one(samples, batch_size, world_size, repeats, epoch):
    ranks = [
        DrawSampler(samples, batch_size, 7, repeats, rank, world_size) for rank in range(world_size)
    ]
    one = DrawSampler(samples, batch_size * world_size, 7, repeats)
    if samples < batch_size * world_size:
        assert {len(rank) for rank in ranks} == {samples // world_size}
        return
    assert {rank.batches for rank in ranks} == {one.batches}
    for number in range(one.batches):
        together = [draw for rank in ranks for draw in rank.batch(epoch, number)]
        alone = one.batch(epoch, number)
        assert sorted(together, key=repr) == sorted(alone, key=repr)


@given(**SIZES)
def test_an_epoch(samples, batch_size, world_size, repeats, epoch):
    sampler = DrawSampler(samples, batch_size, 7, repeats, 0, world_size)
    sampler.set_epoch(epoch)
    draws = list(sampler)
    assert len(draws) == len(sampler) == sampler.batches * sampler.batch_size > 0
    assert len(set(draws)) == len(draws)
    assert {draw.epoch for draw in draws} == {epoch}
    assert all(0 <= draw.index < samples and 0 <= draw.repeat < repeats for draw in draws)


def test_order_differs_between_epochs_and_seeds():
    def order(seed, epoch):
        return [draw.index for draw in DrawSampler(50, 10, seed).batch(epoch, 0)]

    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


def test_repeated_augmentation_repeats_in_a_row_and_keeps_the_length():
    draws = list(DrawSampler(12, 4, repeats=3))
    assert len(draws) == 12
    assert [draw.repeat for draw in draws] == [0, 1, 2] * 4
    assert all(len({d.index for d in draws[i : i + 3]}) == 1 for i in range(0, 12, 3))
    assert len({draw.index for draw in draws}) == 4


def test_too_few_samples():
    assert len(DrawSampler(5, 64)) == 5
    assert DrawSampler(5, 64, world_size=2).batch_size == 2
    with pytest.raises(ValueError, match="1 training images cannot be shared by 2 processes"):
        DrawSampler(1, 4, world_size=2)
    with pytest.raises(ValueError, match="seed at least 0; got 4, 1, -1"):
        DrawSampler(9, 4, seed=-1)


def test_a_picture_depends_on_its_draw_alone(split):
    dataset = DrawDataset(split, TRANSFORM, seed=3)
    draws = [Draw(i, epoch, repeat) for i in (0, 5) for epoch in (0, 1) for repeat in (0, 1)]
    first = [dataset[draw][0] for draw in draws]
    again = [dataset[draw][0] for draw in reversed(draws)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert len({tuple(image.flatten().tolist()) for image in first}) == len(draws)
    other = DrawDataset(split, TRANSFORM, seed=4)
    assert not torch.equal(other[draws[0]][0], first[0])


def test_loading_leaves_the_global_generators_alone(split):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    expected = (torch.rand(1), random.random(), np.random.rand())  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    list(loader(split))
    assert (torch.rand(1), random.random(), np.random.rand()) == expected  # noqa: NPY002


def test_the_number_of_workers_changes_nothing(split):
    assert same(list(loader(split)), list(loader(split, workers=2)))


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 2), (2, 0), (0, 1)])
@pytest.mark.parametrize("done", [0, 1, 5, 6])
def test_an_interrupted_epoch_goes_on_where_it_was(split, before, after, done):
    whole = loader(split, repeats=2)
    whole.sampler.set_epoch(4)
    expected = list(whole)
    whole.sampler.set_epoch(5)
    following = list(whole)

    cut = loader(split, workers=before, repeats=2)
    cut.sampler.set_epoch(4)
    batches = iter(cut)
    taken = [next(batches) for _ in range(done)]
    state = cut.state_dict() if done else {"epoch": 4, "batches": 0}
    resumed = loader(split, workers=after, repeats=2)
    resumed.load_state_dict(state)
    assert len(resumed) == len(expected)
    assert same(taken + list(resumed), expected)
    resumed.sampler.set_epoch(5)
    assert same(list(resumed), following)


def test_a_state_from_the_end_of_an_epoch_starts_the_next_one(split):
    first = loader(split)
    list(first)
    resumed = loader(split)
    resumed.load_state_dict(first.state_dict())
    resumed.sampler.set_epoch(1)
    first.sampler.set_epoch(1)
    assert same(list(resumed), list(first))


def test_the_epoch_may_be_set_after_the_iterator_is_made(split):
    """Lightning makes the iterator first, and then tells the sampler the epoch."""
    early = loader(split, workers=1)
    batches = iter(early)
    early.sampler.set_epoch(2)
    late = loader(split)
    late.sampler.set_epoch(2)
    assert same(list(batches), list(late))


def test_two_processes_resume_together(split):
    def ranks():
        return [loader(split, batch_size=2, rank=rank, world_size=2) for rank in range(2)]

    one = [torch.stack(sorted(images, key=torch.sum)) for images, _ in loader(split, batch_size=4)]
    started = ranks()
    states = []
    for rank in started:
        next(iter(rank))
        states.append(rank.state_dict())
    resumed = ranks()
    for rank, state in zip(resumed, states, strict=True):
        rank.load_state_dict(state)
    for number, batches in enumerate(zip(*resumed, strict=True), start=1):
        images = torch.cat([images for images, _ in batches])
        assert torch.equal(torch.stack(sorted(images, key=torch.sum)), one[number])


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("kind", ["train", "eval"])
def test_a_file_that_went_bad_is_named_in_one_line(split, folders, workers, kind):
    file = folders / "train/dog/2.png"
    make = loader if kind == "train" else _eval
    file.write_bytes(b"oops")
    expected = f"ImageError: {file}: not an image of a known format"
    assert _complaint(make(split, workers=workers)) == expected
    file.unlink()
    expected = f"FileNotFoundError: {file}: no such file"
    assert _complaint(make(split, workers=workers)) == expected


def _complaint(batches) -> str:
    """The error's text. To keep the error would keep the workers of its traceback's loader."""
    try:
        list(batches)
    except (ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def _eval(split, **options):
    settings: dict[str, Any] = {"batch_size": 5} | options
    return eval_loader(split, eval_transform(Preprocessing((8, 8))), **settings)


def test_evaluation_shows_every_sample_once_in_order(split):
    images, targets = (torch.cat(parts) for parts in zip(*_eval(split), strict=True))
    assert targets.tolist() == [0] * 7 + [1] * 5
    assert same(list(_eval(split)), list(_eval(split, workers=2)))
    shares = [list(_eval(split, rank=rank, world_size=5)) for rank in range(5)]
    assert [sum(len(t) for _, t in share) for share in shares] == [3, 3, 2, 2, 2]
    everything = torch.cat([images for share in shares for images, _ in share])
    assert torch.equal(everything.sum((1, 2, 3)).sort().values, images.sum((1, 2, 3)).sort().values)
