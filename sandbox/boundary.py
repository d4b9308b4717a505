"""The one place of the box that catches everything: what strangers raise becomes a value."""

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def attempt(call: Callable[[], Made]) -> Made | BaseException:
    """Return what a call returns, or what it raises: a program's SystemExit ends nothing."""
    try:
        return call()
    except BaseException as error:  # noqa: BLE001  the sandbox boundary: nothing may pass it
        return error
