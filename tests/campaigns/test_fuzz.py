"""A short run of the fuzzer finds nothing, and the fuzzer finds what escapes."""

import random

from tests.campaigns.fuzz import Target, fuzz


def test_nothing_but_declared_errors_escapes_what_reads_foreign_input() -> None:
    tally = fuzz(10, seed=20261119)
    assert tally.executions > 1_000
    assert tally.uncaught == 0


def test_the_fuzzer_counts_what_escapes() -> None:
    def broken(chance: random.Random) -> None:
        raise KeyError(chance.random())

    tally = fuzz(0.01, seed=1, chosen=[Target("broken", broken)])
    assert tally.uncaught == tally.executions > 0
