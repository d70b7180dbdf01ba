"""What a container is made from: a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.wanted.kept import Kept


@dataclass(frozen=True)
class Settled:
    """A decision, the engine that it was made for, and the `QEMU_CPU` to set, `""` for none.

    `emulated` is whether the engine was seen to run the platform by an emulator; `ours` whether the
    content came by a run, not by the user. `kept` is what the engine keeps of runs before, `held`
    the name that keeps the content there until the container is done with. `tools` are the
    programs of the engine's own machine that the container is to have, `uv` the version of the one
    of that name, `gcc` the folder here that has the programs of that. `own_id` is the image's,
    where the engine has to be told that.
    """

    engine: Engine
    decision: Decision
    cpu: str = ""
    emulated: bool = False
    ours: bool = False
    kept: tuple[Kept, ...] = ()
    held: str = ""
    tools: tuple[str, ...] = ()
    own_id: str = ""
    uv: str = ""
    gcc: str = ""

    @property
    def sees_host(self) -> bool:
        """Whether what is mounted into the container can be of this machine."""
        return not self.engine.elsewhere

    @property
    def image(self) -> str:
        """What the engine knows the content by."""
        return self.own_id or self.decision.name

    @property
    def create_args(self) -> tuple[str, ...]:
        """What the engine needs to create a container of just that content, and pull nothing.

        No platform fits content that has no label; an empty one overrides the user's default.
        """
        return (f"--platform={self.decision.platform or ''}", "--pull=never")
