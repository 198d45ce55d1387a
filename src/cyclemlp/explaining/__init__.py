"""Which parts of an image speak for a prediction."""
