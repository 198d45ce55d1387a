"""The operator against its definition, and everything torch should be able to do with it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.ops import cycle_fc, cycle_fc_reference, cycle_offsets
from cyclemlp.ops.offsets import PHASES, Cycle, Slice, period_offsets, period_slices
from cyclemlp.ops.plain.eager import shift, shift_fc_eager, shift_fc_traced

STEPSIZES = [(1, 1), (1, 3), (3, 1), (1, 7), (7, 1), (1, 2), (4, 1), (3, 3), (2, 3), (5, 4)]

stepsizes = st.tuples(st.integers(1, 5), st.integers(1, 5))
phases = st.sampled_from(PHASES)
sizes = st.tuples(
    st.integers(0, 2), st.integers(1, 6), st.integers(1, 6), st.integers(1, 11), st.integers(1, 4)
)


class TorchDispatchLog(TorchDispatchMode):
    """Names of the operators that run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def _operands(
    sizes: tuple[int, ...], with_bias: bool = True, dtype: torch.dtype = torch.float64
) -> tuple[Any, Any, Any]:
    batch, height, width, channels, out_channels = sizes
    generator = torch.Generator().manual_seed(sum(sizes))

    def draw(*shape: int) -> torch.Tensor:
        values = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return values.to(dtype).requires_grad_()

    bias = draw(out_channels) if with_bias else None
    return draw(batch, height, width, channels), draw(out_channels, channels), bias


def _gradients(y: torch.Tensor, inputs: tuple[torch.Tensor | None, ...]) -> list[torch.Tensor]:
    wanted = [t for t in inputs if t is not None]
    if not y.requires_grad:  # no output depends on any input: the image is smaller than the move
        return [torch.zeros_like(t) for t in wanted]
    upstream = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)
    return list(torch.autograd.grad(y, wanted, upstream, allow_unused=True, materialize_grads=True))


@given(sizes=sizes, stepsize=stepsizes, phase=phases, with_bias=st.booleans())
def test_equals_the_definition_with_its_gradients(sizes, stepsize, phase, with_bias):
    operands = _operands(sizes, with_bias)
    expected = cycle_fc_reference(*operands, stepsize, phase)
    expected_gradients = _gradients(expected, operands)
    offsets = period_offsets(stepsize, phase)
    for y in (
        cycle_fc(*operands, stepsize, phase),
        shift_fc_eager(*operands, period_slices(offsets)),
        shift_fc_traced(*operands, offsets),
    ):
        torch.testing.assert_close(y, expected, atol=1e-12, rtol=0)
        for got, want in zip(_gradients(y, operands), expected_gradients, strict=True):
            torch.testing.assert_close(got, want, atol=1e-12, rtol=0)


