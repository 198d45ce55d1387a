import subprocess
import sys

from PIL import Image

from cyclemlp.bundle.loading import load

from .bundles import CLASSES

IMAGE = Image.radial_gradient("L").convert("RGB")


def test_loading_and_predicting_need_only_the_core_libraries(saved):
    program = f"""
import sys
for name in "lightning torchmetrics matplotlib torchdata jsonargparse rich sklearn".split():
    sys.modules[name] = None  # raises on import, as if not installed
from cyclemlp.bundle.loading import load
from PIL import Image
prediction = load({str(saved)!r}, top_k=2)(Image.new("RGB", (40, 30)))
assert len(prediction.to_dict()["top"]) == 2
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_loading_passes_on_the_settings(saved):
    predictor = load(saved, image_size=(96, 128), batch_size=5, top_k=1)
    assert predictor.preprocessing.image_size == (96, 128)
    assert predictor.batch_size == 5
    assert predictor.classes == CLASSES
    assert len(predictor(IMAGE).to_dict()["top"]) == 1
