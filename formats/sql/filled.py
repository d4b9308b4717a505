"""Which tables a dump has filled so far: what drops one of them later takes its rows away again."""

from dataclasses import dataclass, field

from formats.sql.statements import Command, Item, Statement
from formats.sql.systems import target
from formats.sql.tokens import Is

_FILLING = (b"INSERT", b"REPLACE", b"COPY")
_WHOLE = ([b"DATABASE"], [b"SCHEMA"])


@dataclass(slots=True)
class Filled:
    """The tables with rows, each with the database that it is in, as the dump goes on."""

    database: bytes = b""
    tables: set[tuple[bytes, ...]] = field(default_factory=set)

    def is_emptied(self, item: Item) -> bool:
        """Take the next item; tell whether it drops, or makes anew, what has rows by now."""
        if isinstance(item, Command):
            if item.line.startswith((b"\\connect", b"\\c ")):
                self.database = item.line.strip().lower()
            return False
        if not isinstance(item, Statement):
            return False
        words = [token.word for token in item.tokens[:4]]
        if words[0] == b"USE":
            self.database = b".".join(target(item.tokens))
        elif words[0] in _FILLING:
            self.tables.add((self.database, *target(item.tokens)))
        elif words[0] == b"DROP":
            return self._drops(item, whole=words[1:2] in _WHOLE)
        elif words[:3] == [b"CREATE", b"OR", b"REPLACE"] and b"TABLE" in words:
            return self._drops(item, whole=False)
        return False

    def _drops(self, item: Statement, *, whole: bool) -> bool:
        named = {
            (token.text if token.what is Is.WORD else token.text[1:-1]).lower()
            for token in item.tokens[1:]
            if token.what in (Is.WORD, Is.NAME)
        }
        if whole:
            return any(not named.isdisjoint(table[:-1]) for table in self.tables)
        return any(t[-1] in named for t in self.tables if t[0] == self.database)
