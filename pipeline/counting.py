"""Counts as people read them."""


def count_text(number: int) -> str:
    """Return a count with its thousands apart."""
    return f"{number:,}"


def named_count(number: int, one: str, many: str) -> str:
    """Return a count with the word that fits it."""
    return f"{number:,} {one if number == 1 else many}"
