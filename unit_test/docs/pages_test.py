"""What the documentation says of the code, of engines and of the action, compared with them."""

from __future__ import annotations

import inspect
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from cibuildwheel.errors import FatalError
from cibuildwheel.oci import errors
from cibuildwheel.oci.wanted.create_args import drop_platform
from cibuildwheel.oci.wanted.platform import Platform, platform_of_identifier

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Seen on engines that the lab does not have, or said by upstream's own code.
NOT_RECORDED = {
    "requires API version 1.49",
    "Failed to read the return code, the container shell has exited",
}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def one_line(text: str) -> str:
    return " ".join(text.split())


def error_types() -> dict[str, type[FatalError]]:
    """The types of our module that have a return code of their own, by name."""
    types = (value for _, value in inspect.getmembers(errors, inspect.isclass))
    ours = (t for t in types if t.__module__ == errors.__name__ and issubclass(t, FatalError))
    return {t.__name__: t for t in ours if "return_code" in inspect.getsource(t)}


def code_of(error: type[FatalError]) -> int:
    return error("message").return_code


def test_error_types_are_all_there_with_code_and_meaning() -> None:
    rows = re.findall(
        r"^\| (\d+) \| \[`(\w+)`\]\(#(\S+)\) \| (.*) \|$", page("error-types.md"), re.MULTILINE
    )
    expected = [
        (str(code_of(t)), name, f"{code_of(t)}-{name.lower()}", inspect.getdoc(t))
        for name, t in sorted(error_types().items(), key=lambda item: code_of(item[1]))
    ]
    assert rows == expected


def test_each_error_type_has_a_section() -> None:
    titles = re.findall(r"^## (\d+) (\w+)$", page("error-types.md"), re.MULTILINE)
    assert {(int(code), name) for code, name in titles} == {
        (code_of(t), name) for name, t in error_types().items()
    }


@pytest.mark.parametrize("text", re.findall(r"^### `(.*)`$", page("errors.md"), re.MULTILINE))
def test_error_texts_are_real(text: str) -> None:
    recorded = ROOT.glob("unit_test/data/engines/*/*.json")
    tests = (*ROOT.glob("unit_test/oci/**/*_test.py"), *ROOT.glob("test/test_*.py"))
    texts = (path.read_text(encoding="utf-8") for path in (*recorded, *tests))
    assert (text in NOT_RECORDED) != any(text in one_line(said) for said in texts)


def test_platforms() -> None:
    rows = re.findall(r"^\| `_(\w+)` \| `(\S+)` \|$", page("publish.md"), re.MULTILINE)
    assert len(rows) == 7
    for architecture, platform in rows:
        assert str(platform_of_identifier(f"cp313-manylinux_{architecture}")) == platform


def test_warning_of_the_workaround(capsys: pytest.CaptureFixture[str]) -> None:
    amd64 = str(Platform("linux", "amd64"))
    assert drop_platform(["--platform", "linux/arm64/v8"], amd64) == ()
    warning = one_line(capsys.readouterr().err).partition("--platform")
    assert one_line(warning[1] + warning[2]) in one_line(page("workaround.md"))


def test_inputs_of_the_action() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    _, _, section = page("ci.md").partition("## The action's inputs")
    assert set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == set(inputs)


def test_picture_needs_nothing_from_elsewhere() -> None:
    tree = ET.parse(DOCS / "decision.svg")
    assert {element.tag.partition("}")[2] for element in tree.iter()} <= {
        *("svg", "title", "style", "defs", "marker", "path", "rect", "text"),
    }
    assert not re.search(r"href|url\((?!#)|@import", (DOCS / "decision.svg").read_text())
