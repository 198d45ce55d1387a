"""Registration with timm and torch follows their import, whichever comes first."""

import subprocess
import sys

import pytest

MODEL = "assert timm.list_models('cyclemlp_nano'); assert cyclemlp.CycleMLP"
OPERATOR = "assert torch.ops.cyclemlp.cycle_fc"


@pytest.mark.parametrize(
    "program",
    [
        f"import cyclemlp, sys; assert 'torch' not in sys.modules; import timm; {MODEL}",
        f"import timm, cyclemlp; {MODEL}",
        f"import torch, cyclemlp, timm; {MODEL}; {OPERATOR}",
        f"import cyclemlp; from timm.models import list_models; import timm; {MODEL}",
        f"import cyclemlp; cyclemlp.CycleMLP; import timm; {MODEL}",
        f"import cyclemlp.models.layers; import timm; {MODEL}",
        "import cyclemlp; assert cyclemlp.models.CycleMLP is cyclemlp.CycleMLP",
        f"import cyclemlp, torch, sys; {OPERATOR}; assert 'timm' not in sys.modules",
        "import cyclemlp, sys; finders = [*sys.meta_path]; import timm; "
        "assert len(finders) == len(sys.meta_path) + 2",
        "import cyclemlp, timm; from importlib.resources import files; "
        "assert (files('timm') / 'version.py').is_file()",
    ],
)
def test_models_and_operators_are_registered(program):
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_missing_library_stays_missing():
    program = (
        "import sys; sys.modules['timm'] = None\n"  # raises on import, as if not installed
        "import cyclemlp\n"
        "cyclemlp.after_import.import_after('no_such_library', 'json')\n"
        "try:\n    import no_such_library\n"
        "except ModuleNotFoundError as error:\n    assert error.name == 'no_such_library'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
