"""From a bundle to files that run without this library, checked against PyTorch."""
