"""Kernels in C for inference on CPUs with AVX-512 (and AMX for bfloat16), compiled when first used.

`kernels.py` has the functions that others call, `operator.py` the operator, `library.py` loads the
compiled code, `compiling.py` and `cache.py` build and keep it. In C, from the bottom: `numbers.h`;
`gather.h` (a product's left operand), `panels.h` (its right operand), `product.h`, `rows.h` (layer
norm, GELU); then one file for each entry point.
"""
