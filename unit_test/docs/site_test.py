"""The documentation as a site: strictly built, and complete in itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a browser fetches by itself. `canonical` and the like are only names.
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//")


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "properdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


class Fetched(HTMLParser):
    """The addresses of what a page makes a browser fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get(FETCHED.get(tag, ""))
        if address and values.get("rel") not in {"canonical", "next", "prev"}:
            self.addresses.append(address)


def test_built_strictly_with_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = build(ROOT, tmp_path)
    assert built.returncode == 0, built.stderr
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    addresses = {address for page in pages for address in Fetched(page).addresses}
    assert any(address.endswith(".js") for address in addresses)
    assert [address for address in addresses if ELSEWHERE.match(address)] == []
    styles = (path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.css"))
    assert not any(re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", style) for style in styles)


@pytest.mark.parametrize(
    "links, said",
    [
        ("[a](none.md) [a](errors.md#missing)", ["none.md", "#missing"]),
        ('--8<-- "examples/missing.yml"', ["missing.yml"]),
    ],
)
def test_a_broken_link_fails(links: str, said: list[str], tmp_path: Path) -> None:
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "properdocs.yml", tmp_path)
    with (tmp_path / "docs/index.md").open("a") as page:
        page.write(f"\n{links}\n")
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    assert [what for what in said if what not in built.stderr + built.stdout] == []
