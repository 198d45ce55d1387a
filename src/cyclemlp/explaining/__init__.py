"""Which parts of an image support a prediction."""
