import pytest

from tools.images.layer import Member, file, link
from tools.images.musl import NAMES, as_alpine
from tools.images.ports import PLATFORMS


def test_every_platform_has_names() -> None:
    assert tuple(NAMES) == PLATFORMS


LIBRARY = file("usr/lib/arm-linux-musleabihf/libc.so", b"the library", 0o755)
LOADER = link("usr/lib/ld-musl-armhf.so.1", "arm-linux-musleabihf/libc.so")
HEADER = file("usr/include/arm-linux-musleabihf/stdio.h", b"int puts();")
RENAMED = [
    (
        LIBRARY,
        [
            ("usr/lib/libc.musl-armv7.so.1", "arm-linux-musleabihf/libc.musl-armv7.so.1", b""),
            ("usr/lib/arm-linux-musleabihf/libc.so", "", b"INPUT(-l:libc.musl-armv7.so.1)\n"),
            ("usr/lib/arm-linux-musleabihf/libc.musl-armv7.so.1", "", b"the library"),
        ],
    ),
    (
        LOADER,
        [("usr/lib/ld-musl-armhf.so.1", "arm-linux-musleabihf/libc.musl-armv7.so.1", b"")],
    ),
    (HEADER, [("usr/include/arm-linux-musleabihf/stdio.h", "", b"int puts();")]),
]


@pytest.mark.parametrize("member, expected", RENAMED)
def test_as_alpine(member: Member, expected: list[tuple[str, str, bytes]]) -> None:
    made = as_alpine(member, NAMES["linux/arm/v7"])
    assert [(m.info.name, m.info.linkname, m.data) for m in made] == expected
