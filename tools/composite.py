"""Run the steps of a composite action as GitHub's runner does, on this machine.

Facts: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax, and for
the shells and expressions the pages workflow-syntax and expressions beside it.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<call>\w+(?=\())|(?P<name>[A-Za-z_][\w.-]*)"
    r"|(?P<operator>\|\||&&|!=|==|!|[(),]))"
)
OPERATORS = {"||": " or ", "&&": " and ", "!": " not "}
FUNCTIONS = {"contains": lambda items, item: item in items, "fromJSON": json.loads}


class Composite:
    """The composite action in the file `path`, used with `inputs` on a Linux runner.

    `provided` are the outputs of the steps that use other actions, by step id: those are not run.
    """

    def __init__(
        self, path: Path, inputs: Mapping[str, str], provided: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.path = path
        action = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.steps: list[dict[str, Any]] = action["runs"]["steps"]
        defaults = {name: str(field.get("default", "")) for name, field in action["inputs"].items()}
        assert not inputs.keys() - defaults.keys(), "an input that the action does not have"
        self.names = {f"inputs.{name}": value for name, value in {**defaults, **inputs}.items()}
        self.names |= {"runner.os": "Linux", "runner.arch": "X64"}
        self.provided = provided

    def run(
        self, env: Mapping[str, str], cwd: Path, *, steps: frozenset[str] | None = None
    ) -> list[subprocess.CompletedProcess[str]]:
        """What each step that is to run came to, until one fails; only those of `steps`, if given.

        `env` is the environment of the runner, with RUNNER_TEMP; `cwd` is the workspace.
        """
        done = []
        for step in self.steps:
            if not self._wanted(step) or (steps is not None and step["name"] not in steps):
                continue
            if "uses" in step:
                self._keep(step, self.provided[step["id"]])
                continue
            done.append(self._run(step, env, cwd))
            if done[-1].returncode:
                break
        return done

    def _wanted(self, step: Mapping[str, Any]) -> bool:
        condition = step.get("if", "true")
        return bool(evaluate(EXPRESSION.sub(r"\1", condition), {**self.names, "true": "true"}))

    def _run(
        self, step: Mapping[str, Any], env: Mapping[str, str], cwd: Path
    ) -> subprocess.CompletedProcess[str]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in a script is run as a part of it"
        with tempfile.TemporaryDirectory() as folder:
            script, output = Path(folder, "script.sh"), Path(folder, "output")
            script.write_text(step["run"], encoding="utf-8")
            output.touch()
            own = {
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(self.path.parent),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_WORKSPACE": str(cwd),
                **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            }
            command = [*BASH, str(script)]
            done = subprocess.run(
                command, cwd=cwd, env={**env, **own}, capture_output=True, text=True, check=False
            )
            lines = output.read_text(encoding="utf-8").splitlines()
        self._keep(step, dict(line.split("=", 1) for line in lines))
        return done

    def _filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: str(evaluate(found[1], self.names)), text)

    def _keep(self, step: Mapping[str, Any], outputs: Mapping[str, str]) -> None:
        for name, value in outputs.items():
            self.names[f"steps.{step['id']}.outputs.{name}"] = value


def evaluate(expression: str, names: Mapping[str, str]) -> object:
    """The value of a GitHub expression over `names`; a name that is not there is an empty string.

    Raises ValueError for what is no expression of those that this module knows.
    """
    source, position = "", 0
    text = expression.strip()
    while position < len(text):
        token = TOKEN.match(text, position)
        if token is None:
            msg = f"{expression!r} can't be read from {text[position:]!r} on"
            raise ValueError(msg)
        match token.lastgroup:
            case "name":
                source += f"({names.get(token['name'], '')!r})"
            case "operator":
                source += OPERATORS.get(token["operator"], token["operator"])
            case _:
                source += token[0].strip()
        position = token.end()
    return eval(source, {"__builtins__": {}, **FUNCTIONS})
