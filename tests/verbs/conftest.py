import pytest

from ..bundle.bundles import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    make_bundle().save_pretrained(folder)
    return str(folder)
