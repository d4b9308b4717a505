"""numpy, loaded whole and so that it starts no thread: a locked process may have neither later."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.ma  # loaded by numpy itself at the first use of some functions: too late in the box
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

__all__ = ["Bytes", "Flags", "Integers", "Words", "np"]
