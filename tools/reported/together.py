"""Runs cases on several engines at once."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from tools.lab.lab import Lab
from tools.matrix.subject import Subject
from tools.reported.results import Result
from tools.reported.row import Row
from tools.reported.run import run


def run_all(
    lab: Lab, subject: Subject, wanted: Mapping[str, Sequence[Row]], jobs: int
) -> Iterator[Result]:
    """Run the rows that are wanted of each engine, `jobs` engines at once; results as they come.

    Raises the first LabError, when the engines that run are done.
    """
    waiting = [engine for engine, rows in wanted.items() if rows]
    results: queue.Queue[Result | BaseException | None] = queue.Queue()
    machine = _Machine(jobs)
    version = subject.version()

    def work() -> None:
        # An engine ends with the thread that it was started by.
        try:
            while waiting:
                name = waiting.pop(0)
                engine = lab.engine(name)
                for row in wanted[name]:
                    with machine.used(alone=row.alone):
                        results.put(run(engine, subject, version, row))
                lab.stop(name)
        except BaseException as error:
            waiting.clear()
            results.put(error)
        results.put(None)

    with ExitStack() as stack:
        stack.callback(waiting.clear)
        threads = [threading.Thread(target=work) for _ in range(jobs)]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        failures = []
        for _ in threads:
            while (came := results.get()) is not None:
                if isinstance(came, BaseException):
                    failures.append(came)
                else:
                    yield came
        if failures:
            raise failures[0]


class _Machine:
    """This machine, for cases that change it for all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = threading.Semaphore(most)
        self._one = threading.Lock()

    @contextmanager
    def used(self, *, alone: bool) -> Iterator[None]:
        """Wait for room on it."""
        room = self._most if alone else 1
        with self._one:
            for _ in range(room):
                self._free.acquire()
        try:
            yield
        finally:
            self._free.release(room)
