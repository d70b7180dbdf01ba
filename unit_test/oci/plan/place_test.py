from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.plan.place import best

NATIVE, EMULATED, UNKNOWN = Ability.NATIVE, Ability.EMULATED, Ability.UNKNOWN
NO_HANDLER, BROKEN = Ability.NO_HANDLER, Ability.BROKEN


@pytest.mark.parametrize(
    ("abilities", "name", "why"),
    [
        ({"a": NATIVE, "b": NATIVE}, "a", "the first of a, b that runs it natively"),
        ({"a": EMULATED, "b": NATIVE}, "b", "the first of a, b that runs it natively"),
        ({"a": NO_HANDLER, "b": EMULATED, "c": EMULATED}, "b", "that emulates it, as none runs"),
        ({"a": UNKNOWN, "b": EMULATED}, "b", "that emulates it"),
        ({"a": BROKEN, "b": UNKNOWN}, "b", "that may run it, as none is known to"),
        ({"a": NO_HANDLER, "b": BROKEN}, "a", "the first of a, b, as none can run it"),
        ({"a": EMULATED}, "a", "the first of a that emulates it"),
    ],
)
def test_best(abilities: dict[str, Ability], name: str, why: str) -> None:
    found, words = best(abilities)
    assert found == name
    assert why in words


@given(st.dictionaries(st.text(), st.sampled_from(Ability), min_size=1))
def test_no_other_is_better(abilities: dict[str, Ability]) -> None:
    name, _ = best(abilities)
    for ability in (NATIVE, EMULATED, UNKNOWN):
        if ability in abilities.values():
            assert name == next(n for n, a in abilities.items() if a is ability)
            break