@pytest.mark.parametrize("stepsize", STEPSIZES)
def test_equals_a_deformed_one_by_one_convolution(stepsize):
    """An independent definition: the operator the authors call, with offsets as they build them."""
    from torchvision.ops import deform_conv2d

    x, weight, bias = _operands((2, 6, 5, 7, 3))
    offset = cycle_offsets(7, stepsize).double().flatten()[None, :, None, None].expand(2, -1, 6, 5)
    expected = deform_conv2d(x.permute(0, 3, 1, 2), offset, weight[:, :, None, None], bias)
    y = cycle_fc(x, weight, bias, stepsize)
    torch.testing.assert_close(y, expected.permute(0, 2, 3, 1), atol=1e-12, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("stepsize", [(1, 3), (4, 1), (3, 3)])
def test_gradcheck(stepsize, phase):
    operands = _operands((1, 3, 4, 5, 2))
    assert torch.autograd.gradcheck(lambda x, w, b: cycle_fc(x, w, b, stepsize, phase), operands)


@given(sizes=sizes, stepsize=stepsizes, phase=phases)
def test_the_move_back_is_the_transpose(sizes, stepsize, phase):
    x, _, _ = _operands(sizes)
    y = torch.randn_like(x)
    there, back = (Cycle(stepsize, phase).slices(back) for back in (False, True))
    left, right = (shift(x, there) * y).sum(), (x * shift(y, back)).sum()
    torch.testing.assert_close(left, right, atol=1e-10, rtol=0)


def test_offsets_of_the_released_and_the_printed_cycle():
    assert cycle_offsets(7, (1, 7))[:, 1].tolist() == [0, 1, 2, 3, -3, -2, -1]
    assert cycle_offsets(7, (1, 7), "paper")[:, 1].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert cycle_offsets(5, (3, 1))[:, 0].tolist() == [0, 1, -1, 0, 1]
    assert not cycle_offsets(5, (3, 1))[:, 1].any()
    # 2-D: rows cycle fastest, and only the printed phase exists
    assert cycle_offsets(4, (2, 2)).tolist() == [[-1, -1], [0, -1], [-1, 0], [0, 0]]
    assert torch.equal(cycle_offsets(18, (3, 3)), cycle_offsets(18, (3, 3), "paper"))


def test_one_by_one_is_the_channel_fc():
    x, weight, bias = _operands((2, 3, 4, 5, 6))
    with TorchDispatchLog() as log:
        y = cycle_fc(x, weight, bias, (1, 1))
    assert torch.equal(y, F.linear(x, weight, bias))
    assert not any("cyclemlp" in name for name in log.names)  # on a GPU too: no kernel of ours


@pytest.mark.parametrize("shape", [(0, 4, 4, 6), (2, 0, 4, 6), (2, 4, 0, 6)])
def test_empty_batches_and_images(shape):
    x = torch.randn(shape, requires_grad=True)
    weight = torch.randn(3, 6, requires_grad=True)
    y = cycle_fc(x, weight)
    y.sum().backward()
    assert y.shape == (*shape[:3], 3)
    assert x.grad is not None
    assert x.grad.shape == shape
    assert weight.grad is not None
    assert not weight.grad.any()


@pytest.mark.parametrize("view", ["channels_first", "every_other", "expanded", "flipped"])
def test_any_strides(view):
    base = torch.randn(2, 6, 8, 10, dtype=torch.float64)
    x = {
        "channels_first": base.permute(0, 2, 3, 1),
        "every_other": base[:, ::2, 1::2],
        "expanded": base[:1, :1].expand(3, 4, 8, 10),
        "flipped": base.transpose(1, 2),
    }[view]
    weight = torch.randn(4, x.shape[3], dtype=torch.float64)
    expected = cycle_fc_reference(x, weight, None, (3, 3))
    torch.testing.assert_close(cycle_fc(x, weight, None, (3, 3)), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("stepsize", STEPSIZES)
def test_leaves_nothing_of_the_image_where_it_reads_outside(stepsize):
    """What was copied at first and then moved must not shine through: it is NaN here."""
    offsets = cycle_offsets(9, stepsize).tolist()
    x = torch.full((1, 3, 4, 9), float("nan"), dtype=torch.float64)
    y = shift(x, Cycle(stepsize, "released").slices())
    for c, (di, dj) in enumerate(offsets):
        for i in range(3):
            for j in range(4):
                inside = 0 <= i + di < 3 and 0 <= j + dj < 4
                assert bool(y[0, i, j, c].isnan()) == inside


def test_a_nan_stays_where_it_is_read():
    x = torch.zeros(1, 5, 5, 3)
    x[0, 2, 2, 1] = float("nan")  # channel 1 of (1, 3) is read one column to its left
    y = cycle_fc(x, torch.ones(1, 3))
    assert y.isnan().nonzero().tolist() == [[0, 2, 1, 0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_low_precision_stays_low_and_near(dtype):
    x, weight, bias = _operands((2, 5, 6, 16, 8))
    low = [t.detach().to(dtype).requires_grad_() for t in (x, weight, bias)]
    y = cycle_fc(*low)
    assert y.dtype == dtype
    torch.testing.assert_close(y, cycle_fc(x, weight, bias).to(dtype), atol=0.1, rtol=0.02)
    y.sum().backward()
    assert [t.grad.dtype for t in low] == [dtype] * 3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_computes_in_its_dtype(dtype):
    x, weight, bias = (t.detach().float().requires_grad_() for t in _operands((1, 4, 4, 6, 5)))
    with torch.autocast("cpu", dtype=dtype):
        y = cycle_fc(x, weight, bias)
        expected = F.linear(shift(x, Cycle((1, 3), "released").slices()), weight, bias)
    assert y.dtype == dtype
    assert torch.equal(y, expected)
    y.sum().backward()
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32


@pytest.mark.parametrize("grad", [True, False])
def test_autocast_moves_what_is_cast_already(no_kernels, monkeypatch, grad):
    moved: list[torch.dtype] = []

    def spy(x: torch.Tensor, slices: list[Slice]) -> torch.Tensor:
        moved.append(x.dtype)
        return shift(x, slices)

    monkeypatch.setattr("cyclemlp.ops.plain.eager.shift", spy)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.set_grad_enabled(grad):
        cycle_fc(torch.ones(1, 2, 3, 6), torch.ones(4, 6))
    assert moved == [torch.bfloat16]


@pytest.mark.parametrize("grad", [True, False])
def test_autocast_does_not_hide_float64_beside_float32(grad):
    x, weight, _ = _operands((1, 4, 4, 6, 5))
    told = pytest.raises(ValueError, match="which does not cast float64")
    with torch.autocast("cpu"), torch.set_grad_enabled(grad), told:
        cycle_fc(x, weight.float())


def test_devices_without_autocast_are_served_and_checked():
    x, weight = torch.randn(1, 4, 4, 6, device="meta"), torch.randn(5, 6, device="meta")
    assert cycle_fc(x, weight).shape == (1, 4, 4, 5)
    with pytest.raises(ValueError, match="of one dtype"):
        cycle_fc(x, weight.double())


def test_autocast_leaves_float64_alone():
    x, weight, bias = _operands((1, 4, 4, 6, 5))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert cycle_fc(x, weight, bias).dtype == torch.float64


def test_keeps_no_activation_a_frozen_weight_does_not_need():
    x, weight, bias = _operands((1, 4, 4, 6, 5))
    saved: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        cycle_fc(x, weight.detach(), bias)
    assert [t.shape for t in saved] == [weight.shape]
    saved.clear()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        cycle_fc(x, weight, bias)
    assert {t.data_ptr() for t in saved} == {x.data_ptr(), weight.data_ptr()}


@pytest.mark.parametrize("stepsize", [(1, 3), (3, 3)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_opcheck(stepsize, with_bias):
    operands = _operands((2, 4, 5, 6, 3), with_bias, torch.float32)
    torch.library.opcheck(torch.ops.cyclemlp.cycle_fc, (*operands, list(stepsize), "released"))


def test_compiles_without_a_graph_break_forward_and_backward():
    operands = _operands((2, 5, 6, 7, 4))
    compiled = torch.compile(cycle_fc, fullgraph=True, backend="aot_eager", dynamic=True)
    y, expected = compiled(*operands), cycle_fc(*operands)
    torch.testing.assert_close(y, expected, atol=1e-12, rtol=0)
    for got, want in zip(_gradients(y, operands), _gradients(expected, operands), strict=True):
        torch.testing.assert_close(got, want, atol=1e-12, rtol=0)


def test_compiles_with_inductor():
    operands = _operands((2, 5, 6, 7, 4), dtype=torch.float32)
    y = torch.compile(cycle_fc, fullgraph=True)(*operands)
    torch.testing.assert_close(y, cycle_fc(*operands))


class _Layer(torch.nn.Module):
    def __init__(self, stepsize: tuple[int, int]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(4, 6))
        self.stepsize = stepsize

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cycle_fc(x, self.weight, None, self.stepsize, "paper")


@pytest.mark.parametrize("stepsize", [(1, 3), (2, 3)])
def test_exports_as_ordinary_operators_at_any_size(stepsize):
    layer, auto = _Layer(stepsize), torch.export.Dim.AUTO
    program = torch.export.export(
        layer, (torch.randn(2, 5, 6, 6),), dynamic_shapes={"x": {0: auto, 1: auto, 2: auto}}
    )
    targets = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert all(name.startswith("aten.") for name in targets), targets
    x = torch.randn(3, 9, 4, 6)
    torch.testing.assert_close(program.module()(x), layer(x))


@pytest.mark.filterwarnings(
    "ignore:.*torch.jit:FutureWarning", "ignore:.*torch.jit:DeprecationWarning"
)
def test_scripts_and_traces_with_torchscript():
    layer, x = _Layer((3, 1)), torch.randn(2, 5, 6, 6)
    larger = torch.randn(1, 7, 9, 6)
    scripted: Any = torch.jit.script(layer)
    torch.testing.assert_close(scripted(larger), layer(larger))
    traced: Any = torch.jit.trace(layer, (x,))
    torch.testing.assert_close(traced(x), layer(x))


def test_flops_are_counted_forward_and_backward():
    x, weight, _ = _operands((2, 5, 6, 7, 4))
    product = 2 * 2 * 5 * 6 * 7 * 4
    with FlopCounterMode(display=False) as counter:
        y = cycle_fc(x, weight)
    assert counter.get_total_flops() == product
    with FlopCounterMode(display=False) as counter:
        y.sum().backward()
    assert counter.get_total_flops() == 2 * product


@pytest.mark.parametrize("stepsize", [(0, 3), (1, 2, 3), 3, (1.5, 1), (-1, 3), None, "13"])
def test_refuses_a_wrong_stepsize_with_rule_and_remedy(stepsize):
    for call in (
        lambda: cycle_fc(torch.ones(1, 2, 2, 3), torch.ones(3, 3), None, stepsize),
        lambda: cycle_offsets(3, stepsize),
    ):
        with pytest.raises(ValueError, match="two positive integers") as error:
            call()
        assert repr(stepsize) in str(error.value)
        assert "Use (1, 1)" in str(error.value)


def test_refuses_an_unknown_phase():
    with pytest.raises(ValueError, match=r"received 'printed'.*'paper' for the formula"):
        cycle_fc(torch.ones(1, 2, 2, 3), torch.ones(3, 3), phase="printed")


@pytest.mark.parametrize(
    ("x", "weight", "bias", "message"),
    [
        (torch.ones(2, 2, 3), torch.ones(3, 3), None, r"\(B, H, W, C\).*received x \(2, 2, 3\)"),
        (torch.ones(1, 3, 8, 8), torch.ones(4, 3), None, r"NCHW images use x\.permute"),
        (torch.ones(1, 2, 2, 3), torch.ones(3, 3, 1, 1), None, r"weight \(3, 3, 1, 1\)"),
        (torch.ones(1, 2, 2, 3), torch.ones(4, 3), torch.ones(3), r"one value per row of weight"),
        (torch.ones(1, 2, 2, 3).int(), torch.ones(4, 3).int(), None, r"int32.*x\.float\(\)"),
        (torch.ones(1, 2, 2, 3), torch.ones(4, 3).half(), None, r"one dtype.*float16.*autocast"),
        (torch.ones(1, 2, 2, 3), torch.ones(4, 3, device="meta"), None, r"one device.*meta"),
        (torch.ones(1, 2, 2, 3).to_sparse(), torch.ones(4, 3), None, r"sparse_coo.*to_dense\(\)"),
        (
            torch.ones(1, 2, 2, 3),
            torch.ones(4, 3),
            torch.ones(4).to_sparse(),
            r"strided x and bias",
        ),
    ],
)
def test_refuses_what_does_not_fit_with_rule_received_and_remedy(x, weight, bias, message):
    with pytest.raises(ValueError, match=message):
        cycle_fc(x, weight, bias)


@pytest.mark.gpu
def test_cuda_equals_cpu():
    operands = _operands((2, 9, 7, 33, 20))
    x, weight, bias = (t.cuda() for t in operands)
    y = cycle_fc(x, weight, bias, (3, 3))
    torch.testing.assert_close(y.cpu(), cycle_fc(*operands, (3, 3)), atol=1e-12, rtol=0)
