"""Try random programs: ``python -m tests.fuzz --seed 0 --count 1000 [--writes]``, or one of them with ``--only``."""

import argparse
import collections
import math
import sys
import time

from tests.fuzz.grammar import Maker
from tests.fuzz.oracle import Verdict, judged
from tests.fuzz.shrink import shrunk


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first program; each has a number of its own")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no further program after so long")
    parser.add_argument("--writes", action="store_true", help="also in-place writes, views, aliases and effects")
    parser.add_argument("--only", type=int, help="print this program, and what is found")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--each", type=int, default=2, help="how many programs to show for each reason")
    parser.add_argument("--refused", action="store_true", help="show a program for each reason of refusal too")
    options = parser.parse_args()
    if options.only is not None:
        source = Maker(options.only, options.writes).module()
        found = judged(source, f"fuzz_{options.only}", options.only)
        print(source, found.kind, found.reason, found.detail, sep="\n")
        return found.is_bug
    kinds: collections.Counter[str] = collections.Counter()
    reasons: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    shown: collections.Counter[str] = collections.Counter()
    until = time.monotonic() + options.seconds
    for seed in range(options.seed, options.seed + options.count):
        if time.monotonic() > until:
            break
        source = Maker(seed, options.writes).module()
        found = judged(source, f"fuzz_{seed}", seed)
        kinds[found.kind] += 1
        if found.kind != "right":
            reasons[found.kind][found.reason] += 1
        if found.is_bug or (options.refused and found.kind == "refused"):
            shown[found.reason] += 1
            if shown[found.reason] <= options.each:
                show(seed, source, found, not options.no_shrink)
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()), f"of {kinds.total()}")
    for kind, counts in reasons.items():
        for reason, count in counts.most_common():
            print(f"  {kind} {count:5d}  {reason}")
    return bool(kinds["wrong"] + kinds["crash"])


def show(seed: int, source: str, found: Verdict, smaller: bool) -> None:
    if smaller:
        name = f"fuzz_{seed}_small"
        check = found.reason.split(":")[0] if found.is_bug else ""

        def alike(text: str) -> bool:
            other = judged(text, name, seed, only=check)
            return (other.kind, other.reason, other.result) == (found.kind, found.reason, found.result)

        source = shrunk(source, alike)
        found = judged(source, name, seed)
    print(f"---- seed {seed}: {found.kind}: {found.reason}\n{source}\n{found.detail}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
