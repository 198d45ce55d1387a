"""Batches of samples that depend on seed, epoch and index alone."""
