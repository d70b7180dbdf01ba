"""Messages that CI services show beside a run, not only in its log: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["error", "warning", "notice"]

# How a command begins, by the service, and what stands for the characters that would end it.
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
# https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
COMMANDS: dict[str, dict[Level, str]] = {
    "github": {"error": "::error::", "warning": "::warning::", "notice": "::notice::"},
    "azure": {
        "error": "##vso[task.logissue type=error]",
        "warning": "##vso[task.logissue type=warning]",
    },
}
PERCENT = {"github": "%25", "azure": "%AZP25"}


def annotation(service: str, level: Level, message: object) -> str:
    """The line that has `service`, as Logger.fold_mode names it, show the whole of `message`.

    `""` where there is no such thing.
    """
    command = COMMANDS.get(service, {}).get(level)
    if command is None:
        return ""
    text = str(message).replace("%", PERCENT[service])
    text = text.replace("\r", "%0D").replace("\n", "%0A")
    return f"{command}cibuildwheel: {text}"
