"""Derogations in words: who allowed what, for whom and until when."""

from collections.abc import Iterable, Mapping

from custody.box import Json


def derogation_lines(found: Iterable[Mapping[str, Json]]) -> list[str]:
    """Return one line a derogation."""
    return [
        f"Derogation {each['name']}, {'until' if each['in_force'] else 'ENDED on'} {each['until']}:"
        f" {each['scanner']} {each['rule']} for {each['media_type']} of {each['service']};"
        f" asked by {each['asked_by']}, signed by {' and '.join(each['people'])}: {each['reason']}"
        for each in found
    ]
