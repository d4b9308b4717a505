import json

import pytest

from custody.errors import UsageError
from pipeline.proving.sample import draw, receipts, ticket
from pipeline.proving.verify import check


def test_a_seed_draws_the_same_every_time_and_another_seed_others(runtime):
    """What is drawn are the promoted contents with the smallest tickets, and no others."""
    everything = draw(runtime, "six four one", 100).digests
    first = draw(runtime, "six four one", 2).digests
    again = draw(runtime, "six four one", 2).digests
    tickets = sorted(ticket("six four one", digest) for digest in everything)

    assert first == again
    assert tickets[:2] == [ticket("six four one", digest) for digest in first]
    assert len(set(everything)) == len(everything) == draw(runtime, "another", 1).promoted
    assert {draw(runtime, f"seed {n}", 1).digests for n in range(20)} != {first[:1]}


def test_each_comes_with_a_receipt_that_verifies(runtime, tmp_path):
    """An auditor checks what was drawn without this home."""
    drawn = draw(runtime, "dice", 3)
    lines = list(receipts(runtime, drawn))

    assert list(drawn.digests) == [line["digest"] for line in lines]
    for number, line in enumerate(lines):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(line["receipt"]))
        assert "autoclave.promotion.done" == check(path, runtime.ledger.vkey)["type"]


@pytest.mark.parametrize(("seed", "count"), [("", 1), ("  ", 1), ("a\nb", 1), ("a", 0), ("a", -1)])
def test_what_cannot_be_drawn_is_refused(runtime, seed, count):
    """A seed is one line that says something; a number is above none."""
    with pytest.raises(UsageError):
        draw(runtime, seed, count)
