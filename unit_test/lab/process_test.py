"""Processes that are known again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lab.errors import LabError
from tools.lab.process import Process, spawn


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    """A process that sleeps."""
    process = spawn(["sleep", "60"], os.environ, tmp_path / "log")
    yield process
    process.kill()


def test_is_alive_until_it_is_ended(sleeper: Process) -> None:
    assert sleeper.alive()
    sleeper.end()
    assert not sleeper.alive()


def test_is_made_to_end_when_asking_does_not_help(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    process = spawn(["sh", "-c", script], os.environ, tmp_path / "log")
    while "ready" not in (tmp_path / "log").read_text():
        assert process.alive()
    process.end(patience=0.2)
    assert not process.alive()


def test_another_process_with_its_id_is_left_alone(sleeper: Process) -> None:
    former = Process(sleeper.pid, sleeper.started - 1)
    assert not former.alive()
    former.end()
    former.kill()
    assert sleeper.alive()


def test_zombie_is_not_alive() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        process = Process.of(child.pid)
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process.alive()


def test_what_a_killed_client_leaves_is_collected() -> None:
    # In a process of its own: what adopts orphans does so for good.
    script = """if True:
        import os, subprocess, time
        from pathlib import Path
        from tools.lab.process import adopt_orphans, spawn
        adopt_orphans()
        client = subprocess.Popen(["unshare", "--user", "--pid", "--fork", "sleep", "60"])
        children = Path(f"/proc/{client.pid}/task/{client.pid}/children")
        while not children.read_text():
            time.sleep(0.01)
        orphan = int(children.read_text())
        client.kill()
        client.wait()
        os.kill(orphan, 9)
        spawn(["true"], os.environ, Path(os.devnull)).end()
        assert not Path(f"/proc/{orphan}").exists()
    """
    subprocess.run([sys.executable, "-c", script], check=True)


def test_command_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no-such-command is not installed: see `python -m tools"):
        spawn(["no-such-command"], os.environ, tmp_path / "log")


def test_id_of_no_process() -> None:
    with pytest.raises(ProcessLookupError):
        Process.of(2**22 + 1)
