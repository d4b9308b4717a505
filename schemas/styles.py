r"""What a style of CSS runs or fetches, read as a browser reads it: escapes and remarks undone.

A name may be written with escapes (CSS Syntax 3, 4.3.7: `\75 rl(` is `url(`), and old browsers
skip remarks within words. What a style fetches is fetched when somebody opens the text.
"""

import re

_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\r\n\f]?|(\r\n|[\r\n\f])|(.))", re.DOTALL)
_LAST_CHARACTER = 0x10FFFF
_RUNNING = ("expression(", "javascript:", "vbscript:", "behavior:", "-moz-binding", "@import")
_FETCHED = re.compile(r"(?:url|src|image|image-set|cross-fade)\(([^)]*)")
_SEPARATORS = re.compile(r"[\"',]")


def plain_style(untrusted_style: str) -> str:
    """Return a style in small letters, without remarks and escapes."""
    return _ESCAPE.sub(_unescaped, _REMARK.sub("", untrusted_style)).lower()


def runs(plain: str) -> bool:
    """Whether a plain style runs something, by white space that a browser skips or without."""
    joined = "".join(plain.split())
    return any(word in joined for word in _RUNNING)


def fetched(untrusted_style: str) -> tuple[str, ...]:
    """Return the addresses that a style fetches; with its escapes and without them."""
    both = dict.fromkeys((plain_style(untrusted_style), untrusted_style.lower()))
    found = (each for style in both for each in _FETCHED.findall(style))
    return tuple(one.strip() for each in found for one in _SEPARATORS.split(each) if one.strip())


def _unescaped(found: re.Match[str]) -> str:
    digits, line_end, character = found.groups()
    if digits is None:
        return "" if line_end else str(character)
    number = int(digits, 16)
    return chr(number) if 0 < number <= _LAST_CHARACTER else "\ufffd"
