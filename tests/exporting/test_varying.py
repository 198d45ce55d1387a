"""Networks for one size are exported for that size."""

import pytest

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting.run import export_bundle
from cyclemlp.exporting.varying import check_varying
from cyclemlp.tasks import create_task


@pytest.mark.parametrize(
    ("model", "args"),
    [
        ("mixer_s32_224", {"img_size": 64}),
        ("swin_tiny_patch4_window7_224", {"img_size": 64}),
        ("cyclemlp_nano", {"mixer": "spatial", "img_size": 64}),
    ],
)
def test_a_network_for_one_size_has_no_varying_sides(model, args):
    task = create_task("classify", ("ant", "bee"), (), {})
    network = task.build(model, **args).eval()
    bundle = Bundle.from_task(network, task, model, Preprocessing((64, 64)), args)
    with pytest.raises(
        ValueError, match=r"64 × 64 pixels only.*width cannot vary.*--dynamic batch$"
    ):
        check_varying(bundle, ("batch", "height", "width"))
    check_varying(bundle, ("batch",))


def test_a_network_for_any_size_may_vary():
    task = create_task("classify", ("ant", "bee"), (), {})
    network = task.build("test_resnet").eval()
    bundle = Bundle.from_task(network, task, "test_resnet", Preprocessing((64, 64)))
    check_varying(bundle, ("batch", "height", "width"))


def test_networks_of_other_channels_are_refused(tmp_path):
    task = create_task("classify", ("ant", "bee"), (), {})
    network = task.build("test_resnet", in_chans=1).eval()
    images = Preprocessing((64, 64), mean=(0.5,), std=(0.5,))
    bundle = Bundle.from_task(network, task, "test_resnet", images, {"in_chans": 1})
    with pytest.raises(ValueError, match=r"RGB images, and this one takes 1-channel images"):
        export_bundle(bundle, {}, tmp_path, ["batch"], None, None, print)
