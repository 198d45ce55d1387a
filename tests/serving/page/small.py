"""Bundles for the page: those of the demo, or untrained ones."""

from pathlib import Path

import torch

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.model_names import named_bundles
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.serving.bundles import ServedBundle, load_bundle
from cyclemlp.tasks import create_task
from cyclemlp.verbs.app import demo_runs

ROOT = Path(__file__).parents[3]
_CLASSES = ("ground", "disc", "square")
_DETECTOR = {"detector": "mask_rcnn", "channels": 32, "group_norm": True, "regions": 16}
_SETTINGS = {
    "classify": {},
    "segment": {
        "decoder_args": {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
    },
    "instance": _DETECTOR,
}


def untrained(task):
    torch.manual_seed(0)
    created = create_task(task, _CLASSES, settings=_SETTINGS[task])
    network = created.build("cyclemlp_nano").eval()
    preprocessing = Preprocessing(image_size=(64, 64), crop_pct=0.9)
    bundle = Bundle.from_task(network, created, "cyclemlp_nano", preprocessing)
    return ServedBundle(task, bundle, "cpu", 4)


def demo_models():
    places = named_bundles(demo_runs(ROOT / "runs"))
    return [load_bundle(name, place, "cpu", 4) for name, place in places.items()]
