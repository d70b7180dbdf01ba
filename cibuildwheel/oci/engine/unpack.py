"""Which layers an engine is known not to unpack: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.describe import Store
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import Flaw, Own

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.image.manifest import Manifest
    from cibuildwheel.oci.wanted.platform import Platform

# The releases that don't unpack layers compressed with zstd, from which and before which, by the
# store and by what the manifest is: Docker 20.10
# (https://github.com/stalwartlabs/stalwart/issues/1402), and in a Docker manifest podman up to 5.6
# (https://github.com/containers/image/pull/2906) and Docker 26 with containerd's store
# (https://github.com/docker/cli/issues/5011). What talks as Docker may be podman, of lower numbers.
NO_ZSTD = {
    (Store.CLASSIC, Shape.OCI_MANIFEST): ((17,), (23,)),
    (Store.CLASSIC, Shape.LEGACY_MANIFEST): ((17,), (23,)),
    (Store.CONTAINERD, Shape.LEGACY_MANIFEST): ((23,), (27,)),
    (Store.PODMAN, Shape.LEGACY_MANIFEST): ((3,), (5, 7)),
}


def unpacks_zstd(engine: Engine, shape: Shape) -> bool:
    """Whether `engine` may unpack layers compressed with zstd, of a manifest that is a `shape`."""
    since, before = NO_ZSTD.get((engine.store, shape), ((), ()))
    return not since <= engine.daemon < before


def own_of(engine: Engine, label: Platform | None, manifest: Manifest | None) -> Own:
    """What an image says itself, and what keeps `engine` from it.

    `label` is what its config claims; `manifest` is None where it was not read.
    """
    if manifest and manifest.doubtful and label is None:
        return Own(label, Flaw.NO_IMAGE)
    if manifest and manifest.zstd and not unpacks_zstd(engine, manifest.shape):
        return Own(label, Flaw.PACKED)
    return Own(label)
