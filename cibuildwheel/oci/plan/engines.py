"""The engines of a plan: what they are and what they can run, each asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.probe import try_platforms
from cibuildwheel.oci.engine.describe import Engine, describe
from cibuildwheel.oci.engine.start import START_SECONDS, await_start
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.plan.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cibuildwheel.oci.emulation.trial import Ability, Trial
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform


class Engines:
    """Engines by their addresses, as far as they were asked."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._started: set[Address] = set()
        self._engines: dict[Address, Engine | EngineUnusableError | EngineTooOldError] = {}
        self._trials: dict[tuple[Engine, Platform], Trial] = {}

    def await_start(self, address: Address) -> None:
        """Wait until the engine answers, where it may be about to start."""
        if address in self._started:
            return
        self._started.add(address)
        most = f"{START_SECONDS:.0f} seconds at most"
        with waiting(lambda: f"Waiting for {address} to start ({most}) ..."):
            await_start(address)

    def describe(self, address: Address) -> Engine:
        """What the engine is. Raises EngineUnusableError or EngineTooOldError, always the same."""
        if address not in self._engines:
            try:
                self._engines[address] = describe(address)
            except (EngineUnusableError, EngineTooOldError) as error:
                self._engines[address] = error
        known = self._engines[address]
        if isinstance(known, Engine):
            return known
        raise known

    def try_platforms(self, engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
        """One trial for each of `platforms` on `engine`, in order."""
        wanted = list(platforms)
        new = [platform for platform in wanted if (engine, platform) not in self._trials]
        if new:
            trials = zip(new, try_platforms(engine, new), strict=True)
            self._trials |= {(engine, platform): trial for platform, trial in trials}
        return [self._trials[engine, platform] for platform in wanted]

    def abilities(self, address: Address, platforms: Sequence[Platform]) -> dict[Platform, Ability]:
        """How the engine runs each of `platforms`. Raises as `describe` does."""
        self.await_start(address)
        trials = self.try_platforms(self.describe(address), platforms)
        return {trial.platform: trial.ability for trial in trials}
