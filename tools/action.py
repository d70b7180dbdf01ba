"""The install step of action.yml: cibuildwheel in an environment of its own.

Runs on a runner's bare Python, with nothing installed but pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

OLDEST = (3, 11)
COMMANDS = ("cibuildwheel", "uv")
"""What a build finds on its PATH; `uv` comes with the extra of that name."""


def main() -> None:
    """Install the action's own checkout, and tell the next step in which folder its commands are.

    Reads the variables that GitHub sets for each step, and ACTION_EXTRAS, names between commas.
    """
    if sys.version_info < OLDEST:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST, sys.version_info))
        sys.exit(
            f"error: cibuildwheel needs Python {wanted} or newer, and {sys.executable} is {found}: "
            "name another one in the action's input python-path"
        )
    environment = Path(os.environ["RUNNER_TEMP"], "cibuildwheel-action")
    print("::group::Install cibuildwheel", flush=True)
    scripts = install(
        requirement(os.environ["GITHUB_ACTION_PATH"], os.environ.get("ACTION_EXTRAS", "")),
        environment,
    )
    print("::endgroup::", flush=True)
    commands = expose(scripts, environment / "commands")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"commands={commands}\n")


def requirement(source: str, extras: str) -> str:
    """What pip is to install: the folder `source` with `extras`, such as `uv, other`."""
    names = ",".join(filter(None, (name.strip() for name in extras.split(","))))
    return f"{source}[{names}]" if names else source


def install(what: str, environment: Path) -> Path:
    """Install `what` into a new `environment`; the folder of its programs.

    Ends the run with pip's return code where pip fails: it has said why.
    """
    venv.create(environment, clear=True)
    scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))
    python = scripts / f"python{sysconfig.get_config_var('EXE') or ''}"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    installed = subprocess.run([*pip, "install", what], check=False)
    if installed.returncode:
        sys.exit(installed.returncode)
    return scripts


def expose(scripts: Path, folder: Path) -> Path:
    """A new `folder` with COMMANDS alone: a project's build finds none of the other programs."""
    folder.mkdir()
    for script in scripts.iterdir():
        if script.stem in COMMANDS:
            shutil.copy(script, folder)
    return folder


if __name__ == "__main__":
    main()
