import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.evidence import Edge, Frontier, leaf_hash, node_hash, root_of
from audit.merkle import (
    Tree,
    consistency,
    inclusion,
    root_between,
    verify_consistency,
    verify_inclusion,
)
from audit.tiles import frontier_of

# The inputs of the reference tests of Certificate Transparency.
CT_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
MOST = 64
LEAVES = [leaf_hash(bytes([n])) for n in range(MOST)]


def split(count):
    """The largest power of two below a count."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def rfc_root(leaves):
    """MTH of RFC 9162 section 2.1.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(rfc_root(leaves[:k]), rfc_root(leaves[k:]))


def rfc_path(m, leaves):
    """PATH of RFC 9162 section 2.1.3.1, as it is written there."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*rfc_path(m, leaves[:k]), rfc_root(leaves[k:])]
    return [*rfc_path(m - k, leaves[k:]), rfc_root(leaves[:k])]


def rfc_subproof(m, leaves, *, whole):
    """SUBPROOF of RFC 9162 section 2.1.4.1, as it is written there."""
    if m == len(leaves):
        return [] if whole else [rfc_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*rfc_subproof(m, leaves[:k], whole=whole), rfc_root(leaves[k:])]
    return [*rfc_subproof(m - k, leaves[k:], whole=False), rfc_root(leaves[:k])]


def tree_of(leaves):
    """The whole tree over leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@pytest.mark.parametrize("size", CT_ROOTS)
def test_roots_are_those_of_certificate_transparency(size):
    """The published roots over the published inputs come out."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_INPUTS[:size]]

    assert CT_ROOTS[size] == root_of(leaves).hex()
    assert CT_ROOTS[size] == tree_of(leaves).root().hex()


@pytest.mark.parametrize("size", range(MOST + 1))
def test_roots_follow_the_recursion(size):
    """Frontier and tree give the root of the RFC's recursion for every small size."""
    expected = rfc_root(LEAVES[:size])

    assert expected == root_of(LEAVES[:size])
    assert expected == tree_of(LEAVES[:size]).root()


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_inclusion_proofs_follow_the_recursion_and_verify(size):
    """For every leaf of every small tree the proof is the RFC's PATH, and it verifies."""
    tree = tree_of(LEAVES[:size])
    root = tree.root()
    for index in range(size):
        proof = inclusion(tree, index, size)
        assert rfc_path(index, LEAVES[:size]) == proof
        assert verify_inclusion(LEAVES[index], index, size, proof, root)


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_consistency_proofs_follow_the_recursion_and_verify(size):
    """For every older tree the proof is the RFC's SUBPROOF, and it verifies."""
    tree = tree_of(LEAVES[:size])
    root = tree.root()
    for old in range(1, size + 1):
        proof = consistency(tree, old, size)
        assert rfc_subproof(old, LEAVES[:size], whole=True) == proof
        assert verify_consistency((old, size), proof, rfc_root(LEAVES[:old]), root)


@given(st.data())
@settings(max_examples=150)
def test_a_changed_inclusion_proof_does_not_verify(data):
    """No other leaf, index, size, path or root is accepted with a proof."""
    size = data.draw(st.integers(2, MOST))
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(LEAVES[:size])
    proof = inclusion(tree, index, size)
    position = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:position], leaf_hash(b"other"), *proof[position + 1 :]]
    root = tree.root()

    assert not verify_inclusion(LEAVES[index], index, size, changed, root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
    assert not verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
    assert not verify_inclusion(LEAVES[index], index, size, proof, leaf_hash(b"other"))
    other = (index + 1) % size
    assert not verify_inclusion(LEAVES[index], other, size, proof, root)


@given(st.data())
@settings(max_examples=150)
def test_a_changed_consistency_proof_does_not_verify(data):
    """No other path and no other roots are accepted with a proof."""
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    tree = tree_of(LEAVES[:new])
    proof = consistency(tree, old, new)
    position = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:position], leaf_hash(b"other"), *proof[position + 1 :]]
    roots = (rfc_root(LEAVES[:old]), tree.root())
    other = leaf_hash(b"other")

    assert not verify_consistency((old, new), changed, *roots)
    assert not verify_consistency((old, new), [], *roots)
    assert not verify_consistency((old, new), [*proof, other], *roots)
    assert not verify_consistency((old, new), proof, other, roots[1])
    assert not verify_consistency((old, new), proof, roots[0], other)
    assert not verify_consistency((new, old), proof, *roots)


def test_consistency_with_nothing_and_with_itself():
    """Everything follows the empty tree; a tree is consistent with itself only, without a proof."""
    root = rfc_root(LEAVES[:3])

    assert verify_consistency((0, 3), [], Frontier().root(), root)
    assert verify_consistency((3, 3), [], root, root)
    assert not verify_consistency((3, 3), [root], root, root)
    assert not verify_consistency((3, 3), [], root, LEAVES[0])


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index):
    """Asking for a leaf outside the tree is an error, and no proof verifies for one."""
    tree = tree_of(LEAVES[:3])
    with pytest.raises(ValueError, match="no leaf"):
        inclusion(tree, index, 3)

    assert not verify_inclusion(LEAVES[0], index, 3, [], tree.root())


@pytest.mark.parametrize("old", [0, 4])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(old):
    """A proof begins with a tree that has leaves and is not larger."""
    with pytest.raises(ValueError, match="consistency"):
        consistency(tree_of(LEAVES[:3]), old, 3)


def test_a_single_leaf_needs_no_path():
    """The root of one leaf is the leaf."""
    assert [] == inclusion(tree_of(LEAVES[:1]), 0, 1)
    assert LEAVES[0] == root_between(tree_of(LEAVES[:1]), 0, 1)


def test_a_frontier_goes_on_where_it_was_stored():
    """A frontier that was stored and read again leads to the same roots."""
    first = Frontier()
    for leaf in LEAVES[:21]:
        first.append(leaf)
    second = Frontier(first.size, first.stack)
    for leaf in LEAVES[21:]:
        second.append(leaf)

    assert rfc_root(LEAVES) == second.root()


def test_a_frontier_with_a_hash_too_few_is_refused():
    """A damaged frontier cannot be continued."""
    with pytest.raises(ValueError, match="frontier"):
        Frontier(3, [LEAVES[0]])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 70_000])
def test_the_edge_of_the_tiles_leads_to_the_same_root(size):
    """What the last tiles hold is enough to compute the root of the whole log."""
    edge, frontier = Edge(), Frontier()
    for number in range(size):
        leaf = leaf_hash(number.to_bytes(4, "big"))
        edge.append(leaf)
        frontier.append(leaf)

    assert frontier.root() == frontier_of(edge).root()
