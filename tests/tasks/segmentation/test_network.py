import pytest
import torch

from cyclemlp.tasks.segmentation.network import Segmenter
from cyclemlp.tasks.segmentation.task import Segmentation

from .settings import CLASSES, NARROW, TINY


@pytest.mark.parametrize("size", [(64, 64), (33, 65), (97, 131), (1, 1), (300, 40)])
def test_logits_have_the_images_size(network, size):
    assert network(torch.randn(2, 3, *size)).shape == (2, 3, *size)


@pytest.mark.parametrize(
    "model", ["cyclemlp_nano", "resnet18", "pvt_v2_b0", "mobilenetv3_small_100"]
)
def test_any_pyramid_trains_every_parameter(model):
    task = Segmentation(CLASSES, decoder_args=NARROW, auxiliary=0.4, dice=0.5, lovasz=0.5)
    network = task.build(model).train()
    images = [torch.randn(3, 64, 64) for _ in range(2)]
    masks = [torch.randint(3, (64, 64)) for _ in range(2)]
    losses = task.losses(network, images, masks)
    assert set(losses) == {"cross_entropy", "dice", "lovasz", "auxiliary"}
    torch.stack([*losses.values()]).sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    assert not without


def test_swin_takes_images_of_any_shape(task):
    network = task.build("swin_tiny_patch4_window7_224", depths=(1, 1, 1, 1)).eval()
    assert network(torch.randn(1, 3, 70, 110)).shape == (1, 3, 70, 110)


def test_the_auxiliary_head_is_used_in_training_only():
    task = Segmentation(CLASSES, decoder_args=NARROW, auxiliary=0.4)
    network = task.build("cyclemlp_nano", **TINY)
    assert isinstance(network, Segmenter)
    assert isinstance(network.train()(torch.randn(2, 3, 40, 50)), tuple)
    before = network.eval()(torch.zeros(1, 3, 40, 50))
    assert network.auxiliary is not None
    with torch.no_grad():
        for parameter in network.auxiliary.parameters():
            parameter.add_(1)
    assert torch.equal(network(torch.zeros(1, 3, 40, 50)), before)


def test_a_decoder_with_batch_norm_over_whole_images_needs_two_images():
    task = Segmentation(CLASSES, decoder="upernet")
    network = task.build("cyclemlp_nano").train()
    with pytest.raises(
        ValueError, match=r"got one from 1 image of .* set --batch-size to 2 or more"
    ):
        task.losses(network, [torch.randn(3, 64, 64)], [torch.zeros(64, 64, dtype=torch.int64)])


def test_an_image_too_small_for_the_group_norms_is_explained():
    narrow = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
    task = Segmentation(CLASSES, decoder_args=narrow)
    network = task.build("cyclemlp_nano", dims=(8, 16, 16, 24), depths=(1, 1, 1, 1)).eval()
    with torch.inference_mode():
        assert task.infer(network, [torch.zeros(3, 33, 20)])[0].shape == (len(CLASSES), 33, 20)
        with pytest.raises(ValueError, match=r"1 image of 32 × 20 pixels; give larger images"):
            task.infer(network, [torch.zeros(3, 32, 20)])
