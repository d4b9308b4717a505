"""Rules of R4 between the elements of questionnaires, terminologies and other definitions."""

from collections.abc import Mapping

from schemas.fhir.predicates import (
    Holds,
    Object,
    any_of,
    at,
    at_most_one,
    deep,
    distinct,
    each,
    has,
    needs,
    not_both,
    one_of,
    only_where,
    tree,
    where,
    without,
)

Rules = Mapping[str, tuple[tuple[Holds, str], ...]]
_WITH_OPTIONS = (
    "choice",
    "open-choice",
    "decimal",
    "integer",
    "date",
    "dateTime",
    "time",
    "string",
    "quantity",
)
_WITH_LENGTH = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")


def _asks_how_they_combine(item: Object) -> bool:
    """que-12: several conditions say whether all or any of them count."""
    conditions = item.get("enableWhen")
    several = isinstance(conditions, list) and len(conditions) > 2
    return not several or has(item, "enableBehavior")


def _begins_once(item: Object) -> bool:
    """que-13: several first values stand only where the answer repeats."""
    initial = item.get("initial")
    many = isinstance(initial, list) and len(initial) > 1
    return not many or item.get("repeats") is True


def _exists_is_asked_truly(condition: Object) -> bool:
    """que-7: whether there is an answer is asked with yes or no."""
    return condition.get("operator") != "exists" or "answerBoolean" in condition


def _conditions_point_elsewhere(value: Object) -> bool:
    """A condition asks for a question of this questionnaire that does not lie inside of its own."""
    known = {str(item.get("linkId")) for item in tree(value, "item")}
    for item in tree(value, "item"):
        asked = {str(condition.get("question")) for condition in at(item, "enableWhen")}
        inside = {str(inner.get("linkId")) for inner in (item, *tree(item, "item"))}
        if not asked <= known or asked & inside:
            return False
    return True


def _lines_are_known(value: Object) -> bool:
    """sdf-1, sdf-3, sdf-8: each element of a snapshot is described once, below its type."""
    elements = list(at(value, "snapshot.element"))
    paths = [str(element.get("path")) for element in elements]
    if not paths:
        return True
    whole = all(has(e, name) for e in elements for name in ("definition", "min", "max"))
    below = all(path.startswith(f"{paths[0]}.") for path in paths[1:])
    own = value.get("kind") == "logical" or paths[0] == value.get("type")
    once = value.get("derivation") == "constraint" or len(set(paths)) == len(paths)
    return whole and below and own and once


def _ids_once(path: str) -> Holds:
    """sdf-14, sdf-16, sdf-17: each element has an id of its own."""

    def holds(value: Object) -> bool:
        ids = [element.get("id") for element in at(value, path)]
        return None not in ids and len(set(map(str, ids))) == len(ids)

    return holds


def _has_base(value: Object) -> bool:
    """sdf-4: a type that is not abstract is made from another."""
    return value.get("abstract") is True or has(value, "baseDefinition")


def _says_where(value: Object) -> bool:
    """sdf-5: an extension says where it may stand."""
    profile = value.get("derivation") != "specialization"
    return value.get("type") != "Extension" or not profile or has(value, "context")


def _element_of_definition(element: Object) -> bool:
    """eld-2, eld-5 to eld-8, eld-15, eld-18, eld-22."""
    least, most = element.get("min"), element.get("max")
    counted = (
        isinstance(least, int) and isinstance(most, str) and most.isdecimal() and len(most) < 10
    )
    kinds = element.get("type")
    many = isinstance(kinds, list) and len(kinds) > 1
    return (
        not (counted and int(least) > int(most))  # type: ignore[arg-type]  # counted: both are numbers
        and not (many and (has(element, "fixed[x]") or has(element, "pattern[x]")))
        and not_both("fixed[x]", "pattern[x]")(element)
        and not_both("defaultValue[x]", "meaningWhenMissing")(element)
        and not (element.get("isModifier") is True and not has(element, "isModifierReason"))
        and needs("sliceIsConstraining", "sliceName")(element)
        and (not has(element, "contentReference") or without("type", "binding")(element))
        and distinct("constraint", "key")(element)
    )


