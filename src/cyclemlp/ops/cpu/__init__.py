"""Kernels in C for inference on CPUs with AVX2 or NEON (for bfloat16, with AMX).

A wheel for Linux contains them compiled; other installations compile them when they are first used.

`kernels.py` names the functions that others call: those of `moving.py`, `mixer.py`,
`feed_forward.py` and `axial.py` (AS-MLP), which share `calling.py`. `operator.py` is the operator,
`library.py` loads the compiled code, `instructions.py` chooses the instruction set, `packaged.py`
finds the package's library, `compiling.py` and `cache.py` build and keep one, `scratch.py` keeps
memory.

In C, from the bottom: `avx512.h`, `avx2.h` and `neon.h`; `numbers.h`; `gather.h` (a product's left
operand), `panels.h` (its right operand), `product.h`, `rows.h` (layer norm, GELU),
`image_norm.h` (a norm over images); then one file for each entry point.
"""
