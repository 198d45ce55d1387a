"""The network as a timm backbone, beyond what timm's own suite asks."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch

from cyclemlp.models import CycleFC, CycleMixer, CycleMLP
from cyclemlp.ops import cycle_fc


def _nano(**kwargs: Any) -> Any:
    torch.manual_seed(0)
    return timm.create_model("cyclemlp_nano", num_classes=10, **kwargs).eval()


@pytest.mark.parametrize("size", [(31, 64), (64, 31), (1, 1)])
def test_small_images_are_refused_by_size(size):
    with pytest.raises(ValueError, match=rf"at least 32x32 pixels.*received {size[0]}x{size[1]}"):
        _nano()(torch.zeros(1, 3, *size))
    with pytest.raises(ValueError, match="at least 32x32"):
        _nano(features_only=True)(torch.zeros(1, 3, *size))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"mixer": "conv"},
            "must be one of 'cycle', 'channel', 'spatial', 'axial'; received 'conv'",
        ),
        ({"fusion": "max"}, "'reweight' or 'sum'; received 'max'"),
        ({"phase": "x"}, "received 'x'"),
        ({"stepsize": 0}, "two positive integers"),
        ({"downsampling": "pool"}, "'conv' or 'merge'; received 'pool'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        _nano(**arguments)


def test_unknown_arguments_are_not_swallowed():
    with pytest.raises(TypeError, match="not_an_argument"):
        _nano(not_an_argument=1)


@pytest.mark.parametrize("fusion", ["reweight", "sum"])
def test_the_mixer_is_three_branches_fused(fusion):
    torch.manual_seed(0)
    mixer: Any = CycleMixer(12, stepsize=5, fusion=fusion).double()
    x = torch.randn(2, 6, 7, 12).double()
    width = cycle_fc(x, mixer.width.weight, mixer.width.bias, (1, 5))
    height = cycle_fc(x, mixer.height.weight, mixer.height.bias, (5, 1))
    branches = torch.stack([width, height, x @ mixer.channel.weight.T])
    weights = torch.ones(3, 2, 1, 1, 12).double()
    if mixer.reweight is not None:
        logits = mixer.reweight(branches.sum(0).flatten(1, 2).mean(1))
        weights = logits.reshape(2, 12, 3).softmax(-1).permute(2, 0, 1)[:, :, None, None]
    expected = mixer.proj((weights * branches).sum(0))
    torch.testing.assert_close(mixer(x), expected, atol=1e-12, rtol=0)


def test_features_only_normalises_each_stage_and_prunes_the_rest():
    pyramid = _nano(features_only=True, out_indices=(0, 2))
    assert pyramid.feature_info.channels() == [32, 96]
    assert pyramid.feature_info.reduction() == [4, 16]
    features = pyramid(torch.randn(2, 3, 65, 97))
    assert [tuple(f.shape) for f in features] == [(2, 32, 16, 24), (2, 96, 4, 6)]
    for feature in features:
        torch.testing.assert_close(
            feature.mean(1), torch.zeros_like(feature[:, 0]), atol=1e-5, rtol=0
        )
    torch.stack([f.square().sum() for f in features]).sum().backward()
    assert all(p.grad is not None for p in pyramid.parameters())


@pytest.mark.parametrize("prune_norm", [True, False])
@pytest.mark.parametrize("indices", [[0], [3], [0, 1, 2, 3]])
@pytest.mark.parametrize("stage_norms", [True, False])
def test_pruning_leaves_no_unused_parameter(indices, prune_norm, stage_norms):
    model = _nano(stage_norms=stage_norms).train()
    kept = model.prune_intermediate_layers(indices, prune_norm=prune_norm)
    features = model.forward_intermediates(
        torch.randn(1, 3, 64, 64), indices=kept, norm=not prune_norm, intermediates_only=True
    )
    torch.stack([f.square().sum() for f in features]).sum().backward()
    assert not [name for name, p in model.named_parameters() if p.grad is None]


def test_intermediates_in_both_formats_and_stopping_early():
    model, x = _nano(), torch.randn(1, 3, 64, 96)
    last, nchw = model.forward_intermediates(x)
    nhwc = model.forward_intermediates(x, output_fmt="NHWC", intermediates_only=True)
    for a, b in zip(nchw, nhwc, strict=True):
        torch.testing.assert_close(a, b.permute(0, 3, 1, 2))
    torch.testing.assert_close(last, model.forward_features(x))
    early, features = model.forward_intermediates(x, indices=[0, 1], stop_early=True)
    assert early.shape == (1, 8, 12, 64)
    torch.testing.assert_close(features[1], nchw[1])


def test_gradient_checkpointing_changes_no_gradient():
    x, gradients = torch.randn(2, 3, 64, 64), []
    for enable in (False, True):
        model = _nano().train()
        model.set_grad_checkpointing(enable)
        model(x).square().sum().backward()
        gradients.append([p.grad for p in model.parameters()])
    for plain, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, recomputed)


def test_layer_decay_groups_follow_depth():
    from timm.optim import create_optimizer_v2

    model = _nano()
    optimizer = create_optimizer_v2(model, "adamw", lr=1.0, weight_decay=0.05, layer_decay=0.5)
    group_of = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        assert (group_of[id(parameter)]["weight_decay"] > 0) == (parameter.ndim > 1), name
    scales = [
        group_of[id(model.get_parameter(name))]["lr_scale"]
        for name in (
            "stem.conv.weight",
            "stages.0.blocks.0.mlp.fc1.weight",
            "stages.2.downsample.conv.weight",
            "stages.2.blocks.3.mlp.fc1.weight",
            "head.fc.weight",
        )
    ]
    assert scales == sorted(set(scales))
    assert scales[-1] == 1


def test_stochastic_depth_rises_linearly():
    model = _nano(drop_path_rate=0.8)
    rates = [getattr(b.drop_path1, "drop_prob", 0.0) for s in model.stages for b in s.blocks]
    expected = torch.linspace(0, 0.8, len(rates)).tolist()
    assert rates == pytest.approx(expected)


def test_compiles_without_a_graph_break():
    # static sizes: torch's own guards on this stem's floored sizes take minutes, channel FC alike
    model, x = _nano(), torch.randn(1, 3, 70, 50)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager", dynamic=False)
    torch.testing.assert_close(compiled(x), model(x), atol=1e-5, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*deprecated")
@pytest.mark.parametrize("name", ["cyclemlp_nano", "cyclemlp_b1", "cyclemlp_tiny"])
def test_networks_are_scriptable(name):
    network: Any = timm.create_model(name, num_classes=5).eval()
    x = torch.randn(2, 3, 40, 56)
    with torch.no_grad():
        torch.testing.assert_close(torch.jit.script(network)(x), network(x), atol=1e-4, rtol=1e-4)


def test_exports_with_dynamic_sizes_as_ordinary_operators():
    model, auto = _nano(), torch.export.Dim.AUTO
    program = torch.export.export(
        model, (torch.randn(2, 3, 64, 96),), dynamic_shapes={"x": {0: auto, 2: auto, 3: auto}}
    )
    targets = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert not [t for t in targets if "cyclemlp" in t or "deform" in t]
    x = torch.randn(3, 3, 97, 131)
    torch.testing.assert_close(program.module()(x), model(x), atol=1e-5, rtol=1e-5)


def test_bfloat16_and_autocast_stay_low():
    model, x = _nano(), torch.randn(2, 3, 64, 64)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model(x).dtype == torch.bfloat16
    assert model.bfloat16()(x.bfloat16()).dtype == torch.bfloat16


def test_flops_of_every_layer_are_counted():
    from torch.utils.flop_counter import FlopCounterMode

    model = timm.create_model("cyclemlp_b1", device="meta").eval()
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 3, 224, 224, device="meta"))
    per_op = counter.get_flop_counts()["Global"]
    cycle = sum(
        2 * (56 >> i) ** 2 * d * c * c * 2
        for i, (c, d) in enumerate(zip((64, 128, 320, 512), (2, 2, 4, 2), strict=True))
    )
    assert per_op[torch.ops.cyclemlp.cycle_fc] == cycle


def test_the_layer_prints_its_stepsize():
    assert "stepsize=(1, 5), phase='paper'" in str(CycleFC(4, 4, stepsize=(1, 5), phase="paper"))


def test_the_class_is_public():
    assert isinstance(_nano(), CycleMLP)
