"""Whether a text that nobody signed begins like statements for a database: no sentence does.

A handbook that quotes a statement, a list, a log and a letter that says "create a table" are texts.
So each statement is asked for what comes behind its first word too.
"""

import re

_REMARKS = rb"(?:\s|--[^\n]*+(?:\n|\Z)|#[^\n!]*+(?:\n|\Z)|/\*(?!m?!)(?:[^*]|\*(?!/)){0,4000}+\*/)*+"
_NAME = rb"(?:if (?:not )?exists )?(?:only )?[\w.$\"`\[\]@#\x80-\xff-]{1,200}"
_ENDS = rb"[ \t]*+(?:;|\r?\n\s*+go\b)"
_STATEMENTS = (
    rb"create (?:or (?:replace|alter) )?(?:temp(?:orary)? |unlogged |global )?table "
    + _NAME
    + rb"\s*+(?:\(|as\b|like\b|partition of\b)",
    rb"create (?:unique |fulltext |clustered |nonclustered )*index "
    + _NAME
    + rb"(?:\s++[\w ]{0,40})?\s++on\b",
    rb"create virtual table " + _NAME + rb"\s++using\b",
    rb"create (?:database|schema) "
    + _NAME
    + rb"(?:[^\n;]{0,200}+;|"
    + _ENDS
    + rb"| authorization )",
    rb"create (?:or (?:replace|alter) )?(?:[\w=@`'\"%.-]{1,60} ){0,4}?(?:view|trigger|function"
    rb"|procedure|proc|event|rule|materialized view|aggregate) "
    + _NAME
    + rb"\s*+(?:\(|@|(?:as|on|before|after|instead|begin|returns|is|with)\b)",
    rb"create (?:temp(?:orary)? )?sequence " + _NAME + rb"\s*+(?:;|start|as|increment|no |min|max)",
    rb"create (?:user|role|login) [^\n;]{1,200}?(?:;|\bwith\b|\bidentified\b|" + _ENDS + rb")",
    (
        rb"create (?:or replace )?(?:extension|type|domain|server|language|foreign"
        rb"|assembly|operator|cast|publication|subscription|tablespace)"
        rb" [^\n;]{1,200}?(?:;|\b(?:as|from|with)\b|\()"
    ),
    rb"drop (?:table|database|schema|view|index|sequence|user|role|function|procedure|trigger) "
    + _NAME
    + rb"[^\n;]{0,60}"
    + _ENDS,
    (
        rb"(?:insert|replace) (?:ignore |or \w+ )?into [^\s(]{1,200}+\s*+(?:\([^)]{0,8000}\)\s*+)?"
        rb"(?:overriding \w+ value\s++)?(?:values\b|select\b|default values)"
    ),
    rb"alter (?:table|sequence|index|view|schema|type|domain) "
    + _NAME
    + rb"\s++(?:with \w+ )?(?:add|owner|alter|drop|modify|enable|disable|set|attach|cluster|check"
    rb"|nocheck|rename|engine|replica)\b",
    rb"alter (?:database|role|user|login|system|server)\b[^\n;]{0,200}" + _ENDS,
    rb"copy [^\n;]{1,4000}?\b(?:from|to) (?:stdin|stdout|program|')",
    (
        rb"set (?:names|search_path|client_encoding|statement_timeout|lock_timeout"
        rb"|foreign_key_checks|sql_mode|global|session|local|role|standard_conforming_strings|@)[^\n;]{0,200};"
    ),
    (
        rb"set (?:ansi_\w+|quoted_identifier|nocount|identity_insert|xact_abort|arithabort"
        rb"|noexec|concat_null_yields_null) [^\n;]{0,200}?\b(?:on|off)\b"
    ),
    rb"use (?:\[[^\]\n]{1,128}\][ \t]*+;?[ \t\r]*+(?:\n|\Z)|[\w`$]{1,80}" + _ENDS + rb")",
    rb"(?:begin|begin transaction|begin work|start transaction)[ \t]*+;",
    rb"pragma \w{1,60}+[ \t]*+[=(;]",
    rb"lock tables [^\n;]{1,400}(?:read|write)\b",
    (
        rb"(?:grant|revoke) (?:all|select|insert|update|delete|usage|execute|connect|create|trigger"
        rb"|references|temporary|super|file|grant option for)\b[^\n;]{0,300}? on [^\n;]{1,300};"
    ),
    rb"(?:grant|revoke) [\w\"`]{1,63} (?:to|from) [\w\"`@'%.]{1,80};",
    rb"delete from " + _NAME + rb"(?:;|\s++where [^\n;]{1,400};)",
    rb"update " + _NAME + rb"\s++set\s++" + _NAME + rb"\s*+=",
    rb"truncate (?:table )?" + _NAME + rb"[ \t]*+;",
    rb"exec(?:ute)? (?:\[?(?:sp|xp)_\w|\[?master\]?\.|\[?dbo\]?\.|\(?@)",
    rb"(?:do|call) (?:\$\w*\$|[\w.]{1,80}\()",
    rb"select (?:pg_catalog\.|pg_\w|load_file|[^\n;]{1,400}?\binto (?:out|dump)file)",
    rb"select [^;]{1,800}?\bfrom [^;]{1,800};[ \t\r]*+(?:\n|\Z)",
    rb"declare @\w|if (?:not )?exists ?\( ?select\b|if (?:object_id|db_id|schema_id)\b",
    rb"load data (?:low_priority |concurrent |local )*+infile|attach (?:database )?['\"]",
    rb"merge (?:into )?" + _NAME + rb"\s++(?:as \w+ )?using\b|change (?:master|replication) ",
    rb"(?:backup|restore) (?:database|log) |(?:un)?install (?:plugin|component) |reconfigure\b",
    rb"\\(?:restrict|connect|c|i|ir|include|copy|set|o|!)[ \t\r\n]|\\!",
    rb"\.(?:shell|system|import|load|open|read|output|once) \S",
    rb"/\*m?!\d{5,6}[ \\]",
)
_BEGINS = re.compile(_REMARKS + rb"(?:" + rb"|".join(_STATEMENTS) + rb")", re.DOTALL)


def is_sql(start: bytes) -> bool:
    """Tell whether a text begins like statements for a database; `start` is in lower case."""
    return _BEGINS.match(start) is not None
