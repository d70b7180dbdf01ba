"""Docker and podman at arm's length: run one of their commands, and read the answer.

The only module that starts processes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from threading import Event
from typing import IO, TYPE_CHECKING, Any

from cibuildwheel.oci.engine.bound import left
from cibuildwheel.oci.engine.ssh import turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

ANSWER_SECONDS = 30.0
FINISH_SECONDS = 5.0
LAST_LINES = 20
USAGE = re.compile(r"Usage: |(?:See|Run) '.* --help'")
# One of its own (https://docs.python.org/3/library/subprocess.html#subprocess.Popen).
GROUP = 0
# Less at once takes an engine up to twice as long.
MEBIBYTE = 1024 * 1024

interrupted = Event()
_asking: set[subprocess.Popen[Any]] = set()


@dataclass(frozen=True)
class Answer:
    """What a command said. `returncode` is None if it could not be started or did not end."""

    returncode: int | None
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the command did what it was asked to."""
        return self.returncode == 0

    @property
    def complaint(self) -> str:
        """The last line of stderr that says something: engines put the cause there.

        Behind it may be how a command is used, and where to read of that.
        """
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        while len(lines) > 1 and USAGE.match(lines[-1]):
            lines.pop()
        return lines[-1] if lines else f"no message, return code {self.returncode}"


def ask(
    *command: str,
    seconds: float = ANSWER_SECONDS,
    environ: Mapping[str, str] | None = None,
    when_slow: Callable[[], object] | None = None,
) -> Answer:
    """The answer to `command`, such as `("docker", "image", "inspect", "debian")`.

    Never raises for what the command does, and never waits longer than `seconds`, or than what is
    left for its thread (`bound.within`). Once a run is interrupted there is no answer. `environ`
    are its variables, those of this process by default. `when_slow` is called once there was no
    answer for ANSWER_SECONDS.
    """
    with turn(command):
        if interrupted.is_set():
            return Answer(None, "", f"{command[0]} was not asked: interrupted")
        seconds = min(seconds, left())
        if seconds <= 0:
            return Answer(None, "", f"{command[0]} was not asked: no time was left")
        return _talk(command, b"", seconds, when_slow, own_group=False, environ=environ)


def change(
    *command: str,
    stdin: bytes = b"",
    seconds: float | None = ANSWER_SECONDS,
    when_slow: Callable[[], object] | None = None,
) -> Answer:
    """The answer to `command`, which creates or removes something, given `stdin`.

    As `ask`, but when the run is interrupted it is let finish, as nobody could tell what an engine
    did whose client was ended: a group of its own keeps a terminal's Ctrl-C away. It stays in the
    session, by which sudo knows who has logged in, as `docker` may be a script that calls that.
    """
    with turn(command):
        return _talk(command, stdin, seconds, when_slow, own_group=True)


def interrupt() -> None:
    """Have what is being asked end, in all threads, and nothing more be asked."""
    interrupted.set()
    for process in list(_asking):
        process.terminate()


def _talk(
    command: tuple[str, ...],
    stdin: bytes,
    seconds: float | None,
    when_slow: Callable[[], object] | None,
    *,
    own_group: bool,
    environ: Mapping[str, str] | None = None,
) -> Answer:
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environ,
            process_group=GROUP if own_group else None,
        )
    except OSError as error:
        return Answer(None, "", f"{command[0]} cannot be run: {error.strerror}")
    with process, nullcontext() if own_group else _asked(process):
        try:
            # decoded here, as subprocess would change line ends: digests are of exact bytes
            heard = _hear(process, stdin, seconds, when_slow)
            said = (s.decode(errors="replace") for s in heard)
        except subprocess.TimeoutExpired:
            process.kill()
            return Answer(None, "", f"{command[0]} gave no answer within {seconds:.3g} seconds")
        except BaseException:
            _let_finish(process)
            raise
    return Answer(process.returncode, *said)


def _hear(
    process: subprocess.Popen[bytes],
    stdin: bytes,
    seconds: float | None,
    when_slow: Callable[[], object] | None,
) -> tuple[bytes, bytes]:
    """What `process` says, given `stdin`. Raises TimeoutExpired after `seconds`."""
    if when_slow is None or seconds is None or seconds <= ANSWER_SECONDS:
        return process.communicate(stdin, seconds)
    try:
        return process.communicate(stdin, ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        when_slow()
        return process.communicate(timeout=seconds - ANSWER_SECONDS)


def _let_finish(process: subprocess.Popen[Any]) -> None:
    try:
        process.communicate(timeout=FINISH_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def feed(data: Iterable[bytes], *command: str) -> Answer:
    """The answer to `command`, given `data` as its input.

    For any amount: none of it is kept. What `command` does not read is dropped, as it may have had
    enough. If this is interrupted, or `data` raises, `command` is ended.
    """
    with _streaming(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        if isinstance(running, Answer):
            return running
        process, log = running
        assert process.stdin
        for piece in data:
            try:
                process.stdin.write(piece)
            except OSError:
                break
        with suppress(OSError):
            process.stdin.close()
        return Answer(process.wait(), "", _read(log))


def drain(read: Callable[[IO[bytes]], None], *command: str) -> Answer:
    """The answer to `command`, whose output `read` is called with while it comes.

    For any amount: none of it is kept. If this is interrupted, or `read` raises, `command` is
    ended.
    """
    with _streaming(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as running:
        if isinstance(running, Answer):
            return running
        process, log = running
        assert process.stdout
        read(process.stdout)
        return Answer(process.wait(), "", _read(log))


@contextmanager
def _streaming(
    command: Sequence[str], *, stdin: int, stdout: int
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]] | Answer]:
    """`command`, running, and the file of its stderr; or why it can't be run."""
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                command,
                bufsize=MEBIBYTE,
                stdin=stdin,
                stdout=stdout,
                stderr=log,
                process_group=GROUP,
            )
        except OSError as error:
            yield Answer(None, "", f"{command[0]} cannot be run: {error.strerror}")
            return
        with process:
            try:
                yield process, log
            except BaseException:
                process.kill()
                with suppress(OSError):  # of what was not written
                    process.communicate()
                raise


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def follow(*command: str, label: str = "", keep_stdout: bool = False) -> Answer:
    """Run `command` for as long as it takes, its output shown as it comes, or its stdout kept.

    For pulls: people watch their progress, and the cause of a failure is in the last of stderr.
    With a `label`, for one of several at once, all is told in whole lines with the label before.
    """
    if interrupted.is_set():
        return Answer(None, "", f"{command[0]} was not run: interrupted")
    pipe = subprocess.PIPE
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        with (
            turn(command),
            tempfile.TemporaryFile() as kept,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=kept if keep_stdout else pipe if label else None,
                stderr=subprocess.STDOUT if label and not keep_stdout else pipe,
                encoding="utf-8",
                errors="replace",
            ) as process,
            _asked(process),
        ):
            try:
                for line in process.stdout or process.stderr or ():
                    sys.stderr.write(f"{label}: {line.rstrip()}\n" if label else line)
                    sys.stderr.flush()
                    last.append(line)
            except BaseException:
                process.terminate()
                _let_finish(process)
                raise
            process.wait()
            return Answer(process.returncode, _read(kept), "".join(last))
    except OSError as error:
        return Answer(None, "", f"{command[0]} cannot be run: {error.strerror}")


@contextmanager
def _asked(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Within this, end `process` when the run is interrupted."""
    _asking.add(process)
    if interrupted.is_set():  # between its start and the line above
        process.terminate()
    try:
        yield
    finally:
        _asking.discard(process)
