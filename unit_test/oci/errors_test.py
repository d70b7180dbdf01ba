from __future__ import annotations

import inspect

from cibuildwheel import errors as upstream
from cibuildwheel.errors import FatalError
from cibuildwheel.oci import errors as ours


def raised(module: object) -> list[type[FatalError]]:
    """The error classes that `module` defines."""
    return [
        error
        for _, error in inspect.getmembers(module, inspect.isclass)
        if issubclass(error, FatalError) and error.__module__ == getattr(module, "__name__", "")
    ]


def made(error: type[FatalError]) -> FatalError:
    """An error of the class, each of its arguments `why`."""
    names = set(inspect.signature(error.__init__).parameters) - {"self", "kwargs"}
    return error(*("why" for _ in names))


def codes(module: object) -> dict[str, int]:
    return {error.__name__: made(error).return_code for error in raised(module)}


def test_every_error_has_a_return_code_of_its_own() -> None:
    own = codes(ours)
    del own["ImageError"]  # only its subclasses are raised
    assert len(own) >= 13
    assert len(set(own.values())) == len(own)


def test_no_return_code_is_one_of_upstream() -> None:
    theirs = set(codes(upstream).values())
    assert {1, 7} <= theirs
    own = codes(ours)
    del own["ImageError"]
    assert not theirs & set(own.values())


def test_messages_are_kept() -> None:
    assert {str(made(error)) for error in raised(ours)} == {"why"}


def test_refusals_are_image_errors() -> None:
    others = {
        *("ContainerExitedError", "ContainerNotCreatedError", "EmulationError"),
        *("CopyError", "EngineTooOldError", "EngineUnusableError", "NativeToolsError"),
    }
    for error in raised(ours):
        assert issubclass(error, ours.ImageError) == (error.__name__ not in others)
