"""Published facts about each variant, with their source."""

from __future__ import annotations

from dataclasses import dataclass

from cyclemlp.models import as_mlp_variants, variants

_CONFIGS = {**variants.default_cfgs, **as_mlp_variants.default_cfgs}

_TABLE_1 = "Chen et al., ICLR 2022, arXiv:2107.10224"
_AS_MLP = "Lian et al., ICLR 2022, arXiv:2107.08391"
_TPAMI = "Chen et al., TPAMI 2023, 10.1109/TPAMI.2023.3303397"


@dataclass(frozen=True)
class ZooEntry:
    """One variant.

    Attributes:
        name: name of the timm model.
        params_m: parameters with 1000 classes, in millions (10^6).
        gmacs_224: multiply-adds of one 224×224 image, in 10^9.
        top1: published ImageNet-1K validation accuracy in percent, or None.
        source: publication of the accuracy.
        url: URL of the released weights, or an empty string.
        note: a remark for the choice of a model.
    """

    name: str
    params_m: float
    gmacs_224: float
    top1: float | None
    source: str
    url: str
    note: str


def _entry(
    name: str, params_m: float, gmacs_224: float, top1: float | None, source: str, note: str = ""
) -> ZooEntry:
    url = str(_CONFIGS[name].default.url or "")
    return ZooEntry(name, params_m, gmacs_224, top1, source, url, note)


_TO_COMPARE = "axial shifts, to compare with; give its weights as a file"
_DERIVED = "derived from the published size; no code was released"

ZOO: dict[str, ZooEntry] = {
    entry.name: entry
    for entry in (
        _entry("cyclemlp_nano", 1.356, 0.267, None, "this project", "small images, edge, tests"),
        _entry("cyclemlp_b1", 15.155, 2.12, 78.9, _TABLE_1),
        _entry("cyclemlp_b2", 26.803, 3.88, 81.6, _TABLE_1),
        _entry("cyclemlp_b3", 38.386, 6.83, 82.4, _TABLE_1),
        _entry("cyclemlp_b4", 51.797, 10.03, 83.0, _TABLE_1),
        _entry("cyclemlp_b5", 75.747, 12.23, 83.2, _TABLE_1),
        _entry("cyclemlp_tiny", 28.270, 4.38, 81.3, _TPAMI, _DERIVED),
        _entry("cyclemlp_small", 49.559, 8.54, 82.9, _TPAMI, _DERIVED),
        _entry("cyclemlp_base", 87.705, 15.17, 83.4, _TPAMI, _DERIVED),
        _entry("as_mlp_tiny", 28.283, 4.35, 81.3, _AS_MLP, _TO_COMPARE),
        _entry("as_mlp_small", 49.595, 8.51, 83.1, _AS_MLP, _TO_COMPARE),
        _entry("as_mlp_base", 87.753, 15.13, 83.3, _AS_MLP, _TO_COMPARE),
    )
}
