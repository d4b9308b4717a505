"""Single rules are loosened by two people and tightened by one; old packs come back by two."""

from datetime import date

import pytest
import sqlalchemy as sa

from audit.ssh_keys import generate, public_line
from audit.sshsig import sign
from catalogue import tables
from custody.errors import RulesError, SignatureError, UsageError
from pipeline.deciding import rules
from pipeline.deciding.pack_signatures import NAMESPACE
from pipeline.deciding.pack_trials import try_pack
from pipeline.deciding.rules import PackToAdd
from pipeline.proving import verify
from sanitizers.rules.pack import RuleStatus
from tests.corpus.homes import a_person, a_source, recover
from tests.corpus.rule_packs import write_pack, zip_pack

MARKED = 'rule marked { meta: score = 80 strings: $a = "MARKED" condition: $a }\n'
OTHER = 'rule other { strings: $a = "OTHER" condition: $a }\n'


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


@pytest.fixture
def site(runtime, two, tmp_path):
    """A pack in force."""
    return added(runtime, tmp_path, "first", MARKED + OTHER, 2)


def added(runtime, tmp_path, name, text, day, who=None, **more):
    """Add a version of the pack `site`."""
    path = write_pack(tmp_path / name, {"a.yar": text})
    wanted = PackToAdd(path=path, name="site", dated=date(2026, 1, day), **more)
    return rules.add(runtime, wanted, who)


def status(runtime, rule="marked"):
    """The status of a rule of the pack in force."""
    return rules.in_force(runtime)[1].manifest.status(rule)


def set_by(runtime, who, wanted, rule="marked"):
    """Set a status, each of some people after the other."""
    return [rules.set_status(runtime, ("site", rule), wanted, each) for each in who]


@pytest.mark.parametrize("wanted", [RuleStatus.NOISY, RuleStatus.DISABLED])
def test_two_people_loosen_a_rule(runtime, two, site, wanted):
    """One signature waits, one person twice is one, the second person puts it in force."""
    set_by(runtime, (two[0], two[0]), wanted)
    assert RuleStatus.DEPLOYED is status(runtime)

    done = set_by(runtime, two[1:], wanted)

    assert (None, wanted) == (done[0].waits, status(runtime))
    assert () == verify.verify(runtime, deep=True).faults


def test_nobody_loosens_unsigned(runtime, site):
    """Without a signature the rule goes on."""
    with pytest.raises(UsageError, match="marked becomes noisy: two people sign"):
        rules.set_status(runtime, ("site", "marked"), RuleStatus.NOISY)

    assert RuleStatus.DEPLOYED is status(runtime)


def test_one_person_tightens(runtime, two, site):
    """From disabled to noisy and on to deployed nobody has to sign."""
    set_by(runtime, two, RuleStatus.DISABLED)

    for wanted in (RuleStatus.NOISY, RuleStatus.DEPLOYED):
        assert rules.set_status(runtime, ("site", "marked"), wanted).waits is None
        assert wanted is status(runtime)


def test_a_noisy_rule_is_shown_and_holds_nothing(runtime, two, site, tmp_path):
    """Its match is on record as information; the same content was malicious before."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "a.txt").write_text("a text that is MARKED\n")
    before = recover(runtime, a_source(disk, "late"))
    set_by(runtime, two, RuleStatus.NOISY)

    after = recover(runtime, a_source(disk, "late"))

    assert ({"malicious": 1}, {"clean": 1}) == (before.verdicts, after.verdicts)
    with runtime.catalogue.read() as connection:
        columns = tables.findings.c
        statement = sa.select(columns.severity).where(columns.rule.startswith("site/"))
        found = connection.execute(statement.order_by(columns.finding_id)).scalars()
        assert ["malicious", "info"] == list(found)


@pytest.mark.parametrize(
    ("name", "match"), [(("gone", "marked"), "no rule pack"), (("site", "gone"), "has no rule")]
)
def test_what_is_not_there_has_no_status(runtime, two, site, name, match):
    """A mistyped name signs nothing."""
    with pytest.raises(UsageError, match=match):
        rules.set_status(runtime, name, RuleStatus.NOISY, two[0])


def test_a_status_goes_on_where_the_rule_did_not_change(runtime, two, site, tmp_path):
    """A newer pack keeps what two decided of a rule, and a changed rule counts again."""
    set_by(runtime, two, RuleStatus.NOISY)
    set_by(runtime, two, RuleStatus.NOISY, "other")
    changed = MARKED + OTHER.replace('"OTHER"', '"OTHERS"')

    for who in two:
        added(runtime, tmp_path, "newer", changed, 3, who)

    assert RuleStatus.NOISY is status(runtime)
    assert RuleStatus.DEPLOYED is status(runtime, "other")


def test_an_older_pack_comes_back_by_two_people_only(runtime, two, site, tmp_path):
    """Even one that keeps every rule; without signatures it is refused."""
    with pytest.raises(RulesError, match="is in force"):
        added(runtime, tmp_path, "old", MARKED + OTHER, 1)

    told = [added(runtime, tmp_path, "old", MARKED + OTHER, 1, who) for who in two]

    assert [False, True] == [each.waits is None for each in told]
    assert date(2026, 1, 1) == rules.in_force(runtime)[1].manifest.dated


def test_a_lower_version_of_one_day_is_older(runtime, two, tmp_path):
    """The number decides where the day does not, and 1.10 comes after 1.9."""
    added(runtime, tmp_path, "a", MARKED, 2, version="1.9")
    added(runtime, tmp_path, "b", MARKED + OTHER, 2, version="1.10")

    with pytest.raises(RulesError, match="is in force"):
        added(runtime, tmp_path, "a", MARKED + OTHER, 2, version="1.9")


def test_at_the_start_nobody_goes_back(runtime, tmp_path):
    """Before two people decide, an older pack is refused, signed by one or not."""
    added(runtime, tmp_path, "a", MARKED, 2)
    alone = a_person(runtime, tmp_path, "alice")

    for who in (None, alone):
        with pytest.raises(RulesError, match="is in force"):
            added(runtime, tmp_path, "a", MARKED, 1, who)


def test_only_the_expected_pack_is_added(runtime, tmp_path):
    """A digest from elsewhere, or the beginning of it, names the one pack that may come in."""
    with pytest.raises(RulesError, match="not the expected one"):
        added(runtime, tmp_path, "a", MARKED, 2, expected="0" * 64)
    good = added(runtime, tmp_path, "a", MARKED, 2)

    assert (
        good.pack == added(runtime, tmp_path, "a", MARKED, 2, expected=good.pack.digest[:12]).pack
    )


class Signing:
    """A vendor's key, and detached signatures by it."""

    def __init__(self, folder):
        folder.mkdir()
        self._key, self._folder = generate(), folder
        self.public = folder / "key.pub"
        self.public.write_text(public_line(self._key))

    def over(self, content):
        """Return a file with a signature over some bytes."""
        path = self._folder / f"signature-{len(content)}"
        path.write_text(sign(self._key, content, NAMESPACE))
        return path


