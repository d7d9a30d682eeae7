"""Some random programs in every run; ``python -m tests.fuzz`` tries more, and makes failures small."""

import pytest

from tests.fuzz.grammar import Maker
from tests.fuzz.oracle import judged
from tests.fuzz.shrink import shrunk


@pytest.mark.parametrize("writes", [False, True], ids=["plain", "writes"])
@pytest.mark.parametrize("first", [0])
def test_programs(first, writes):
    for seed in range(first, first + 10):
        source = Maker(seed, writes).module()
        found = judged(source, f"fuzz_{seed}", seed)
        assert not found.is_bug, f"seed {seed}: {found.kind}, {found.reason}\n{source}\n{found.detail}"


@pytest.mark.parametrize("writes", [False, True])
def test_a_program_depends_on_its_seed_alone(writes):
    assert Maker(7, writes).module() == Maker(7, writes).module()
    assert Maker(7, writes).module() != Maker(8, writes).module()


def test_a_failing_program_is_made_small():
    source = Maker(3).module()
    small = shrunk(source, lambda text: "def program" in text and "np." in text, seconds=10)

    assert len(small) < 0.3 * len(source)
    assert small.count("np.") == 1
