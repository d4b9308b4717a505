"""The rule packs that the next run uses: age, hits, and the rules that do not count."""

from fastapi.responses import Response

from console.visit import Visit


def packs(visit: Visit) -> Response:
    """Return every pack with what it found in everything that was ever inspected."""
    counted = visit.console.packs.get()
    age = int(visit.console.packs.age(counted))
    return visit.page("rules.html", packs=counted.value, age=age)
