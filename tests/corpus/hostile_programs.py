"""Programs for the box that misbehave in every way that we know; inert outside it."""

from collections.abc import Callable, Mapping

from custody.box import Emit, Json, RunProgram, Sample


def length(params: Mapping[str, Json]) -> RunProgram:
    """Make the honest neighbour: it tells the size and the last byte of its sample."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        view = sample.view()
        return {"size": sample.size, "last": view[-1] if sample.size else None}

    return run
