import pytest

from sandbox.boundary import attempt


def test_what_is_returned_is_returned() -> None:
    """A call that ends well changes nothing."""
    assert [1] == attempt(lambda: [1])


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), SystemExit(1), GeneratorExit()])
def test_nothing_passes_the_boundary(error: BaseException) -> None:
    """Whatever is raised, also what would end a process, becomes a value."""

    def call() -> int:
        raise error

    assert error is attempt(call)
