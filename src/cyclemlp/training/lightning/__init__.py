"""The Lightning side of a run: module, trainer, callbacks."""
