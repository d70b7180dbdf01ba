from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.bound import within
from cibuildwheel.oci.engine.process import Answer, interrupted
from cibuildwheel.oci.engine.reach import ask, change, glance, lost, turned_away
from cibuildwheel.oci.engine.retry import PAUSES
from cibuildwheel.oci.errors import EngineUnusableError
from cibuildwheel.oci.wanted.address import Address
from unit_test.oci.samples import ENGINES, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

SSH = (
    'error during connect: Get "http://docker.example.com/v1.51/images/x/json": command [ssh -l '
    "root -- h docker system dial-stdio] has exited with exit status 255, make sure the URL is "
    "valid, and Docker 18.09 or later is installed on the remote host: stderr="
)
DROPPED = (
    f"{SSH}kex_exchange_identification: Connection closed by remote host\n"
    "Connection closed by 127.0.0.1 port 2223\n"
)
PODMAN = "Error: unable to connect to Podman socket: failed to connect: "
# As the lab's engines said it behind a real sshd: docker20, docker26, docker28, podman4, podman5.4.
TURNED_AWAY = [
    DROPPED,
    f"{PODMAN}ssh: handshake failed: EOF\n",
    (
        f"{PODMAN}ssh: handshake failed: read tcp 127.0.0.1:4->127.0.0.1:2223: read: connection "
        "reset by peer: ssh://root@127.0.0.1:2223/x.sock\n"
    ),
    f"{PODMAN}ssh: handshake failed: EOF: ssh://root@127.0.0.1:2223/x.sock\n",
    'time="x" level=warning msg="x"\nError: failed to connect: ssh: handshake failed: EOF',
    # of many commands at once, the first that a user has podman do
    "Error: failed to get new shm lock manager: failed to create 2048 locks in /x: file exists",
    "Error: unable to connect to Podman socket: mkdir /root/.ssh: file exists: ssh://root@h/x.sock\n",
]
NOT_ASKED = [
    f"{SSH}ssh: connect to host h port 2224: Connection refused\n\n",
    f"{SSH}daemon@h: Permission denied (publickey,password,keyboard-interactive).\n\n",
    "Error: failed to connect: dial tcp 127.0.0.1:2224: connect: connection refused\n",
    f"{PODMAN}ssh: handshake failed: ssh: unable to authenticate, attempted methods [none]",
    "Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?",
    "permission denied while trying to connect to the Docker daemon socket at unix:///x",
    "Error: adding container id to database: database is locked",
]


@pytest.mark.parametrize("said", [*TURNED_AWAY, *NOT_ASKED])
def test_lost(said: str) -> None:
    words = lost(Answer(1, "[]\n", said))
    assert words
    assert "\n" not in words
    assert bool(turned_away(Answer(1, "[]\n", said))) == (said in TURNED_AWAY)
    assert lost(Answer(0, "", said)) == ""


def test_no_answer_is_lost() -> None:
    assert lost(Answer(None, "", "docker gave no answer within 30 seconds"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("topic", ["image-inspect", "create"])
def test_what_an_engine_says_is_not_lost(engine: str, topic: str) -> None:
    answers = [sample.answer for sample in samples(engine, topic).values()]
    assert any(not answer.ok for answer in answers)
    assert not any(map(lost, answers))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """What is answered to what is asked and changed, one after the other."""
    coming: list[Answer] = []
    for edge in ("ask", "change"):
        monkeypatch.setattr(process, edge, lambda *_, **__: coming.pop(0))
    return coming


@pytest.mark.parametrize("said", TURNED_AWAY)
def test_what_is_turned_away_comes_again(
    said: str, answers: list[Answer], waited: list[float]
) -> None:
    for act in (ask, change):
        answers[:] = [Answer(1, "", said), Answer(125, "", said), Answer(1, "", "No such image: x")]
        assert act(Address("docker"), "image", "inspect", "x").complaint == "No such image: x"
    assert waited == [*PAUSES[:2]] * 2


@pytest.mark.parametrize(
    ("said", "fix", "tries"), [(DROPPED, "MaxStartups", 4), (NOT_ASKED[1], "without a question", 1)]
)
def test_what_is_lost_for_good_is_no_answer(
    said: str, fix: str, tries: int, answers: list[Answer]
) -> None:
    answers[:] = [Answer(1, "", said)] * tries
    with pytest.raises(EngineUnusableError) as raised:
        ask(Address("docker"), "image", "inspect", "x")
    assert fix in str(raised.value)
    assert answers == []


def test_what_is_changed_and_lost_midway_is_not_done_twice(answers: list[Answer]) -> None:
    answers[:] = [Answer(1, "", "error during connect: unexpected EOF"), Answer(0, "", "")]
    assert not change(Address("docker"), "load").ok


@pytest.fixture
def interruption() -> Iterator[None]:
    interrupted.set()
    yield
    interrupted.clear()


@pytest.mark.usefixtures("interruption")
def test_a_run_that_is_interrupted_needs_no_answer() -> None:
    assert ask(Address("docker"), "info").returncode is None


def test_a_question_without_time_left_says_nothing_of_the_engine() -> None:
    with within(0):
        assert ask(Address("docker"), "info").returncode is None


def test_what_need_not_be_known_ends_nothing(answers: list[Answer]) -> None:
    answers[:] = [Answer(None, "", "docker gave no answer within 30 seconds")]
    assert glance(Address("docker"), "image", "ls").stdout == ""
