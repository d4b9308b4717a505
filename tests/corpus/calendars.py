"""Calendars of ours: events with alarms that ring, and alarms that would start a program."""


def calendar(*alarms: bytes) -> bytes:
    """One event with some alarms."""
    return (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//clinic//agenda//FR\r\nBEGIN:VEVENT\r\n"
        b"UID:1@clinic\r\nDTSTAMP:20260101T080000Z\r\nDTSTART:20260102T080000Z\r\nSUMMARY:Visit\r\n"
        + b"".join(alarms)
        + b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def starting(program: str = "file:///c:/tools/print.exe") -> bytes:
    """An alarm that starts a program (RFC 2445 4.8.6.1)."""
    return (
        b"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:PROCEDURE\r\n"
        + f"ATTACH:{program}\r\n".encode()
        + b"END:VALARM\r\n"
    )


def sound() -> bytes:
    """An alarm that only shows a text."""
    return b"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\nDESCRIPTION:Visit\r\nEND:VALARM\r\n"
