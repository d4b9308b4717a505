"""What a power failure or a failing disk makes of files, without any malice."""


def cut(original: bytes, percent: int) -> bytes:
    """Return the first part of a file: the copy stopped."""
    return original[: len(original) * percent // 100]


def zeroed(original: bytes) -> bytes:
    """Return a file of the right size that was never written: all zero."""
    return bytes(max(len(original), 4096))


def zero_tail(original: bytes, percent: int) -> bytes:
    """Return a file whose end was never written: zeros from there on, two pages at least."""
    kept = cut(original, percent)
    return kept + bytes(max(len(original) - len(kept), 8192))
