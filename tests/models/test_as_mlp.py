"""AS-MLP computes what its released code computes, and is a timm backbone."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from timm.models import load_checkpoint

import cyclemlp
from cyclemlp.models import ASMLP, fast_axial
from cyclemlp.models.weights.loading import load_weights
from cyclemlp.ops import backend
from cyclemlp.ops.cpu import kernels, library
from cyclemlp.tasks.common.pyramids import feature_strides

from . import as_mlp_network, as_mlp_released, released

NANO: dict[str, Any] = {"dim": 12, "depths": (1, 1, 2, 1), "num_classes": 7}


def _nano(**kwargs: Any) -> Any:
    torch.manual_seed(0)
    return timm.create_model("as_mlp_tiny", **{**NANO, **kwargs}).eval()


@pytest.fixture(scope="module")
def nano_weights() -> dict[str, torch.Tensor]:
    layout = as_mlp_released.layout(NANO["dim"], NANO["depths"], NANO["num_classes"])
    return as_mlp_released.weights(layout)


@pytest.mark.parametrize("variant", as_mlp_released.VARIANTS)
def test_layout_and_parameters_are_those_of_the_released_files(variant):
    layout = as_mlp_released.layout(*as_mlp_released.VARIANTS[variant])
    facts = as_mlp_released.FACTS[variant]
    assert released.layout_digest(layout) == facts["layout_sha256"]
    model = timm.create_model(f"as_mlp_{variant}", device="meta")
    own = model.state_dict()
    assert {n: tuple(t.shape) for n, t in own.items()} == {
        n: s[:2] if s[2:] == (1, 1) else s for n, s in layout.items()
    }
    assert sum(p.numel() for p in model.parameters()) == facts["params"]


@pytest.mark.parametrize(
    ("variant", "size"),
    [
        ("tiny", "64x96"),
        pytest.param("tiny", "224x224", marks=pytest.mark.slow),
        pytest.param("small", "64x64", marks=pytest.mark.slow),
    ],
)
def test_logits_and_features_have_the_released_digests(variant, size):
    facts = as_mlp_released.FACTS[variant]
    model: Any = timm.create_model(f"as_mlp_{variant}").eval()
    layout = as_mlp_released.layout(*as_mlp_released.VARIANTS[variant])
    model.load_state_dict(as_mlp_released.weights(layout), strict=True)
    images = released.images(*map(int, size.split("x")))
    with torch.inference_mode():
        logits, features = model(images), model.forward_intermediates(images)[1]
    found, expected = [logits, *features], [facts["logits"][size], *facts["features"][size]]
    for array, digest in zip(found, expected, strict=True):
        samples = torch.tensor(digest["samples"])
        torch.testing.assert_close(released.samples(array), samples, atol=1e-4, rtol=0)
        assert array.double().mean().item() == pytest.approx(digest["mean"], abs=1e-4)


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (36, 50), (75, 41)])
@pytest.mark.parametrize("path", ["gradient", "auto", "plain"])
def test_equals_the_plain_network_in_double_precision(nano_weights, size, path):
    model = _nano(dtype=torch.float64)
    model.load_state_dict(nano_weights)
    wide = {name: tensor.double() for name, tensor in nano_weights.items()}
    images = torch.randn(2, 3, *size, dtype=torch.float64)
    with torch.set_grad_enabled(path == "gradient"), backend("auto" if path == "auto" else "plain"):
        logits, features = model(images), model.forward_intermediates(images)[1]
    torch.testing.assert_close(logits, as_mlp_network.logits(wide, images), atol=1e-9, rtol=0)
    for ours, plain in zip(features, as_mlp_network.features(wide, images), strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-9, rtol=0)


@pytest.mark.parametrize("path", ["auto", "plain"])
@pytest.mark.parametrize("change", [None, "gradient", "hook", "dropout", "autocast", "bfloat16"])
def test_the_fused_block_runs_where_it_computes_the_same(monkeypatch, change, path):
    model, x = _nano(drop_path_rate=0.5 if change == "dropout" else 0.0), torch.randn(1, 8, 9, 12)
    block, calls = model.layers[0].blocks[0], []
    monkeypatch.setattr(fast_axial, "add_mlp_", lambda *a: calls.append("plain") or a[0])
    run = kernels.add_feed_forward_
    monkeypatch.setattr(
        kernels, "add_feed_forward_", lambda *a, **b: calls.append("auto") or run(*a, **b)
    )
    if change == "hook":
        block.axial_shift.conv3.register_forward_hook(lambda *_: None)
    if change == "dropout":
        block = model.layers[3].blocks[0].train()
        x = torch.randn(1, 2, 2, 96)
    if change == "bfloat16":
        block, x = block.bfloat16(), x.bfloat16()
    with (
        backend(path),
        torch.set_grad_enabled(change == "gradient"),
        torch.autocast("cpu", enabled=change == "autocast"),
    ):
        available = path == "auto" and library.find(x.dtype).missing == ""
        block(x)
    assert calls == ([] if change else ["auto" if available else "plain"])


def test_a_hook_of_a_norm_is_called():
    block, calls = _nano().layers[0].blocks[0], []
    block.axial_shift.norm2.register_forward_hook(lambda *_: calls.append(1))
    with torch.inference_mode():
        block(torch.randn(1, 8, 9, 12))
    assert calls == [1]


def test_a_prepared_network_gives_equal_results_and_notices_changes():
    model, x = _nano(), torch.randn(2, 3, 64, 48)
    prepared: Any = cyclemlp.prepare(model)
    with torch.inference_mode():
        for _ in range(2):
            assert torch.equal(prepared(x), model(x))
        for parameter in model.parameters():
            parameter.mul_(1.5)
        prepared.load_state_dict(model.state_dict())
        assert torch.equal(prepared(x), model(x))
    assert all("plan" in vars(block) for stage in prepared.layers for block in stage.blocks)


def test_the_fused_block_leaves_its_input_alone():
    block, x = _nano().layers[0].blocks[0], torch.randn(1, 8, 9, 12)
    kept = x.clone()
    with torch.inference_mode():
        assert fast_axial.block(block, x) is not None
    assert torch.equal(x, kept)


@pytest.mark.parametrize("path", ["auto", "plain"])
def test_the_fused_block_takes_an_input_of_any_strides(path):
    block, x = _nano().layers[0].blocks[0], torch.randn(2, 5, 4, 24)
    with torch.no_grad(), backend(path):
        for y in (x[..., :12].transpose(1, 2), x[..., ::2], x[:1, ..., :12].expand(3, -1, -1, -1)):
            torch.testing.assert_close(block(y), block(y.contiguous()))


def test_released_files_load_by_timm_and_by_the_library(nano_weights, tmp_path):
    file = tmp_path / "as_mlp.pth"
    torch.save({"model": nano_weights}, file)
    x, expected = torch.randn(1, 3, 64, 64), _nano()
    expected.load_state_dict(nano_weights)
    by_timm, by_us = _nano(), _nano()
    load_checkpoint(by_timm, str(file))
    load_weights(by_us, file)
    overlay = {"state_dict": dict(nano_weights)}
    pretrained = _nano(pretrained=True, pretrained_cfg_overlay={**overlay, "num_classes": 7})
    for model in (by_timm, by_us, pretrained):
        assert torch.equal(model(x), expected(x))
    del nano_weights["norm.bias"]
    with pytest.raises(RuntimeError, match=r"Missing key.*norm\.bias"):
        _nano().load_state_dict(nano_weights)


def test_the_interface_of_a_timm_backbone():
    model = _nano()
    assert isinstance(model, ASMLP)
    pyramid: Any = _nano(features_only=True)
    assert pyramid.feature_info.channels() == [12, 24, 48, 96]
    shapes = [tuple(f.shape) for f in pyramid(torch.randn(1, 3, 64, 96))]
    assert shapes == [(1, 12, 16, 24), (1, 24, 8, 12), (1, 48, 4, 6), (1, 96, 2, 3)]
    model.reset_classifier(0, "")
    assert model(torch.randn(1, 3, 64, 64)).shape == (1, 2, 2, 96)
    model.reset_classifier(3, "catavgmax")
    assert model(torch.randn(1, 3, 64, 64)).shape == (1, 3)
    assert model.prune_intermediate_layers([1]) == [1]
    assert model(torch.randn(1, 3, 64, 64)).shape == (1, 8, 8, 24)
    with pytest.raises(ValueError, match=r"AS-MLP takes images of at least 32x32.*received 31x64"):
        _nano()(torch.zeros(1, 3, 31, 64))


@pytest.mark.parametrize("name", ["as_mlp_tiny", "cyclemlp_nano"])
def test_dense_tasks_find_the_strides_on_the_meta_device(name):
    assert feature_strides(name) == [4, 8, 16, 32]


def test_gradient_checkpointing_changes_no_gradient():
    x, gradients = torch.randn(1, 3, 32, 32), []
    for enable in (False, True):
        model = _nano().train()
        model.set_grad_checkpointing(enable)
        model(x).square().sum().backward()
        gradients.append([p.grad for p in model.parameters()])
    for plain, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, recomputed)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*deprecated")
def test_scripts_and_exports():
    model, x = _nano(), torch.randn(1, 3, 40, 56)
    scripted: Any = torch.jit.script(model)
    torch.testing.assert_close(scripted(x), model(x), atol=1e-5, rtol=1e-5)
    program = torch.export.export(model, (x,))
    targets = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert all(name.startswith("aten.") for name in targets)
    torch.testing.assert_close(program.module()(x), model(x), atol=1e-5, rtol=1e-5)
