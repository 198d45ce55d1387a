import torch

from cyclemlp.tasks.batching import Listed, Stacked


def samples(*sizes):
    return [(torch.zeros(3, *size), number) for number, size in enumerate(sizes)]


def test_stacked_batches_are_tensors():
    images, targets = Stacked().collate(samples((8, 8), (8, 8)))
    assert images.shape == (2, 3, 8, 8)
    assert targets.tolist() == [0, 1]
    assert Stacked().join([image for image, _ in samples((8, 8), (8, 8))]).shape == (2, 3, 8, 8)
    assert Stacked().probe_size((40, 60)) == (40, 60)


def test_listed_batches_hold_images_of_any_size():
    images, targets = Listed().collate(samples((8, 8), (4, 6)))
    assert [tuple(image.shape) for image in images] == [(3, 8, 8), (3, 4, 6)]
    assert targets == [0, 1]
    assert len(Listed().join(images)) == 2
    assert Listed().probe_size((40, 60)) == (40, 40)


def test_images_of_their_original_size_are_predicted_one_at_a_time():
    assert Stacked().images_at_once() == 32
    assert Listed().images_at_once() == 8
    assert Listed().images_at_once(5) == 5
    assert Listed(keeps_size=True).images_at_once(5) == 1
