"""What tests of every kind of integration share."""

import pytest

from tests.corpus.warm_pools import WarmPools


@pytest.fixture(scope="session", autouse=True)
def warm_pools():
    """Runs in this process use boxes that are warm already; commands of their own start theirs."""
    pools = WarmPools()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pipeline.steps.instruments.Pool", pools.lender())
        yield
    pools.end()
