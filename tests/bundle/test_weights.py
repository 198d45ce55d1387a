import pytest
from safetensors.torch import load_file, save_file

from cyclemlp.bundle.bundle import Bundle


def test_missing_weights_are_refused(saved):
    (saved / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"no weights: .*model\.safetensors is missing"):
        Bundle.from_pretrained(saved)


def test_damaged_weights_are_refused(saved):
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        Bundle.from_pretrained(saved)


def test_missing_unexpected_and_misshapen_weights_are_listed(saved):
    weights = load_file(saved / "model.safetensors")
    name = next(name for name, value in weights.items() if value.ndim == 4)
    moved = weights.pop(name)
    save_file(weights | {"stray": moved}, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"1 missing \({name}\); 1 unexpected \(stray\)"):
        Bundle.from_pretrained(saved)
    weights[name] = moved[:, :, :1].contiguous()
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"1 misshapen \({name} is \("):
        Bundle.from_pretrained(saved)
