"""Ledgers for the gate."""

import pytest

from tests.corpus.gates import Proven
from tests.corpus.ledgers import SIGNER, a_home, open_ledger


@pytest.fixture
def ledger(tmp_path):
    """Put manifests into a ledger, the genuine one or a stranger's."""

    def proven(lines, *, signer=SIGNER, **changes):
        home = a_home(tmp_path / f"{id(lines)}-{signer is SIGNER}", signer=signer)
        with home.catalogue:
            return Proven(home, open_ledger(home), lines, **changes)

    return proven
