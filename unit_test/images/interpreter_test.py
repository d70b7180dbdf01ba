import platform

import pytest

from tools.images.base import TRIXIE
from tools.images.errors import ImageError
from tools.images.interpreter import interpreter


def test_machine_that_debian_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    with pytest.raises(ImageError, match=r"Debian's architectures, and vax is none of them"):
        interpreter(TRIXIE)
