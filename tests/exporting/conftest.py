"""One export, which takes seconds, for all tests; and bundles of dense tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from cyclemlp.verbs.export import export

from ..bundle.bundles import make_bundle


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("exporting") / "bundle"
    make_bundle().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def exported(bundle_folder):
    """The result of an export as ONNX and for OpenVINO."""
    folder = bundle_folder.parent / "exported"
    return export(str(bundle_folder), ["onnx", "openvino"], str(folder), size=[48])
