"""The settings of augmentation in image classification."""

from __future__ import annotations

from dataclasses import dataclass

from cyclemlp.data.augmentation.checks import check_probabilities, check_range


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of training images. The default is a random crop and a horizontal flip.

    The released weights were trained with DeiT's recipe (Touvron et al., ICML 2021, arXiv
    2012.12877): rand_augment "rand-m9-mstd0.5-inc1", color_jitter 0.4 (without effect together
    with RandAugment), erasing 0.25, mixup 0.8, cutmix 1.0, repeats 3.

    Args:
        scale: range of the random crop's area, as shares of the image's area.
        ratio: range of the crop's width / height.
        hflip: probability of a horizontal flip.
        vflip: probability of a vertical flip.
        color_jitter: strength for brightness, contrast and saturation; not applied together with
            rand_augment, as in timm.
        rand_augment: timm's RandAugment string, e.g. "rand-m9-mstd0.5-inc1"; None turns it off.
        erasing: probability that a rectangle is replaced by noise (Zhong et al., AAAI 2020).
        mixup: alpha of MixUp's Beta distribution (Zhang et al., ICLR 2018); 0 turns it off.
        cutmix: alpha of CutMix's Beta distribution (Yun et al., ICCV 2019); 0 turns it off.
        mix_prob: probability that a batch is mixed.
        switch_prob: probability of CutMix instead of MixUp if both are on.
        repeats: number of times that an image occurs in an epoch, with different augmentation
            (Hoffer et al., CVPR 2020); the epoch's length stays, so it has fewer different images.
        sizes: sides in pixels; one is drawn for each batch, so that the network learns other sizes
            too. Empty keeps the training size.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    hflip: float = 0.5
    vflip: float = 0.0
    color_jitter: float = 0.0
    rand_augment: str | None = None
    erasing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    mix_prob: float = 1.0
    switch_prob: float = 0.5
    repeats: int = 1
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("scale", "ratio", "sizes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists, from JSON
        check_probabilities(self, ("hflip", "vflip", "erasing", "mix_prob", "switch_prob"))
        check_range("scale", self.scale, highest=1)
        check_range("ratio", self.ratio)
        for name in ("color_jitter", "mixup", "cutmix"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"--augment.{name.replace('_', '-')} is at least 0, got {getattr(self, name)}"
                )
        if self.rand_augment is not None and not self.rand_augment.startswith("rand-"):
            raise ValueError(
                "--augment.rand-augment is a string of timm such as rand-m9-mstd0.5-inc1, "
                f"got {self.rand_augment!r}"
            )
        if min(self.sizes, default=1) < 1:
            raise ValueError(f"--augment.sizes are at least 1 pixel, got {list(self.sizes)}")
        if self.repeats < 1:
            raise ValueError(f"--augment.repeats is at least 1, got {self.repeats}")
