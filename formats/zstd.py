"""Zstandard (RFC 8878) as Python 3.14 has it, on older ones too; for the forked lane only."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdDecompressor,
        ZstdError,
        compress,
    )
else:
    from backports.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdDecompressor,
        ZstdError,
        compress,
    )

__all__ = ["ZstdDecompressor", "ZstdError", "decompressor", "packed"]

# A window of 128 MiB is what the command line gives without being asked for more.
_OPTIONS = {int(DecompressionParameter.window_log_max): 27}


def decompressor() -> ZstdDecompressor:
    """Return a decompressor of one frame; one with a larger window is refused by it."""
    return ZstdDecompressor(options=_OPTIONS)


def packed(content: bytes) -> bytes:
    """Return one frame that holds a content, with its size and its sum (RFC 8878 3.1.1)."""
    options = {int(CompressionParameter.checksum_flag): 1}
    return compress(content, options=options)
