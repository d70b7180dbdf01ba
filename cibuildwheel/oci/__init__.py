"""OCI images and platforms: which content a Linux build runs in, settled before it is pulled.

The packages are the stages of one way, and none imports from a later one:

    wanted -> image -> engine -> emulation -> native -> plan -> container

Upstream's modules import this package alone and call what they need by name (`oci.settle(...)`).
The names that there are for them are below; the module of one is loaded when it is used first.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cibuildwheel.oci.annotations import annotation as annotation
    from cibuildwheel.oci.container.begin import begin as begin
    from cibuildwheel.oci.container.copy import copy_into as copy_into
    from cibuildwheel.oci.container.copy import copy_out as copy_out
    from cibuildwheel.oci.container.create import create as create
    from cibuildwheel.oci.container.create import kill as kill
    from cibuildwheel.oci.container.create import patience as patience
    from cibuildwheel.oci.container.environment import is_what_python_sees as is_what_python_sees
    from cibuildwheel.oci.container.environment import list_environment as list_environment
    from cibuildwheel.oci.container.environment import parse_environment as parse_environment
    from cibuildwheel.oci.container.equip import equip as equip
    from cibuildwheel.oci.container.equip import use_tools as use_tools
    from cibuildwheel.oci.container.exit import container_exited as container_exited
    from cibuildwheel.oci.container.explain import explain as explain
    from cibuildwheel.oci.container.host import tell_missing_host as tell_missing_host
    from cibuildwheel.oci.container.interrupt import interruptible as interruptible
    from cibuildwheel.oci.container.keep import accept as accept
    from cibuildwheel.oci.container.proof import prove as prove
    from cibuildwheel.oci.container.shell import empty_folder as empty_folder
    from cibuildwheel.oci.container.shell import find_programs as find_programs
    from cibuildwheel.oci.container.shell import list_matches as list_matches
    from cibuildwheel.oci.container.shell import list_programs as list_programs
    from cibuildwheel.oci.container.shell import make_folder as make_folder
    from cibuildwheel.oci.container.shell import parse_list as parse_list
    from cibuildwheel.oci.container.shell import parse_version as parse_version
    from cibuildwheel.oci.container.shell import read_version as read_version
    from cibuildwheel.oci.container.wheels import check_wheels as check_wheels
    from cibuildwheel.oci.engine.kept import clean_images as clean_images
    from cibuildwheel.oci.errors import ContainerExitedError as ContainerExitedError
    from cibuildwheel.oci.errors import ContentError as ContentError
    from cibuildwheel.oci.errors import ImageError as ImageError
    from cibuildwheel.oci.errors import ImageNotFoundError as ImageNotFoundError
    from cibuildwheel.oci.plan.bring import release as release
    from cibuildwheel.oci.plan.settle import obtain as obtain
    from cibuildwheel.oci.plan.settle import settle as settle
    from cibuildwheel.oci.plan.settle import settle_image as settle_image
    from cibuildwheel.oci.plan.settled import Settled as Settled
    from cibuildwheel.oci.plan.show import print_plan as print_plan
    from cibuildwheel.oci.wanted.address import parse_context as parse_context
    from cibuildwheel.oci.wanted.address import parse_contexts as parse_contexts
    from cibuildwheel.oci.wanted.create_args import drop_platform as drop_platform
    from cibuildwheel.oci.wanted.create_args import split_platform as split_platform
    from cibuildwheel.oci.wanted.platform import parse_platform as parse_platform
    from cibuildwheel.oci.wanted.platform import platform_of_identifier as platform_of_identifier
    from cibuildwheel.oci.wanted.pull import drop_pull as drop_pull
    from cibuildwheel.oci.wanted.pull import pull_of as pull_of
    from cibuildwheel.oci.wanted.tools import idle_tools as idle_tools
    from cibuildwheel.oci.wanted.tools import parse_tools as parse_tools
    from cibuildwheel.oci.wanted.want import Want as Want

HOMES = {
    "annotation": "annotations",
    "begin": "container.begin",
    "copy_into": "container.copy",
    "copy_out": "container.copy",
    "create": "container.create",
    "kill": "container.create",
    "patience": "container.create",
    "is_what_python_sees": "container.environment",
    "list_environment": "container.environment",
    "parse_environment": "container.environment",
    "equip": "container.equip",
    "use_tools": "container.equip",
    "container_exited": "container.exit",
    "explain": "container.explain",
    "tell_missing_host": "container.host",
    "interruptible": "container.interrupt",
    "accept": "container.keep",
    "prove": "container.proof",
    "empty_folder": "container.shell",
    "find_programs": "container.shell",
    "list_matches": "container.shell",
    "list_programs": "container.shell",
    "make_folder": "container.shell",
    "parse_list": "container.shell",
    "parse_version": "container.shell",
    "read_version": "container.shell",
    "check_wheels": "container.wheels",
    "clean_images": "engine.kept",
    "ContainerExitedError": "errors",
    "ContentError": "errors",
    "ImageError": "errors",
    "ImageNotFoundError": "errors",
    "release": "plan.bring",
    "obtain": "plan.settle",
    "settle": "plan.settle",
    "settle_image": "plan.settle",
    "Settled": "plan.settled",
    "print_plan": "plan.show",
    "parse_context": "wanted.address",
    "parse_contexts": "wanted.address",
    "drop_platform": "wanted.create_args",
    "split_platform": "wanted.create_args",
    "parse_platform": "wanted.platform",
    "platform_of_identifier": "wanted.platform",
    "drop_pull": "wanted.pull",
    "pull_of": "wanted.pull",
    "idle_tools": "wanted.tools",
    "parse_tools": "wanted.tools",
    "Want": "wanted.want",
}


def __getattr__(name: str) -> object:
    """What is called `name`, from its module (https://peps.python.org/pep-0562/)."""
    if name not in HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found: object = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    globals()[name] = found
    return found
