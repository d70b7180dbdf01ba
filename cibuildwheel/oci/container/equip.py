"""Put the tools of `native-tools` into a container, and have its builds use them."""

from __future__ import annotations

from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from cibuildwheel.oci.container import copy
from cibuildwheel.oci.container.compiler import put_compiler, tell_own_compiler
from cibuildwheel.oci.container.gcc import put_gcc
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import uv, wheel
from cibuildwheel.oci.native.fetch import fetched
from cibuildwheel.oci.native.prepare import WITHOUT, machine_of
from cibuildwheel.oci.wanted.tools import CLANG, UV, gcc_image

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from cibuildwheel.oci.container.programs import Container
    from cibuildwheel.oci.plan.settled import Settled


def equip(container: Container, settled: Settled) -> None:
    """Put the tools that are `settled` into `container`.

    Raises NativeToolsError if they do not work there, CopyError if they can't be put there.
    """
    if CLANG in settled.tools:
        put_compiler(container, settled)
    if gcc_image(settled.tools):
        put_gcc(container, settled)
    if UV in settled.tools:
        put_uv(container, settled)


def use_tools(
    container: Container, environment: MutableMapping[str, str], *, with_uv: bool
) -> None:
    """Have a build with `environment` use the tools of an equipped `container`.

    Says what it uses in their place, as that is set or of another version. `with_uv` is whether
    its frontend uses uv.
    """
    settled = container.settled
    if settled and CLANG in settled.tools:
        tell_own_compiler(environment)
    if settled and UV in settled.tools and with_uv:
        _use_uv(container, environment, settled.uv)


def put_uv(container: Container, settled: Settled) -> None:
    """Put uv, of the version that is `settled`, into `container`, for `use_tools`.

    Raises as `equip` does.
    """
    copy.copy_into(container, fetched(wheel.uv(settled.uv, machine_of(settled.engine))), uv.BIN)
    try:
        (said,) = container.ask_shell(f"printf '%s\\0' \"$({uv.UV} --version 2>&1)\"")
    except CalledProcessError as error:
        said = str(error.output)
    if uv.parse_version(said) != settled.uv:
        msg = f"The native uv {settled.uv} does not work in the container from {container.image}"
        raise NativeToolsError(f"{msg}: {said}\n{WITHOUT} there.")
    print(f"info: uv {settled.uv} runs natively in this container (native-tools).", flush=True)


def _use_uv(container: Container, environment: MutableMapping[str, str], version: str) -> None:
    path = environment.get("PATH", "")
    said = container.ask_shell(uv.ask_version(path))
    if not said:
        return  # that there is none is told by who needs it
    own = uv.parse_version(said[1])
    if own == version:
        environment["PATH"] = f"{uv.BIN}:{path}"
    else:
        its = f"uv {own}" if own else "no uv that tells its version"
        print(f"info: {said[0]} is {its}, and used, not the native {version} of native-tools.")
