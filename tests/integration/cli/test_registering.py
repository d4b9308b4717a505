"""Who may decide is decided by two, as soon as there are two; at first it goes on paper."""

import pytest

from audit.sshsig import generate, public_line, write_private_key


@pytest.fixture
def two(commands, tmp_path):
    """The options of two people who may decide."""
    return [commands.person(tmp_path, name) for name in ("claire", "marc")]


@pytest.fixture
def add(commands, tmp_path):
    """Ask to register somebody with a new key, the same one each time."""
    key = generate()
    write_private_key(tmp_path / "paul", key)
    public = tmp_path / "paul.pub"
    public.write_text(f"{public_line(key)} paul@ward\n")

    def run(*words, name="paul", role="analyst"):
        return commands("people", "add", name, "--role", role, "--public-key", public, *words)

    return run


def names(commands):
    """Who is registered."""
    return [person["name"] for person in commands("people", "list", "--json").lines]


@pytest.mark.parametrize("words", [(), ("--as", "claire"), ("--reason", "he is new")])
def test_after_the_start_somebody_has_to_sign(commands, two, add, words):
    """Without a name and a reason it is a usage error that says what is missing."""
    ended = add(*words)

    assert 2 == ended.code
    assert "--as NAME --key FILE --reason TEXT" in ended.err
    assert ["claire", "marc"] == names(commands)


def test_one_person_never_registers_another(commands, two, add):
    """Claire signs twice, and once as marc: nobody comes in."""
    claire = two[0]
    borrowed = ("--as", "marc", *claire[2:])

    codes = [add(*signs, "--reason", "mine").code for signs in (claire, claire, borrowed)]

    assert [3, 3, 5] == codes
    assert ["claire", "marc"] == names(commands)


def test_an_invented_person_opens_no_gate(commands, two, add, tmp_path):
    """Who waits for the second signature does not sign: exit 5."""
    add(*two[0], "--reason", "mine")
    invented = ("--as", "paul", "--key", tmp_path / "paul")

    assert 5 == add(*invented, "--reason", "myself").code
    assert 5 == add(*invented, "--reason", "a friend", name="eve").code
    assert ["claire", "marc"] == names(commands)


def test_the_second_signature_names_the_same_role(commands, two, add):
    """A signature under an engineer makes no admin."""
    first = add(*two[0], "--reason", "new", role="engineer")
    second = add(*two[1], "--reason", "new", role="admin")

    assert [3, 3] == [first.code, second.code]
    assert ["claire", "marc"] == names(commands)


def test_two_people_register_a_third(commands, two, add):
    """The first command waits and says what to do; the second one of another person completes."""
    waits = add(*two[0], "--reason", "new on the ward")
    listed = commands("people", "list").out
    told = add(*two[1], "--reason", "known to me", "--json")

    assert 3 == waits.code
    assert "paul as analyst is signed by claire and waits for a second person" in waits.out
    assert "paul as analyst is signed by claire and waits" in listed
    assert (0, "paul", True) == (told.code, told.json["name"], told.json["registered"])
    assert ["claire", "marc", "paul"] == names(commands)
    assert "waits" not in commands("people", "list").out
    assert 0 == commands("audit", "verify", "--deep").code


def test_a_registration_that_waits_says_so_as_json(commands, two, add):
    """Tools see that nothing is in effect, and `status` counts it."""
    waits = add(*two[0], "--reason", "new", "--json")

    assert (3, False) == (waits.code, waits.json["registered"])
    assert 1 == commands("status", "--json").json["waiting"]
    assert "`autoclave people list`" in commands("status").out


def test_at_the_start_the_fingerprints_go_on_paper(commands, add):
    """Anyone may register then, so the key is said on stderr, to compare with its owner."""
    ended = add()

    assert 0 == ended.code
    assert "paper logbook: paul is analyst" in ended.err
    assert commands("people", "list", "--json").json["fingerprint"] in ended.err
    assert "SHA256:" in commands("people", "list").out


def test_engineers_do_not_end_the_start(commands, tmp_path, add):
    """Only who may decide counts as one of the two."""
    for name in ("eve", "emil"):
        commands.person(tmp_path, name, "engineer")

    assert 0 == add().code
