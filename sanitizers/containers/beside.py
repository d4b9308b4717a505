"""What Outlook keeps beside the bodies of a message: strings, and values that no program shows."""

from formats.signatures import candidates

# What programs keep beside a message is small; what is larger, or begins like a file, is looked at.
_LARGE = 1 << 16
_CONTROLS = {n: " " for n in (*range(32), 0x7F) if n not in b"\t\r\n"}


def may_be_a_file(held: bytes) -> bool:
    """Tell whether a value has to be looked at on its own."""
    return len(held) >= _LARGE or bool(candidates(held))


def one_line(text: str) -> str:
    """Return a text without control characters, line ends excepted."""
    return text.translate(_CONTROLS)
