"""Samplers and loaders, whose batches depend only on the seed, the epoch and the index."""
