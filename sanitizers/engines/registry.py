"""The engines by name. An engine's library is imported only where rules are compiled or run."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from custody.errors import RulesError
from sanitizers.engines.interface import Engine

DEFAULT_ENGINE = "yara-x"
ENGINES = {
    "yara-x": "sanitizers.engines.yara_x",
    "yara-python": "sanitizers.engines.yara_python",
}


def engine_named(name: str) -> Engine:
    """Return an engine.

    Raises:
        RulesError: there is no such engine, or its library is not installed.
    """
    engine_version(name)
    engine: Engine = import_module(ENGINES[name]).ENGINE
    return engine


def engine_version(name: str) -> str:
    """Return the version of an engine's library, without importing it.

    Raises:
        RulesError: there is no such engine, or its library is not installed.
    """
    if name not in ENGINES:
        raise RulesError(
            f"there is no rule engine {name}", next_step=f"use one of: {', '.join(ENGINES)}"
        )
    try:
        return version(name)
    except PackageNotFoundError as error:
        raise RulesError(
            f"the rule engine {name} is not installed", next_step=f"install the package {name}"
        ) from error
