"""The operator on NVIDIA GPUs, in Triton."""
