"""How a content is disarmed in a service, and the number that its copy is kept under."""

from pathlib import Path

import sanitizers
from custody.digest import digest_of
from pipeline.steps.copies import Copies, copy_at, report_at, ruled_on, variant_at, variant_in
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.rulings import Ruling, Rulings
from sanitizers.policy_file import parse_policy, read_policy

STRICT = read_policy("strict")
TEXT = (Path(sanitizers.__file__).parent / "policies" / "strict.toml").read_text()
OTHER = parse_policy((TEXT + "\n# another one\n").encode())
RADIOLOGY = """
[[disarm.services]]
service = "radiology"
media_type = "application/pdf"
switches = ["disarm", "keep-links"]
"""
BY_SERVICE = parse_policy((TEXT + RADIOLOGY).encode())
ZIP, PDF, TEXT_FILE = "application/zip", "application/pdf", "text/plain"
LEAVE_OUT = frozenset({Switch.LEAVE_OUT})
EVERYTHING = Rulings(rulings=(Ruling(switches=frozenset(Switch)),))
DIGEST = digest_of(b"x")


def test_only_containers_have_parts_to_leave_out():
    """A document is disarmed in the same way, whatever becomes of parts."""
    assert Switch.LEAVE_OUT in ruled_on(EVERYTHING, ZIP, "")
    assert Switch.LEAVE_OUT not in ruled_on(EVERYTHING, PDF, "")
    assert ruled_on(EVERYTHING, TEXT_FILE, "") is None


def test_a_person_has_a_container_written_anew_with_what_can_be_had():
    """Of a document nothing is asked but that it is disarmed."""
    ordered, held = Copies(ordered={DIGEST: frozenset()}), Rulings(rulings=(Ruling(),))
    plain = Rulings(rulings=(Ruling(switches=frozenset()),))

    assert LEAVE_OUT == ordered.switches(held, DIGEST, ZIP, "")
    assert LEAVE_OUT == ordered.switches(plain, DIGEST, ZIP, "")
    assert frozenset() == ordered.switches(held, DIGEST, PDF, "")
    assert Copies().switches(held, DIGEST, ZIP, "") is None
    assert ordered.switches(held, DIGEST, TEXT_FILE, "") is None


def test_a_copy_of_a_document_is_one_under_all_policies():
    """And a container's is not: another policy may judge its parts otherwise."""
    plain = frozenset()

    assert variant_in(STRICT, "", PDF, plain) == variant_in(OTHER, "", PDF, plain) == 0
    assert variant_in(STRICT, "", ZIP, plain) != variant_in(OTHER, "", ZIP, plain)
    assert variant_in(STRICT, "", ZIP, plain) != variant_in(STRICT, "", ZIP, LEAVE_OUT)


def test_services_are_told_apart_where_the_policy_speaks_of_them():
    """What a service has disarmed otherwise makes another container."""
    services = ("radiology", "biology", "")
    told = [variant_in(BY_SERVICE, service, ZIP, LEAVE_OUT) for service in services]
    untold = [variant_in(STRICT, service, ZIP, LEAVE_OUT) for service in services]

    assert told[0] != told[1] == told[2]
    assert 1 == len(set(untold))


def test_numbers_of_copies_come_back_and_fit_into_32_bits():
    """Copy and report stand beside each other, below all parts."""
    for policy in (STRICT, OTHER, BY_SERVICE):
        variant = variant_in(policy, "radiology", ZIP, frozenset(Switch))
        assert variant == variant_at(copy_at(variant)) == variant_at(report_at(variant))
        assert -(2**31) <= report_at(variant) < copy_at(variant) < 0
