"""Builds lines of PMSI about invented stays, by positions as its layouts give them."""

WIDTH = 192


def rum(number=1, rum="1", das=("I10", "E119"), acts=1, **fields):
    """One unit summary without its line end; `fields` replace those of a sound one."""
    told = {
        "ghm": "05M091",
        "finess": "750712184",
        "version": "022",
        "rss": f"{number:020d}",
        "stay": f"S{number}",
        "rum": rum,
        "born": "14071961",
        "sex": "2",
        "unit": "CARD",
        "entered": "01032026",
        "entry_mode": "8",
        "left": "05032026",
        "exit_mode": "8",
        "das": f"{len(das):02d}",
        "dad": "00",
        "acts": f"{acts:03d}",
        "main": "I219",
        **fields,
    }
    places = {
        "ghm": 3, "finess": 16, "version": 25, "rss": 28, "stay": 48, "rum": 68, "born": 78,
        "sex": 86, "unit": 87, "entered": 93, "entry_mode": 101, "left": 103, "exit_mode": 111,
        "das": 134, "dad": 136, "acts": 138, "main": 141,
    }  # fmt: skip
    line = [" "] * WIDTH
    for name, start in places.items():
        line[start - 1 : start - 1 + len(told[name])] = told[name]
    act = "02032026DEQP0030100000000000 1"
    return "".join(line) + "".join(f"{code:8}" for code in das) + act[:29] * acts


def rums(count=6, bad=(), end="\r\n", **changes):
    """A file of unit summaries; a bad one has a day of exit that is none."""
    made = [
        rum(n, **{"left": "45032026", **changes}) if n in bad else rum(n)
        for n in range(1, count + 1)
    ]
    return "".join(line + end for line in made).encode("latin-1")
