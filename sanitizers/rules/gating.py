"""Which rules can match nothing but a Windows program, as their conditions themselves say.

Most public rules begin with `uint16(0) == 0x5A4D and ...`. Such a rule is false on any content
that does not begin with MZ, so it need not be run there: that halves the time of every document.
So is one that compares a field of the pe module, which is undefined there, in both engines.
"""

import re

MZ = b"MZ"
_MARKS = frozenset({"uint16(0)==0x5a4d", "uint16be(0)==0x4d5a", "pe.is_pe", "dotnet.is_dotnet"})
_UNDEFINED = re.compile(
    r"pe\.(?!is_pe\b)[a-z_]+(?:==|!=|<=|>=|<|>)-?\w+"
    r"|pe\.(?:imports|exports|is_dll|is_32bit|is_64bit)\([^()]*\)"
)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<opaque>"(?:[^"\\\n]|\\[^\n])*+"?|/(?:[^/\\\n]|\\[^\n])*+(?:/[is]*)?)
    | (?P<word>[$\#@!]?[\w.]+)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def only_programs(condition: str) -> bool:
    """Whether a condition is a plain conjunction, one part of which asks for MZ at offset 0.

    `and` binds closer than `or` and looser than `not`: a part that is exactly the mark, in a
    condition without an outer `or`, must be true for the whole to be true.
    """
    tokens = [m[0].lower() for m in _TOKEN.finditer(condition) if m.lastgroup != "comment"]
    waiting = [tokens]
    while waiting:
        for part in _conjuncts(waiting.pop()):
            plain = "".join(part)
            if plain in _MARKS or _UNDEFINED.fullmatch(plain):
                return True
            if inside := _unwrapped(part):
                waiting.append(inside)
    return False


def _conjuncts(tokens: list[str]) -> list[list[str]]:
    """Return the parts between the outer `and`s; nothing if there is an outer `or`."""
    parts: list[list[str]] = [[]]
    depth = 0
    for text in tokens:
        depth += (text in _OPEN) - (text in _CLOSE)
        if depth == 0 and text == "or":
            return []
        if depth == 0 and text == "and":
            parts.append([])
        else:
            parts[-1].append(text)
    return parts


def _unwrapped(part: list[str]) -> list[str]:
    """Return what stands in the one pair of brackets around a part; nothing if it has none."""
    depth = 0
    for at, text in enumerate(part):
        depth += (text in _OPEN) - (text in _CLOSE)
        if depth == 0:
            return part[1:-1] if text == ")" and at == len(part) - 1 else []
    return []
