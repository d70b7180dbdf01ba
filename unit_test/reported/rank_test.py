"""The order of outcomes, as a table."""

import pytest

from tools.reported.rank import MEANING, Error, Rank, is_worse, rank

ARM64 = "linux/arm64"


@pytest.mark.parametrize(
    ("outcome", "wanted", "error", "pulled", "worth"),
    [
        (ARM64, ARM64, "", False, Rank.RIGHT),
        (ARM64, ARM64, "", True, Rank.RIGHT),
        ("linux/amd64", ARM64, "", True, Rank.WRONG),
        ("", ARM64, "", True, Rank.WRONG),
        (ARM64, None, "", True, Rank.WRONG),
        ("PlatformNotOfferedError", None, "clear", False, Rank.EARLY),
        ("PlatformNotOfferedError", ARM64, "clear", False, Rank.EARLY),
        ("ContentError", None, "clear", True, Rank.LATE),
        ("CalledProcessError", ARM64, "unclear", False, Rank.UNCLEAR),
        ("exit 1", None, "unclear", True, Rank.UNCLEAR),
        ("leaves containers", ARM64, "unclear", True, Rank.UNCLEAR),
        ("hangs", ARM64, "hangs", False, Rank.WRONG),
    ],
)
def test_worth(outcome: str, wanted: str | None, error: Error, pulled: bool, worth: Rank) -> None:
    assert rank(outcome, wanted, error, pulled=pulled) is worth


def test_each_rank_is_better_than_the_next_and_no_worse_than_itself() -> None:
    ranks = [Rank.RIGHT, Rank.EARLY, Rank.LATE, Rank.UNCLEAR, Rank.WRONG]
    assert sorted(Rank) == list(MEANING) == ranks
    for number, one in enumerate(ranks):
        assert [is_worse(one, other) for other in ranks] == [
            number > place for place in range(len(ranks))
        ]
