"""The corruptions of ImageNet-C, for RGB pictures of any size."""
