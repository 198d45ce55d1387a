"""Fused paths compute what the layers one by one compute, and only where nobody looks inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.fx
from timm.layers import Mlp
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.models import CycleFC, CycleMixer, fast, fast_mlp
from cyclemlp.models.block import Block
from cyclemlp.ops.cpu import library
from cyclemlp.ops.releases import TRACES_STATE


def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, blocks and mixers call their layers one by one."""
    monkeypatch.setattr(fast, "block", lambda layers, x: None)
    monkeypatch.setattr(fast, "mixer", lambda layers, x: None)


def _by_layers(module: Any, x: torch.Tensor) -> torch.Tensor:
    with pytest.MonkeyPatch.context() as monkeypatch:
        _plain(monkeypatch)
        return module(x)


def _block(dtype: torch.dtype = torch.float64, **kwargs: Any) -> Any:
    torch.manual_seed(1)
    return Block(12, CycleMixer(12, **kwargs), 4.0).to(dtype)


def _step(module: Any, x: torch.Tensor) -> list[torch.Tensor]:
    x = x.detach().clone().requires_grad_()
    y = module(x)
    return [y, *torch.autograd.grad(y.square().sum(), [x, *module.parameters()])]


@pytest.mark.parametrize("fusion", ["reweight", "sum"])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (9, 12)])
@pytest.mark.parametrize("stepsize", [1, 3, 4])
def test_a_block_equals_its_layers_with_all_gradients(
    either_path, monkeypatch, fusion, size, stepsize
):
    monkeypatch.setattr(fast_mlp, "recomputing_pays", lambda shape, dtype: True)
    monkeypatch.setattr(fast, "one_product_pays", lambda x, summed: True)
    block, x = _block(fusion=fusion, stepsize=stepsize), torch.randn(2, *size, 12).double()
    ours = _step(block, x)
    with torch.no_grad():
        inferred = block.eval()(x)
    _plain(monkeypatch)
    theirs = _step(block.train(), x)
    torch.testing.assert_close(inferred, theirs[0], atol=1e-11, rtol=0)
    for got, want in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, want, atol=1e-10, rtol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("train", [True, False])
def test_autocast_and_low_weights_stay_near(either_path, monkeypatch, dtype, train):
    monkeypatch.setattr(fast, "one_product_pays", lambda x, summed: True)
    block, x = _block(torch.float32), torch.randn(2, 8, 8, 12)
    expected = block(x)
    with torch.autocast("cpu", dtype=dtype), torch.set_grad_enabled(train):
        cast = block.train(train)(x)
    with torch.set_grad_enabled(train):
        low = block.to(dtype)(x.to(dtype))
    assert low.dtype == dtype
    assert cast.dtype == torch.float32  # the residual's
    torch.testing.assert_close(low.float(), expected, atol=0.1, rtol=0.05)
    torch.testing.assert_close(cast, expected, atol=0.1, rtol=0.05)
    _plain(monkeypatch)
    torch.testing.assert_close(block(x.to(dtype)).float(), low.float(), atol=0.1, rtol=0.05)


def test_counters_see_the_layers():
    block, x = _block(torch.float32), torch.randn(1, 16, 16, 12)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        block.eval()(x)
    products = 4 + 8  # three branches and the projection, an MLP of ratio 4
    small = 2 * (12 * 3 + 3 * 36)
    assert counter.get_total_flops() == 2 * 16 * 16 * 12 * 12 * products + small


@pytest.mark.parametrize(
    "name",
    [
        *("norm1", "mixer", "mixer.width", "mixer.reweight", "mixer.reweight.fc2", "mixer.proj"),
        *("mixer.proj_drop", "drop_path1", "mlp.fc1", "mlp.act", "norm2"),
    ],
)
def test_hooks_are_called(either_path, name):
    block, called = _block(torch.float32).eval(), []
    block.get_submodule(name).register_forward_hook(lambda *args: called.append(name))
    with torch.no_grad():
        block(torch.randn(1, 16, 16, 12))
    assert called == [name]


