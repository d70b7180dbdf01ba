"""What helps against what engines and kernels say."""

from __future__ import annotations

import re

ZSTD = (
    "The layers of the image are compressed by zstd, or damaged. Docker before 23 does not unpack "
    "zstd, nor in a Docker manifest Docker before 28 and podman before 5.7. Update the engine, or "
    "publish the image with layers compressed by gzip (docker buildx build --output "
    "type=image,push=true,compression=gzip,force-compression=true)."
)
NO_IMAGE = (
    "What the index lists first for the platform is no image. Install skopeo, by which "
    "cibuildwheel can tell, or list the image first."
)
UNSIGNED = (
    "DOCKER_CONTENT_TRUST is set, so docker takes only what is signed. Sign the image, name it by "
    "its digest, or unset the variable."
)

# What is said, in lower case, as patterns, and what helps then; the first that is found counts.
FIXES = {
    "exec format error": (
        "The engine's machine can't run the programs of this image. If they are not of the "
        "platform that the image is labelled with, build it again. Else there is no emulator for "
        "them: register QEMU's handlers there (on GitHub Actions docker/setup-qemu-action, on "
        "Debian and Ubuntu the packages qemu-user-static and binfmt-support), or build on a native "
        "machine."
    ),
    "linux32:.* not found": (
        "The image has no linux32, which a 32-bit build needs here: add util-linux to it."
    ),
    "/bin/bash.*(no such file|not found|permission denied)": (
        "The image has no usable /bin/bash. cibuildwheel runs every step in one."
    ),
    "cannot execute binary file": (
        "The image's ENTRYPOINT has to run the command that it is given, /bin/bash, and takes it "
        'for a script: end it with `exec "$@"`, or have none with `--entrypoint=` in create-args.'
    ),
    "unsupported media type application|image-specific operation on artifact": NO_IMAGE,
    "invalid tar header|v2s2 media type|mismatched image rootfs and manifest layers": ZSTD,
    "trust data|notary server": UNSIGNED,
    "no space left on device": (
        "The disk of the engine is full: free some of it, with `docker system prune` or "
        "`podman system prune` for example."
    ),
    "no such image": "Something has removed the image while cibuildwheel ran: run it again.",
    "image not known": "Something has removed the image while cibuildwheel ran: run it again.",
}


def fix_for(said: str) -> str:
    """What helps against `said`; `""` if that is not known."""
    said = said.lower()
    return next((fix for sign, fix in FIXES.items() if re.search(sign, said)), "")


def with_fix(message: str, said: str) -> str:
    """`message`, and in a line of its own what helps against `said`, if that is known."""
    fix = fix_for(said)
    return f"{message}\nFix: {fix}" if fix else message
