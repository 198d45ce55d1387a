import numpy as np
import torch
from faster_coco_eval import mask as coco_mask
from torchvision.models.detection.roi_heads import paste_masks_in_image

from cyclemlp.tasks.detection.masks import Patch, pasted


def test_a_pasted_mask_equals_torchvisions():
    size = (70, 90)
    for _ in range(40):
        corner = torch.rand(2) * torch.tensor([80.0, 60.0])
        end = torch.minimum(corner + 1 + torch.rand(2) * 60, torch.tensor([90.0, 70.0]))
        box = torch.cat([corner, end]).double()
        probabilities = torch.rand(1, 28, 28)
        whole = paste_masks_in_image(probabilities[None], box[None], size)[0, 0] > 0.5
        assert np.array_equal(
            pasted(probabilities[0].numpy(), box.numpy(), size).on(size), whole.numpy()
        )


def test_the_patch_of_an_empty_mask_is_empty():
    patch = Patch.of(np.zeros((5, 6), bool))
    assert patch.area == 0
    assert not patch.on((5, 6)).any()
    assert coco_mask.area(patch.run_lengths((5, 6))) == 0