def test_replaced_layers_are_called():
    class Doubled(torch.nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(input)

    block, x = _block(torch.float32).eval(), torch.randn(1, 16, 16, 12)
    before = block.mixer(x)
    doubled = Doubled(12, 12)
    doubled.load_state_dict(block.mixer.proj.state_dict())
    block.mixer.proj = doubled
    torch.testing.assert_close(block.mixer(x), 2 * before, atol=1e-5, rtol=1e-5)


class _Tripled(nn.GELU):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return 3 * super().forward(input)


class _Negated(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return -x


def _forward_in_its_place(block: Any) -> None:
    block.mlp.fc1.forward = lambda x: torch.full((*x.shape[:-1], 48), 0.5)


_CHANGES: dict[str, Callable[[Any], object]] = {
    "another drop path": lambda b: setattr(b, "drop_path2", _Negated()),
    "no MLP": lambda b: setattr(b, "mlp", nn.Identity()),
    "another norm": lambda b: setattr(b, "norm1", nn.LayerNorm([40, 40, 12])),
    "a norm with another forward": lambda b: setattr(b.norm1, "forward", torch.neg),
    "another mixer": lambda b: setattr(b, "mixer", _Negated()),
    "another first drop path": lambda b: setattr(b, "drop_path1", _Negated()),
    "other branch weights": lambda b: setattr(b.mixer, "reweight", nn.Linear(12, 36)),
    "another GELU for them": lambda b: setattr(b.mixer.reweight.act, "approximate", "tanh"),
    "no bias": lambda b: setattr(b.mixer.width, "bias", None),
    "a norm of other channels": lambda b: setattr(b.norm2, "weight", None),
    "another MLP": lambda b: setattr(b, "mlp", _Negated()),
    "no dropout layer": lambda b: setattr(b.mlp, "drop1", nn.Identity()),
    "something for a dropout layer": lambda b: setattr(b.mlp, "drop2", _Negated()),
    "a subclass of GELU": lambda b: setattr(b.mlp, "act", _Tripled()),
    "a norm over the image": lambda b: setattr(b, "norm2", nn.LayerNorm([40, 40, 12])),
    "a method of the user's": _forward_in_its_place,
    "another stepsize": lambda b: setattr(b.mixer.width, "stepsize", (1, 5)),
    "another phase": lambda b: setattr(b.mixer.height, "phase", "paper"),
}


@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("train", [True, False])
def test_changed_blocks_compute_what_their_layers_say(either_path, monkeypatch, change, train):
    monkeypatch.setattr(fast, "one_product_pays", lambda x, summed: True)
    block, x = _block(torch.float32).train(train), torch.randn(1, 40, 40, 12)  # over 1024 rows
    _CHANGES[change](block)
    with torch.set_grad_enabled(train):
        got = block(x)
        _plain(monkeypatch)
        torch.testing.assert_close(got, block(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "name", ["mixer.proj_drop", "drop_path1", "mlp.drop1", "mlp.drop2", "drop_path2"]
)
def test_dropout_switched_on_in_evaluation_draws(either_path, name):
    block = Block(12, CycleMixer(12, proj_drop=0.5), 4.0, drop_path=0.5, proj_drop=0.5).eval()
    block.get_submodule(name).train()
    x = torch.randn(8, 16, 16, 12)
    with torch.no_grad():
        assert not torch.equal(block(x), block(x))


def test_hooks_of_all_modules_see_every_layer():
    block, seen = _block(torch.float32).eval(), set()
    handle = nn.modules.module.register_module_forward_hook(lambda m, *_: seen.add(m))
    try:
        with torch.no_grad():
            block(torch.randn(1, 16, 16, 12))
    finally:
        handle.remove()
    assert set(block.modules()) == seen


def test_inference_leaves_its_input_alone():
    block, x = _block(torch.float32).eval(), torch.randn(1, 16, 16, 12)
    before = x.clone()
    with torch.inference_mode():
        block(x)
    assert torch.equal(x, before)


def test_training_keeps_no_more_than_the_channel_fc_twin():
    """Bytes saved for the gradient, each storage once, at the sizes of the first two stages."""

    def saved_bytes(mixer: CycleMixer, x: torch.Tensor) -> int:
        storages: dict[int, int] = {}

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            mixer(x)
        return sum(storages.values())

    for size, channels in ((56, 64), (28, 128)):  # where the rule takes one product
        mixer, x = CycleMixer(channels), torch.randn(1, size, size, channels)
        twin: Any = CycleMixer(channels)
        twin.width, twin.height = (torch.nn.Linear(channels, channels) for _ in range(2))
        assert saved_bytes(mixer, x) < saved_bytes(twin, x)


@pytest.mark.filterwarnings(
    "ignore:.*torch.jit:FutureWarning", "ignore:.*torch.jit:DeprecationWarning"
)
@pytest.mark.parametrize("fusion", ["reweight", "sum"])
def test_scripts_traces_and_symbolic_graphs_compute_the_layers(fusion):
    block, x = _block(torch.float32, fusion=fusion).eval(), torch.randn(1, 16, 16, 12)
    with torch.no_grad():
        expected = block(x)
        scripted: Any = torch.jit.script(block)
        traced: Any = torch.jit.trace(block, (x,))
        symbolic = torch.fx.GraphModule(block, _Tracer().trace(block))
        for other in (scripted, traced, symbolic):
            torch.testing.assert_close(other(x), expected, atol=1e-5, rtol=1e-5)


class _Tracer(torch.fx.Tracer):
    def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, CycleFC) or super().is_leaf_module(m, module_qualified_name)


def _wide_weights(mixer: Any) -> None:
    mixer.reweight = Mlp(12, 100, 36).double()


_OTHER_SHAPES: dict[str, Callable[[Any], object]] = {
    "a projection to more channels": lambda m: setattr(m, "proj", nn.Linear(12, 40).double()),
    "a projection to fewer": lambda m: setattr(m, "proj", nn.Linear(12, 5).double()),
    "wide branch weights": _wide_weights,
}


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("change", _OTHER_SHAPES)
def test_mixers_of_other_shapes_compute_what_their_layers_say(change):
    mixer, x = CycleMixer(12).double().eval(), torch.randn(2, 9, 8, 12).double()
    _OTHER_SHAPES[change](mixer)
    with torch.no_grad():
        torch.testing.assert_close(mixer(x), _by_layers(mixer, x), atol=1e-12, rtol=0)


@pytest.mark.usefixtures("either_path")
def test_what_the_layers_refuse_is_refused():
    x = torch.randn(1, 8, 8, 24)
    with torch.no_grad():
        with pytest.raises(ValueError, match=r"weight of shape \(C_out, C\)"):
            CycleMixer(12).eval()(x)
        with pytest.raises(RuntimeError, match="device meta"):
            Block(24, CycleMixer(24), 4.0).eval().to("meta")(x)
        block = Block(24, CycleMixer(24), 4.0).eval()
        block.mlp.to("meta")
        with pytest.raises(RuntimeError, match="device meta"):
            block(x)


def test_kernels_compute_on_the_cpu_whatever_the_default_device():
    block, x = _block(torch.float32).eval(), torch.randn(1, 9, 8, 12)
    with torch.no_grad():
        expected = block(x)
        with torch.device("meta"):
            torch.testing.assert_close(block(x), expected)


class _Wrapped(torch.Tensor):
    """Numbers that are not where a plain tensor's are."""


def test_kernels_leave_other_kinds_of_parameters_to_the_layers(monkeypatch):
    block, x = _block(torch.float32).eval(), torch.randn(1, 9, 8, 12)
    weight = block.mixer.proj.weight.detach().as_subclass(_Wrapped)
    block.mixer.proj.weight = nn.Parameter(weight)
    monkeypatch.setattr(fast.kernels, "mixer", None)
    with torch.no_grad():
        assert block(x).shape == x.shape


def _calls(block: Any, x: torch.Tensor, **options: Any) -> tuple[torch.Tensor, list[str]]:
    """What a compiled block gives, and the kernels in its graph."""
    graphs: list[torch.fx.GraphModule] = []

    def backend(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        graphs.append(graph)
        return graph

    torch._dynamo.reset()
    y = torch.compile(block, backend=backend, fullgraph=True, **options)(x)
    called = [str(n.target) for g in graphs for n in g.graph.nodes if n.op == "call_function"]
    return y, [name for name in called if name.startswith("cyclemlp.")]


@pytest.mark.parametrize("fusion", ["reweight", "sum"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_compiled_inference_calls_kernels(fusion, dtype):
    block, x = _block(dtype, fusion=fusion).eval(), torch.randn(2, 9, 8, 12).to(dtype)
    serve = TRACES_STATE and library.find(dtype).missing == ""
    with torch.no_grad():
        y, calls = _calls(block, x)
        assert calls == (["cyclemlp.mixer", "cyclemlp.add_feed_forward"] if serve else [])
        torch.testing.assert_close(y, _by_layers(block, x), atol=1e-5, rtol=1e-5)
        _, calls = _calls(block, x, dynamic=True)
        assert len(calls) == (2 if serve else 0)


def test_compiled_code_has_layers_where_kernels_do_not_serve(request):
    block, x = _block(torch.float32).eval(), torch.randn(2, 9, 8, 12)
    assert _calls(block, x)[1] == []  # which may be differentiated
    with torch.no_grad():
        exported = torch.export.export(block, (x,), strict=True)
        assert "cyclemlp" not in str(exported.graph)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert _calls(block, x)[1] == []
        block.mixer.proj.register_forward_hook(lambda *args: None)
        assert "cyclemlp.mixer" not in _calls(block, x)[1]
        request.getfixturevalue("no_kernels")
        assert _calls(_block(torch.float32).eval(), x)[1] == []


@pytest.mark.parametrize("change", _CHANGES)
def test_changed_blocks_are_compiled_as_their_layers_say(change):
    block, x = _block(torch.float32).eval(), torch.randn(1, 40, 40, 12)
    _CHANGES[change](block)
    with torch.no_grad():
        torch.testing.assert_close(_calls(block, x)[0], block(x), atol=1e-5, rtol=1e-5)


def test_registered_kernels_keep_torchs_contract():
    block, x = _block(torch.float64).eval(), torch.randn(2, 4, 5, 12).double()
    if library.find(torch.float64).missing:
        pytest.skip("this machine has no kernels")
    mixer, norm, mlp = block.mixer, block.norm1, block.mlp
    tensors = [norm.weight, norm.bias]
    tensors += [mixer.width.weight, mixer.height.weight, mixer.channel.weight]
    tensors += [mixer.width.bias, mixer.height.bias]
    for layer in (mixer.reweight.fc1, mixer.reweight.fc2, mixer.proj):
        tensors += [layer.weight, layer.bias]
    tensors = [t.detach() for t in tensors]
    torch.library.opcheck(
        torch.ops.cyclemlp.mixer.default, (x, tensors, 3, "released", norm.eps, False)
    )
    tensors = [norm.weight, norm.bias, mlp.fc1.weight, mlp.fc1.bias, mlp.fc2.weight, None]
    tensors = [None if t is None else t.detach() for t in tensors]
    torch.library.opcheck(torch.ops.cyclemlp.add_feed_forward.default, (x, tensors, 1e-5))


@pytest.mark.parametrize("transform", ["vmap", "grad"])
def test_compiled_transforms_of_a_block_are_right(transform):
    block, x = _block(torch.float64).eval(), torch.randn(3, 2, 4, 5, 12).double()

    def transformed(x: torch.Tensor) -> Any:
        if transform == "vmap":
            return torch.func.vmap(block)(x)
        return torch.func.grad(lambda x: block(x).square().sum())(x[0])

    torch._dynamo.reset()
    with torch.no_grad():
        got = torch.compile(transformed, backend="eager")(x)
        torch.testing.assert_close(got, transformed(x), atol=1e-11, rtol=0)


_Memory = Callable[[torch.Tensor], torch.Tensor]


def _negated(values: torch.Tensor) -> torch.Tensor:
    """The same values behind torch's negation bit, in contiguous memory."""
    view = torch._neg_view((-values).contiguous())
    assert view.is_neg()
    assert view.is_contiguous()
    return view


def _conjugated(values: torch.Tensor) -> torch.Tensor:
    view = torch.complex(torch.zeros_like(values), -values).conj().imag
    assert view.is_neg()
    return view


_MEMORIES = {"negated": _negated, "conjugated": _conjugated}


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("module", ["block", "mixer", "mixer.width", "mlp"])
@pytest.mark.parametrize("memory", _MEMORIES)
@pytest.mark.parametrize("train", [True, False])
def test_negated_views_are_computed_with_their_values(module, memory, train):
    block = _block().train(train)
    part = block if module == "block" else block.get_submodule(module)
    values = torch.randn(2, 40, 30, 12).double()
    with torch.set_grad_enabled(train):
        torch.testing.assert_close(part(_MEMORIES[memory](values)), part(values))


_WEIGHTS = ["mixer.width", "mixer.channel", "mixer.proj", "mixer.reweight.fc1", "mlp.fc1", "norm2"]


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("name", _WEIGHTS)
@pytest.mark.parametrize("compiled", [False, True])
def test_negated_weights_are_used_with_their_values(name, compiled):
    block, x = _block().eval(), torch.randn(2, 9, 8, 12).double()
    with torch.no_grad():
        expected = block(x)
        layer = block.get_submodule(name)
        layer.weight = nn.Parameter(_negated(layer.weight), requires_grad=False)
        assert layer.weight.is_neg()
        got = _calls(block, x)[0] if compiled else block(x)
        torch.testing.assert_close(got, expected)


@pytest.mark.usefixtures("either_path")
@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("name", ["mixer.channel", "mixer.proj", "mixer.reweight.fc1", "mlp.fc2"])
@pytest.mark.parametrize("train", [True, False])
def test_sparse_weights_work_where_the_layers_take_them(name, train):
    block, x = _block(torch.float32).train(train), torch.randn(2, 9, 8, 12)
    with torch.set_grad_enabled(train):
        expected = block(x)
        layer = block.get_submodule(name)
        layer.weight = nn.Parameter(layer.weight.detach().to_sparse_csr(), requires_grad=False)
        torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-5)
