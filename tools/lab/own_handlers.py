"""Handlers of an engine's own for programs of other architectures, for rootless podman.

Its containers are in a user namespace, and since Linux 6.7 each of those may have handlers of its
own (https://docs.kernel.org/admin-guide/binfmt-misc.html): other engines, and the machine, keep
theirs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools.lab.generation import Generation
from tools.lab.podman import AS_USER

_PUT = """
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
for rule; do printf %s "$rule" >/proc/sys/fs/binfmt_misc/register; done
"""


@contextmanager
def own_handlers(engine: Generation, rules: Sequence[str]) -> Iterator[None]:
    """Have `rules`, as they are registered, be the only handlers that `engine` knows.

    No container may run at the beginning or at the end. Raises LabError if there can't be any, as
    with a kernel that is too old.
    """
    podman = [*AS_USER, "podman"]
    engine.sandbox.run(*podman, "unshare", "sh", "-e", "-c", _PUT, "sh", *rules)
    try:
        yield
    finally:
        # an end of the user namespace; once it has had handlers, it does not see the machine's
        engine.sandbox.run(*podman, "system", "migrate")