def test_a_signed_archive_is_checked_against_the_key(runtime, tmp_path):
    """The right key passes; another key, changed bytes, half of the two, no file are refused."""
    ours, other = Signing(tmp_path / "ours"), Signing(tmp_path / "other")
    path = zip_pack(tmp_path / "site.zip", {"a.yar": MARKED})
    wrong = [
        (SignatureError, ours.over(path.read_bytes() + b"x"), ours.public),
        (SignatureError, ours.over(path.read_bytes()), other.public),
        (UsageError, ours.over(path.read_bytes()), None),
        (RulesError, tmp_path / "none", ours.public),
    ]
    for error, signature, signer in wrong:
        with pytest.raises(error):
            rules.add(runtime, PackToAdd(path=path, signature=signature, signer=signer))

    good = ours.over(path.read_bytes())
    pack = rules.add(runtime, PackToAdd(path=path, signature=good, signer=ours.public)).pack

    assert ours.public.read_text().split()[:2] == pack.manifest.signer.split()


def test_a_pack_that_was_signed_stays_signed(runtime, two, tmp_path):
    """The same rules without the signature of their author take two people."""
    ours = Signing(tmp_path / "ours")
    path = zip_pack(tmp_path / "site.zip", {"a.yar": MARKED})
    good = ours.over(path.read_bytes())
    rules.add(runtime, PackToAdd(path=path, signature=good, signer=ours.public))

    with pytest.raises(UsageError, match="not signed by its author's key"):
        rules.add(runtime, PackToAdd(path=path))


def test_a_module_that_no_engine_has_is_named(runtime, tmp_path):
    """Such a rule would never run, so the pack stays out."""
    text = 'import "magic"\nrule m { condition: magic.type() contains "PDF" }\n'

    with pytest.raises(RulesError, match="no engine here has the module magic"):
        added(runtime, tmp_path, "m", text, 1)


def test_rules_that_object_to_goodware_are_named(runtime, tmp_path):
    """Both engines look in the box; only what objects is counted, and files are not touched."""
    good = tmp_path / "good"
    good.mkdir()
    for n, text in enumerate(("an OTHER letter\n", "one more OTHER\n", "a plain letter\n")):
        (good / f"{n}.txt").write_text(text)
    path = write_pack(tmp_path / "pack", {"a.yar": MARKED + OTHER})
    wanted = PackToAdd(path=path, name="site")
    report = rules.check_pack(runtime, wanted)

    tried = try_pack(runtime, rules.read(runtime, wanted), [good], report)

    assert (3, {"site/a.yar:other": 2}) == (tried.files, dict(tried.objections))
    assert (("yara-x", "yara-python"), ()) == (tried.engines, tried.disagreements)
    assert 1 == len(rules.in_force(runtime))


def test_what_one_engine_alone_takes_is_named(runtime, tmp_path):
    """A module of one engine is said before a pack comes in force for the other."""
    text = 'import "lnk"\nrule l { condition: lnk.is_lnk }\n'
    wanted = PackToAdd(path=write_pack(tmp_path / "pack", {"a.yar": text}), name="site")
    report = rules.check_pack(runtime, wanted)

    tried = try_pack(runtime, rules.read(runtime, wanted), [], report)

    assert report.accepted
    assert "only yara-python refuses" in tried.disagreements[0]


def test_goodware_that_is_not_there_is_an_error(runtime, tmp_path):
    """A mistyped folder is no proof of anything."""
    wanted = PackToAdd(path=write_pack(tmp_path / "pack", {"a.yar": MARKED}), name="site")
    report = rules.check_pack(runtime, wanted)

    with pytest.raises(UsageError, match="no file at --goodware"):
        try_pack(runtime, rules.read(runtime, wanted), [tmp_path / "none"], report)
