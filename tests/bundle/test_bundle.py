from typing import Any

import pytest
import torch

from cyclemlp.bundle.bundle import Bundle

from .bundles import SIZE, make_bundle


@pytest.mark.parametrize(
    ("model", "model_args"),
    [
        ("cyclemlp_nano", {"stepsize": 7}),
        ("test_resnet", {}),
        ("test_vit", {"img_size": SIZE}),
        ("test_convnext.r160_in1k", {"drop_path_rate": 0.1}),
    ],
)
def test_any_architecture_survives_saving_and_loading(tmp_path, model, model_args):
    bundle = make_bundle(model, **model_args)
    bundle.save_pretrained(tmp_path)
    again = Bundle.from_pretrained(tmp_path)
    assert again.config == bundle.config
    assert not again.network.training
    images = torch.randn(2, 3, SIZE, SIZE)
    with torch.inference_mode():
        assert torch.equal(again.network(images), bundle.network(images))


def test_outputs_and_classes_must_have_one_number():
    bundle = make_bundle()
    network: Any = bundle.network
    network.reset_classifier(7)
    with pytest.raises(ValueError, match="7 outputs and the bundle 3 classes"):
        Bundle(bundle.network, bundle.config)
