"""Zstandard (RFC 8878) as Python 3.14 has it, on older ones too; for the forked lane only."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

__all__ = ["ZstdDecompressor", "ZstdError", "decompressor"]

# A window of 128 MiB is what the command line gives without being asked for more.
_OPTIONS = {int(DecompressionParameter.window_log_max): 27}


def decompressor() -> ZstdDecompressor:
    """Return a decompressor of one frame; one with a larger window is refused by it."""
    return ZstdDecompressor(options=_OPTIONS)
