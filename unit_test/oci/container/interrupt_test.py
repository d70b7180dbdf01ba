from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from cibuildwheel.oci.container.interrupt import Interrupted, interruptible

PROGRAM = """if True:
    import os, signal, sys, time
    from cibuildwheel.oci.container import interrupt
    from cibuildwheel.oci.container.interrupt import interruptible
    if "nohup" in sys.argv:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if "impatient" in sys.argv:
        interrupt.CLEAN_UP_SECONDS = 0.0
    with interruptible():
        try:
            print("up", flush=True)
            while True:  # Python may not see before its end what comes at the begin of a sleep
                time.sleep(0.1)
        except Exception:
            print("caught")
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            print("cleaned", flush=True)
"""


def interrupted(*signals: signal.Signals, arguments: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """How a program ends that is sent `signals`: its return code, and what it has written."""
    with subprocess.Popen(
        # what runs in the background of a shell ignores some
        ["env", "--default-signal=INT,TERM,HUP", sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        for number in signals:
            process.send_signal(number)
        out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_cleans_up_and_dies_of_the_signal(number: signal.Signals) -> None:
    said = f"\ncibuildwheel was ended by {number.name}\n"
    assert interrupted(number) == (-number, "cleaned\n", said)


def test_what_is_ignored_stays_so() -> None:
    code, *_ = interrupted(signal.SIGHUP, signal.SIGTERM, arguments=("nohup",))
    assert code == -signal.SIGTERM


def test_who_asks_again_need_not_wait_for_a_clean_up_that_hangs() -> None:
    code, out, err = interrupted(signal.SIGTERM, arguments=("impatient",))
    assert (code, out) == (-signal.SIGINT, "")
    assert err.startswith("\ncibuildwheel was ended by SIGINT while it cleaned up: look for")


def test_handlers_are_as_before() -> None:
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with interruptible():
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_change_nothing() -> None:
    seen = []

    def run() -> None:
        with interruptible():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_no_handler_of_errors_catches_it() -> None:
    assert not issubclass(Interrupted, Exception)
