"""The relation of what may share memory: groups are no more than a way to hold it."""

import numpy as np

from srcad.backend.relation import Relation, bits


def plainly(joins, count):
    masks = [1 << k for k in range(count)]
    for number, mask in joins:
        masks[number] |= mask
        for other in bits(mask):
            masks[other] |= 1 << number
    return masks


def test_groups_hold_the_same_relation():
    rng = np.random.default_rng(0)
    for _ in range(300):
        count = int(rng.integers(2, 12))
        relation, joins = Relation(), []
        for _ in range(count):
            relation.add()
        for _ in range(int(rng.integers(1, 15))):
            number, other = map(int, rng.integers(0, count, 2))
            mask = relation.of(other) if rng.random() < 0.7 else int(rng.integers(1, 1 << count))
            joins.append((number, mask))
            relation.relate(number, mask)

            assert [relation.of(k) for k in range(count)] == plainly(joins, count)


def test_relating_what_is_related_changes_nothing():
    relation = Relation()
    for _ in range(3):
        relation.add()
    relation.relate(1, 0b001)
    relation.relate(2, relation.of(1))

    before = relation.changes
    relation.relate(0, 0b111)

    assert relation.changes == before == 2
