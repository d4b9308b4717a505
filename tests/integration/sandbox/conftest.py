from collections.abc import Iterator

import pytest

from sandbox.pool import Pool
from tests.corpus import hostile_programs


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Keep one box for all misdeeds: each must leave it as good as new."""
    with Pool(hostile_programs.programs(), workers=1) as made:
        yield made
