"""numpy, loaded so that it starts no thread: a locked process may have none."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.ma  # np.unique asks for it, when no file can be read any more
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

__all__ = ["Bytes", "Flags", "Integers", "Words", "np"]
