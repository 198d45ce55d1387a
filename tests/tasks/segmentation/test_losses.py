import torch
from torch.nn import functional as F

from cyclemlp.tasks.segmentation.task import Segmentation

from .fixed import Fixed
from .settings import CLASSES


def test_the_loss_is_the_mean_over_pixels_that_are_not_ignored(task):
    images = [torch.randn(3, 4, 4) for _ in range(2)]
    masks = [torch.randint(3, (4, 4)) for _ in range(2)]
    masks[0][:2] = 255
    loss = task.losses(Fixed(), images, masks)["loss"]
    expected = F.cross_entropy(torch.stack(images), torch.stack(masks), ignore_index=255)
    torch.testing.assert_close(loss, expected)
    weighted = Segmentation(CLASSES, class_weights=[1, 2, 0.5])
    torch.testing.assert_close(
        weighted.losses(Fixed(), images, masks)["loss"],
        F.cross_entropy(
            torch.stack(images),
            torch.stack(masks),
            torch.tensor([1, 2, 0.5]),
            ignore_index=255,
        ),
    )


def test_a_batch_of_ignored_pixels_has_finite_losses_and_gradients():
    task = Segmentation(CLASSES, dice=1.0, lovasz=1.0)
    images = [torch.randn(3, 4, 4, requires_grad=True)]
    losses = task.losses(Fixed(), images, [torch.full((4, 4), 255)])
    total = torch.stack([*losses.values()]).sum()
    total.backward()
    assert total.isfinite()
    assert images[0].grad is not None
    assert images[0].grad.isfinite().all()
