"""What a run will build where, from which image, or why it can't start: values, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.advice import untried
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import EmulationError, ImagesRefusedError
from cibuildwheel.oci.image.offer import Offer
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.wanted.reference import at_digest, parse_reference
from cibuildwheel.oci.wanted.tools import CLANG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.errors import FatalError
    from cibuildwheel.oci.emulation.trial import Trial
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.image.manifest import Shape
    from cibuildwheel.oci.image.offer import Answer
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.wanted.kept import Kept
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want


@dataclass(frozen=True)
class Planned:
    """One container of a run, before it is there.

    `engine` and `trial` are None where the engine does not answer, `answer` where the registry did
    not have to be asked, `decision` where the image can't be had. `refusals` are all the reasons
    why there can be no such container. `kept` is what the engine keeps of runs before, `compiler`
    the variables by which the image names one, as far as that is known. `why` is the reason for the
    context of `want`, where there were several.
    """

    want: Want
    engine: Engine | None = None
    trial: Trial | None = None
    answer: Answer | None = None
    decision: Decision | None = None
    refusals: tuple[FatalError, ...] = ()
    kept: tuple[Kept, ...] = ()
    compiler: str = ""
    why: str = ""

    @property
    def ability(self) -> Ability:
        """How the engine runs the platform."""
        return self.trial.ability if self.trial else Ability.UNKNOWN

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs of the engine's own machine that the container is to have."""
        if self.ability is not Ability.EMULATED:
            return ()
        idle = {*self.want.idle_tools, *([CLANG] if self.compiler else [])}
        return tuple(tool for tool in self.want.tools if tool not in idle)

    @property
    def shape(self) -> Shape | None:
        """What the image is made as; None if the registry was not asked, or did not tell."""
        if isinstance(self.answer, Offer):
            return self.answer.shape
        return self.decision.shape if self.decision else None

    @property
    def offered(self) -> tuple[Platform, ...]:
        """The platforms that the registry offers; none if it was not asked, or did not tell."""
        return self.answer.platforms if isinstance(self.answer, Offer) else ()

    @property
    def size(self) -> int:
        """The bytes to pull, 0 if that is not known or nothing is pulled."""
        pulled = self.decision and self.decision.source is Source.PULLED
        return self.decision.size if self.decision and pulled else 0

    @property
    def pinned(self) -> str:
        """The image by the digest of its content, as a configuration takes it; `""` if unknown."""
        if not self.decision or not self.decision.digest:
            return ""
        return str(at_digest(parse_reference(self.want.image), self.decision.digest))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of a container that can be had."""
        doubt = untried(self.engine, self.trial) if self.engine and self.trial else ""
        notes = self.decision.notes if self.decision else ()
        return (*filter(None, [doubt]), *notes)


def refusal(plan: Iterable[Planned]) -> FatalError | None:
    """The one error that tells all the reasons in `plan`; None if the run can start.

    A single reason is returned as it is. Several are an EmulationError where all are, else an
    ImagesRefusedError.
    """
    reasons = list(dict.fromkeys(reason for planned in plan for reason in planned.refusals))
    if len(reasons) < 2:
        return reasons[0] if reasons else None
    listed = "\n".join(f"- {reason}" for reason in reasons)
    only_emulation = all(isinstance(reason, EmulationError) for reason in reasons)
    error = EmulationError if only_emulation else ImagesRefusedError
    return error(f"The build can't start, for {len(reasons)} reasons:\n{listed}")
