"""The MLP in rows against its layers one by one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from cyclemlp.ops.plain import feed_forward as module
from cyclemlp.ops.plain.feed_forward import add_feed_forward_, feed_forward, recomputing_pays


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    monkeypatch.setattr(module, "LOW_PRECISION_ROWS", 7)


def _operands(dtype: torch.dtype) -> list[torch.Tensor]:
    shapes = [(3, 4, 2, 6), (20, 6), (20,), (6, 20), (6,)]
    return [torch.randn(s, dtype=torch.float64).to(dtype).requires_grad_() for s in shapes]


def _plain(x, w1, b1, w2, b2):
    return F.linear(F.gelu(F.linear(x, w1, b1)), w2, b2)


def _in_rows(x, w1, b1, w2, b2):
    return feed_forward(x, (w1, b1), (w2, b2))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_training_equals_the_layers_with_all_gradients(dtype, tolerance):
    operands = _operands(dtype)
    y, expected = _in_rows(*operands), _plain(*operands)
    torch.testing.assert_close(y, expected, atol=tolerance, rtol=tolerance)
    upstream = torch.randn_like(y)
    for ours, theirs in zip(
        torch.autograd.grad(y, operands, upstream),
        torch.autograd.grad(expected, operands, upstream),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, atol=10 * tolerance, rtol=10 * tolerance)


def test_gradients_of_both_orders():
    operands = [t[:2, :2] if t.ndim == 4 else t for t in _operands(torch.float64)]
    assert torch.autograd.gradcheck(_in_rows, operands)
    assert torch.autograd.gradgradcheck(_in_rows, operands)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 0.2), (torch.float16, 0.02)],
)
@pytest.mark.parametrize("onednn", [True, False])
def test_inference_equals_the_layers(dtype, tolerance, onednn):
    x, w1, b1, w2, b2 = (t.detach() for t in _operands(dtype))
    norm = torch.nn.LayerNorm(6, dtype=dtype).requires_grad_(False)
    expected = x + _plain(norm(x), w1, b1, w2, b2)
    with torch.backends.mkldnn.flags(enabled=onednn):
        y = add_feed_forward_(x.clone(), norm, (w1, b1), (w2, b2))
    torch.testing.assert_close(y, expected, atol=tolerance, rtol=0.02)


def test_inference_serves_without_onednns_private_operator(monkeypatch):
    x, w1, b1, w2, b2 = (t.detach() for t in _operands(torch.float32))
    expected = x + _plain(x, w1, b1, w2, b2)
    monkeypatch.setattr(module, "_onednn_pays", lambda x: False)
    y = add_feed_forward_(x.clone(), lambda rows: rows, (w1, b1), (w2, b2))
    torch.testing.assert_close(y, expected, atol=1e-5, rtol=1e-5)


def test_training_keeps_no_hidden_activation():
    operands, kept = _operands(torch.float64), []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        _in_rows(*operands)
    assert kept == [t.data_ptr() for t in operands]


def test_recomputes_where_memory_is_what_it_waits_for(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 1024)
    assert recomputing_pays(torch.Size((8, 56, 56, 64)), torch.float32)
    assert not recomputing_pays(torch.Size((8, 56, 56, 64)), torch.bfloat16)
    assert not recomputing_pays(torch.Size((8, 14, 14, 320)), torch.float32)


@pytest.mark.parametrize("wanted", range(5))
def test_frozen_layers_cost_no_product_of_their_own(wanted):
    operands = [t.requires_grad_(i == wanted) for i, t in enumerate(_operands(torch.float64))]
    y, expected = _in_rows(*operands), _plain(*operands)
    upstream, products = torch.randn_like(y), []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("addmm_", "__matmul__"):
            plain = getattr(torch.Tensor, name)
            patch.setattr(torch.Tensor, name, lambda *a, p=plain: products.append(p) or p(*a))
        (got,) = torch.autograd.grad(y, operands[wanted], upstream)
    (theirs,) = torch.autograd.grad(expected, operands[wanted], upstream)
    torch.testing.assert_close(got, theirs, atol=1e-11, rtol=0)
    pieces = -(-24 // 7)
    needed = {0: 1, 1: 2, 2: 1, 3: 1, 4: 0}  # beside the hidden activation and the product to x
    assert len(products) == pieces * needed[wanted]
