"""What a network sees: the pseudo-kernels of its layers, the receptive fields of its stages."""
