import pytest

from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.warmup import fit_warmup


def settings(epochs, **optim):
    return Settings("data", epochs=epochs, optim=Optim(**optim))


def test_a_warm_up_longer_than_the_run_takes_a_fifth_and_says_so(capsys):
    assert fit_warmup(settings(1)).optim == Optim(warmup_epochs=0.2)
    assert capsys.readouterr().err == (
        "note: --epochs 1 leaves no room for 5 warm-up epochs; the warm-up takes 0.2 instead "
        "(--optim.warmup-epochs)\n"
    )


def test_the_cooldown_is_kept():
    fitted = fit_warmup(settings(6, warmup_epochs=5, cooldown_epochs=2)).optim
    assert (fitted.warmup_epochs, fitted.cooldown_epochs) == (pytest.approx(0.8), 2)


def test_a_warm_up_that_fits_is_unchanged(capsys):
    fits = settings(6, warmup_epochs=4, cooldown_epochs=2)
    assert fit_warmup(fits) is fits
    assert not capsys.readouterr().err
