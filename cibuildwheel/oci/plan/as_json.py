"""A plan as JSON, for programs: pure. The format is documented in docs/container-plan.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cibuildwheel.oci.emulation.runners import native_runner
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.plan.as_text import runs
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.plan import refusal
from cibuildwheel.oci.wanted.platform import wheel_architecture
from cibuildwheel.oci.wanted.tools import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.plan.as_text import Style
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.plan.plan import Planned

VERSION = 1
UNSEEN = "pull-unchecked"
SOURCES = {Source.STORED: "local", Source.PULLED: "pull", Source.UNSEEN: UNSEEN}


def as_json(plan: Sequence[Planned], style: Style) -> str:
    """`plan` as one JSON document, always the same for the same plan."""
    error = refusal(plan)
    document = {
        "version": VERSION,
        "ok": error is None,
        "exit_code": error.return_code if error else 0,
        "containers": [_container(one, style) for one in plan],
    }
    return json.dumps(document, indent=2)


def _container(one: Planned, style: Style) -> dict[str, Any]:
    want, decision = one.want, one.decision
    elsewhere = one.ability is not Ability.NATIVE
    return {
        "identifiers": list(want.identifiers),
        "architecture": wheel_architecture(want.platform),
        "platform": str(want.platform),
        "engine": want.engine,
        "context": want.context or None,
        "context_reason": one.why or None,
        "engine_platform": str(one.engine.platform) if one.engine else None,
        "execution": runs(one),
        "native_tools": list(map(name_of, one.tools)),
        "native_runner": native_runner(style.provider, want.platform) if elsewhere else None,
        "image": want.image,
        "option": want.option,
        "shape": one.shape.value if one.shape else None,
        "digest": (decision.digest or None) if decision else None,
        "pinned": one.pinned or None,
        "source": _source(decision) if decision else None,
        "size": one.size or None,
        "offered": list(map(str, one.offered)),
        "ok": not one.refusals,
        "warnings": list(one.warnings),
        "refusals": [
            {"error": type(e).__name__, "exit_code": e.return_code, "message": str(e)}
            for e in one.refusals
        ],
    }


def _source(decision: Decision) -> str:
    return UNSEEN if decision.unread else SOURCES[decision.source]
