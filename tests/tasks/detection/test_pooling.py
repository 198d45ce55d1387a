import pytest
import torch
from torchvision.ops import roi_align

from cyclemlp.tasks import create_task
from cyclemlp.tasks.detection.pooling import create_region_pool

TINY = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}


@pytest.mark.parametrize(("side", "level"), [(30.0, 0), (120.0, 1), (240.0, 2), (500.0, 3)])
def test_regions_are_pooled_from_maps_of_strides_4_to_32(side, level):
    torch.manual_seed(0)
    maps = {str(n): torch.randn(1, 2, 512 >> n + 2, 512 >> n + 2) for n in range(4)}
    regions = torch.tensor([[3.0, 5.0, 3 + side, 5 + side]])
    pooled = create_region_pool(7)(maps, [regions], [(500, 490)])
    expected = roi_align(maps[str(level)], [regions], 7, 1 / 4 / 2**level, 2)
    torch.testing.assert_close(pooled, expected)


def test_the_first_image_does_not_change_the_predictions_of_later_ones():
    """An image of 33 pixels, padded to 64, is where torchvision would infer half the strides."""
    torch.manual_seed(0)
    settings = {"channels": 32, "regions": 20, "min_score": 0.0, "max_objects": 5}
    task = create_task("instance", ("disc", "square"), (), settings)
    network = task.build("cyclemlp_nano", **TINY).eval()
    image, small = torch.randn(3, 64, 96), torch.randn(3, 33, 45)
    with torch.inference_mode():
        task.infer(network, [small])
        (after,) = task.infer(network, [image])
        fresh = task.build("cyclemlp_nano", **TINY).eval()
        fresh.load_state_dict(network.state_dict())
        (before,) = task.infer(fresh, [image])
    torch.testing.assert_close(after, before)
