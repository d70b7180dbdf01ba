"""Tell a plan: at the head of a run, or alone for `--print-container-plan`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cibuildwheel.ci import detect_ci_provider
from cibuildwheel.logger import file_supports_color, file_supports_unicode, log
from cibuildwheel.oci.emulation.qemu import advice
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.plan.as_json import as_json
from cibuildwheel.oci.plan.as_text import Style, full
from cibuildwheel.oci.plan.plan import refusal
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.sizes import with_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Literal

    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.wanted.want import Want

    Form = Literal["text", "json"]


def print_plan(wants: Sequence[Want], form: Form) -> None:
    """Print the plan of a run that needs `wants` on stdout, and nothing else there.

    Raises the error that the run would end with before its first build, with all reasons.
    """
    plan = with_sizes(make_plan(wants))
    show(plan, as_json if form == "json" else full)
    warn(plan)
    if error := refusal(plan):
        raise error


def show(plan: Sequence[Planned], form: Callable[[Sequence[Planned], Style], str]) -> None:
    """Print `plan` in the form `form` on stdout, if that is anything.

    Colors are for terminals whose user has not set NO_COLOR (https://no-color.org).
    """
    color = file_supports_color(sys.stdout) and not os.environ.get("NO_COLOR")
    unicode = file_supports_unicode(sys.stdout)
    if text := form(plan, Style(color, unicode, detect_ci_provider())):
        print(text, flush=True)


def warn(plan: Sequence[Planned]) -> None:
    """Warn of what the user should know of the containers of `plan`, of each thing once."""
    warnings = [warning for one in plan for warning in one.warnings]
    for warning in dict.fromkeys([*warnings, *_advice(plan)]):
        log.warning(warning)


def _advice(plan: Sequence[Planned]) -> Iterator[str]:
    """What is known to be bad of the emulators that `plan` needs, a line for each engine."""
    for engine in dict.fromkeys(one.engine for one in plan if one.engine):
        trials = (one.trial for one in plan if one.engine == engine and one.trial)
        emulated = [trial for trial in trials if trial.ability is Ability.EMULATED]
        if line := advice(engine, dict.fromkeys(emulated)):
            yield line
