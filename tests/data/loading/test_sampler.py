import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.data.loading.sampler import DrawSampler

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
