"""The fork without one of its checks, to measure what that costs: without.py CHECK ARGUMENTS…"""

import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from cibuildwheel.__main__ import main
from cibuildwheel.oci.emulation.cpu import fastest_cpu
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import Engine
from cibuildwheel.oci.wanted.platform import Platform, may_run_natively


def _assume(engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
    """What the probe would find where everything is as it should be."""
    return [
        Trial(platform, Ability.NATIVE)
        if platform in may_run_natively(engine.platform)
        else Trial(platform, Ability.EMULATED, cpu=fastest_cpu(platform, engine.platform))
        for platform in platforms
    ]


def _believe(*_: object) -> None:
    """Take a container for what it says."""


INSTEAD: dict[str, list[tuple[str, str, Callable[..., object]]]] = {
    "probe": [("cibuildwheel.oci.plan.engines", "try_platforms", _assume)],
    "proof": [
        ("cibuildwheel.oci", "prove", _believe),
    ],
}

if __name__ == "__main__":
    for module, name, instead in INSTEAD[sys.argv.pop(1)]:
        setattr(import_module(module), name, instead)
    main()
