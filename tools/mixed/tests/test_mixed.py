"""What the extensions do that a compiler takes from the image."""

# mypy: ignore-errors
import mixed_c
import mixed_cpp
import mixed_cython
import pytest


def test_c() -> None:
    """A function of libm."""
    assert mixed_c.root(9.0) == 3.0


def test_cpp() -> None:
    """An initialiser, RTTI, threads, an exception."""
    assert (mixed_cpp.corners("square"), mixed_cpp.is_square(), mixed_cpp.count()) == (
        4,
        True,
        4000,
    )
    with pytest.raises(LookupError, match="no shape circle"):
        mixed_cpp.corners("circle")


def test_cython() -> None:
    """A class and an exception of Python."""
    assert mixed_cython.Total().add(2).add(3).value == 5
    with pytest.raises(ValueError, match="-1"):
        mixed_cython.Total().add(-1)
