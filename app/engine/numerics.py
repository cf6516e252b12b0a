"""The versions of numpy and its BLAS, and the BLAS kernels in use on this processor."""

import ctypes
from functools import lru_cache
from importlib import import_module

import numpy as np

_CORE_NAMES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename")
"""The function has another name in each way of building OpenBLAS."""


@lru_cache(maxsize=1)
def numerics() -> str:
    """Return, for example, ``numpy-2.4.6 scipy-openblas-0.3.31 Haswell``.

    Servers for which this is the same give the same bits. OpenBLAS chooses its kernels by the processor, unless
    OPENBLAS_CORETYPE names them, and kernels differ in the order in which they add.
    """
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return " ".join(filter(None, (f"numpy-{np.__version__}", f"{blas.get('name')}-{blas.get('version')}", _core())))


def _core() -> str:
    """Return the name of OpenBLAS's kernels, or nothing where another BLAS is used."""
    try:
        file = import_module("numpy._core._multiarray_umath").__file__
        library = ctypes.CDLL(file)  # through which the BLAS that it is linked with is reached
    except (ImportError, OSError):
        return ""
    for name in _CORE_NAMES:
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return str(function().decode())
    return ""
