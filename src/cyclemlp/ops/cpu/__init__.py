"""Kernels in C for inference on CPUs with AVX-512 (and AMX for bfloat16), compiled when first used.

`kernels.py` is what others call, `operator.py` the operator by them, `library.py` builds and loads.
In C, from the ground up: `numbers.h`; `gather.h` (a product's left operand), `panels.h` (its right
one), `product.h`, `rows.h` (layer norm, GELU); above them one file for each entry point.
"""
