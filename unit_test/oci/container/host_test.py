from __future__ import annotations

from types import SimpleNamespace

import pytest

from cibuildwheel.environment import parse_environment
from cibuildwheel.oci.container.host import naming_host, tell_missing_host
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.settled import Settled
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want

ARM64 = parse_platform("linux/arm64")
WANT = Want("docker", "x:1", ARM64, context="arm")
NEAR = Engine("docker", Store.CLASSIC, ARM64, (), context="arm")
FAR = Engine("docker", Store.CLASSIC, ARM64, (), context="arm", elsewhere=True)


def settled(engine: Engine) -> Settled:
    return Settled(engine, Decision(WANT, Source.STORED, "x:1", ARM64))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cp /host/opt/sdk.tar /tmp", True),
        ("cd /host && ls", True),
        ("ls /host", True),
        ("X=/host/y make", True),
        ("sh -c 'cat \"/host/x\"'", True),
        ("tar -C/host/x", True),
        ("ls pre-a/host", False),
        ("curl https://host/x", False),
        ("ls {project}/host", False),
        ("ls /hosts /host-tools /host.d /srv/host", False),
        ("", False),
    ],
)
def test_naming_host(text: str, named: bool) -> None:
    assert naming_host(SimpleNamespace(before_all=text)) == ["before_all"] * named


def test_it_may_be_named_by_a_variable() -> None:
    options = SimpleNamespace(before_build=None, environment=parse_environment("SDK=/host/sdk"))
    assert naming_host(options) == ["environment"]


def test_one_line_where_it_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    builds = [
        SimpleNamespace(before_all="ls /host", test_command="x"),
        SimpleNamespace(before_all="ls /host", test_command="y /host/z"),
    ]
    tell_missing_host(settled(FAR), builds)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "before-all, test-command: /host is named, and nothing is there" in line
    assert "docker context arm is an engine on another machine" in line


def test_no_line_and_no_option_is_read_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    def builds() -> object:
        raise AssertionError

    tell_missing_host(settled(NEAR), (builds() for _ in "x"))
    tell_missing_host(None, (builds() for _ in "x"))
    tell_missing_host(settled(FAR), [SimpleNamespace(before_all="ls")])
    said = capsys.readouterr()
    assert said.out + said.err == ""
