from __future__ import annotations

import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from cibuildwheel.oci.engine.bound import left, uncounted, within
from cibuildwheel.oci.engine.process import ask, change

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def test_nothing_is_bound_by_itself() -> None:
    assert left() == math.inf


def test_the_nearest_end_counts_and_ends_with_its_block() -> None:
    with within(100):
        with within(10):
            assert 9 < left() <= 10
        assert 99 < left() <= 100
        with within(1000):
            assert 99 < left() <= 100
    assert left() == math.inf


def test_what_is_uncounted_takes_no_time() -> None:
    with within(10):
        with uncounted():
            time.sleep(0.5)
        assert 9.8 < left() <= 10
    assert left() == math.inf
    with uncounted():
        pass
    assert left() == math.inf


def test_a_bound_is_of_one_thread() -> None:
    with within(10), ThreadPoolExecutor() as executor:
        assert executor.submit(left).result() == math.inf


def test_all_that_is_asked_takes_no_longer_together() -> None:
    begin = time.monotonic()
    with within(0.5):
        answers = [ask(*SLEEP).complaint for _ in range(3)]
        assert change(sys.executable, "-c", "").ok
    assert time.monotonic() - begin < 20
    assert "gave no answer within 0." in answers[0]
    assert answers[1:] == [f"{sys.executable} was not asked: no time was left"] * 2
