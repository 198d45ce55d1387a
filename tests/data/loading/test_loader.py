from typing import Any

import pytest
import torch

from cyclemlp.data.loading.loader import eval_loader
from cyclemlp.data.transforms.classify import eval_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

from .random_loader import loader, same


def test_the_number_of_workers_changes_nothing(split):
    assert same(list(loader(split)), list(loader(split, workers=2)))


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 2), (2, 0), (0, 1)])
@pytest.mark.parametrize("done", [0, 1, 5, 6])
def test_an_interrupted_epoch_resumes_exactly(split, before, after, done):
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
    """Lightning creates the iterator first, and then sets the sampler's epoch."""
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
def test_the_error_of_a_damaged_file_is_one_line(split, folders, workers, kind):
    file = folders / "train/dog/2.png"
    make = loader if kind == "train" else _eval
    file.write_bytes(b"oops")
    expected = f"ImageError: {file}: not an image of a known format"
    assert _complaint(make(split, workers=workers)) == expected
    file.unlink()
    expected = f"FileNotFoundError: {file}: no such file"
    assert _complaint(make(split, workers=workers)) == expected


def _complaint(batches) -> str:
    """Return the error's text; the error itself would keep the loader's workers alive."""
    try:
        list(batches)
    except (ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def _eval(split, **options):
    settings: dict[str, Any] = {"batch_size": 5} | options
    return eval_loader(split, eval_transform(Preprocessing((8, 8))), **settings)


def test_evaluation_loads_every_sample_once_in_order(split):
    images, targets = (torch.cat(parts) for parts in zip(*_eval(split), strict=True))
    assert targets.tolist() == [0] * 7 + [1] * 5
    assert same(list(_eval(split)), list(_eval(split, workers=2)))
    shares = [list(_eval(split, rank=rank, world_size=5)) for rank in range(5)]
    assert [sum(len(t) for _, t in share) for share in shares] == [3, 3, 2, 2, 2]
    everything = torch.cat([images for share in shares for images, _ in share])
    assert torch.equal(everything.sum((1, 2, 3)).sort().values, images.sum((1, 2, 3)).sort().values)
