"""What ends a run on behalf of this package. Upstream's own return codes are 1 to 10."""

from __future__ import annotations

from cibuildwheel.errors import FatalError, OCIEngineTooOldError


class ContainerExitedError(FatalError):
    """The shell of a build container is gone, at its start or in the middle of a build."""

    return_code = 20


class ImageError(FatalError):
    """An image that a build needs can't be used. The subclasses say why."""


class PlatformNotOfferedError(ImageError):
    """An index has no manifest of the platform."""

    return_code = 21


class ImagePlatformError(ImageError):
    """A single image is of another platform, or labelled so."""

    return_code = 22


class ImageNotFoundError(ImageError):
    """Neither the engine nor the registry has the image."""

    return_code = 23


class ImageAccessError(ImageError):
    """The registry does not let the engine have the image."""

    return_code = 24


class DigestMismatchError(ImageError):
    """What the registry served is not what the digest names."""

    return_code = 25


class SchemaOneImageError(ImageError):
    """The image is of Docker's schema 1."""

    return_code = 26


class ImageOSError(ImageError):
    """The image is for another operating system."""

    return_code = 27


class EmptyIndexError(ImageError):
    """An index names no manifest that an engine could run."""

    return_code = 28


class EngineTooOldError(OCIEngineTooOldError):
    """The client or the daemon is too old, and the message says which."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.return_code = 29


class ImagesRefusedError(ImageError):
    """More than one container can't be had. The message holds the reason for each."""

    return_code = 30


class PullError(ImageError):
    """The engine could not pull the image, for a reason that is none of the above."""

    return_code = 31


class EngineUnusableError(FatalError):
    """The engine is not installed, or its daemon does not answer."""

    return_code = 32


class EmulationError(FatalError):
    """The engine can't run a platform that containers are needed for."""

    return_code = 33


class ContentError(ImageError):
    """A container holds programs of another architecture than the image's label says."""

    return_code = 34


class ContainerNotCreatedError(FatalError):
    """The engine could not create a container, though it has the image."""

    return_code = 35


class CopyError(FatalError):
    """Files could not be copied into a container, or out of it."""

    return_code = 36


class ImageNameError(ImageError):
    """An option names an image in a way that no engine understands."""

    return_code = 37


class NativeToolsError(FatalError):
    """The programs that `native-tools` asks for can't be had, or do not work in a container."""

    return_code = 38