_ITEM = (
    where("type", "group", any_of("item")),  # que-1
    where("type", "display", without("item", "code", "required", "repeats")),  # que-1, que-3, que-6
    where("type", "display", without("readOnly", "initial")),  # que-8, que-9
    where("type", "group", without("initial")),  # que-8
    not_both("answerOption", "answerValueSet"),  # que-4
    only_where("answerOption", "type", *_WITH_OPTIONS),  # que-5
    only_where("answerValueSet", "type", *_WITH_OPTIONS),  # que-5
    only_where("maxLength", "type", *_WITH_LENGTH),  # que-10
    not_both("answerOption", "initial"),  # que-11
    _asks_how_they_combine,
    _begins_once,
    each("enableWhen", _exists_is_asked_truly),
)
_INCLUDE = (
    any_of("valueSet", "system"),  # vsd-1
    needs("concept", "system"),  # vsd-2
    needs("filter", "system"),  # vsd-2
    not_both("concept", "filter"),  # vsd-3
)
_CONTAINS = (
    any_of("code", "display"),  # vsd-6
    lambda item: has(item, "code") or item.get("abstract") is True,  # vsd-9
    needs("code", "system"),  # vsd-10
)
_PARAMETER = (
    any_of("type", "part"),  # opd-1
    only_where("searchType", "type", "string"),  # opd-2
    only_where("targetProfile", "type", "Reference", "canonical"),  # opd-3
)
_TESTED = one_of("operation", "assert")

RULES: Rules = {
    "CapabilityStatement": (
        (any_of("rest", "messaging", "document"), ""),  # cpb-1
        (any_of("description", "software", "implementation"), ""),  # cpb-2
        (where("kind", "instance", any_of("implementation")), ".implementation"),  # cpb-14
        (where("kind", "capability", any_of("software")), ".software"),  # cpb-15
        (where("kind", "capability", without("implementation")), ".implementation"),  # cpb-15
        (where("kind", "requirements", without("implementation", "software")), ""),  # cpb-16
        (distinct("document", "profile", "mode"), ".document"),  # cpb-7
        (each("rest", distinct("resource", "type")), ".rest.resource"),  # cpb-9
        (each("rest.resource", distinct("searchParam", "name")), ".rest.resource"),  # cpb-12
    ),
    "ConceptMap": (
        (  # cmd-1
            each(
                "group.element.target",
                where("equivalence", "narrower", any_of("comment")),
                where("equivalence", "inexact", any_of("comment")),
            ),
            ".group.element.target",
        ),
        (
            each(
                "group.unmapped",
                where("mode", "fixed", any_of("code")),  # cmd-2
                where("mode", "other-map", any_of("url")),  # cmd-3
            ),
            ".group.unmapped",
        ),
    ),
    "NamingSystem": (  # nsd-1
        (where("kind", "root", each("uniqueId", lambda u: u.get("type") != "uuid")), ".uniqueId"),
    ),
    "OperationDefinition": (
        (each("parameter", *_PARAMETER), ".parameter"),
        (each("parameter", deep("part", *_PARAMETER)), ".parameter.part"),
    ),
    "Questionnaire": (
        (deep("item", *_ITEM), ".item"),
        (_conditions_point_elsewhere, ".item.enableWhen"),
    ),
    "SearchParameter": (
        (needs("xpath", "xpathUsage"), ".xpath"),  # spd-1
        (only_where("chain", "type", "reference"), ".chain"),  # spd-2
    ),
    "StructureDefinition": (
        (any_of("snapshot", "differential"), ""),  # sdf-6
        (_has_base, ".baseDefinition"),
        (_says_where, ".context"),
        (only_where("contextInvariant", "type", "Extension"), ".contextInvariant"),  # sdf-18
        (each("mapping", any_of("name", "uri")), ".mapping"),  # sdf-2
        (_lines_are_known, ".snapshot"),
        (_ids_once("snapshot.element"), ".snapshot"),
        (_ids_once("differential.element"), ".differential"),
        (each("snapshot.element", _element_of_definition), ".snapshot.element"),
        (each("differential.element", _element_of_definition), ".differential.element"),
    ),
    "TerminologyCapabilities": (
        (any_of("description", "software", "implementation"), ""),  # tcp-2
        (where("kind", "instance", any_of("implementation")), ".implementation"),  # tcp-3
    ),
    "TestReport": (
        (each("setup.action", _TESTED), ".setup.action"),  # inv-1
        (each("test.action", _TESTED), ".test.action"),  # inv-2
    ),
    "TestScript": (
        (each("setup.action", _TESTED), ".setup.action"),  # tst-1
        (each("test.action", _TESTED), ".test.action"),  # tst-2
        (each("variable", at_most_one("expression", "headerField", "path")), ".variable"),  # tst-3
    ),
    "ValueSet": (
        (each("compose.include", *_INCLUDE), ".compose.include"),
        (each("compose.exclude", *_INCLUDE), ".compose.exclude"),
        (each("expansion", deep("contains", *_CONTAINS)), ".expansion.contains"),
    ),
}
