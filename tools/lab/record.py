"""Real answers of an engine's commands, as samples for the tests of what reads them."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tools.images.document import DOCKER, OCI, Image, manifest
from tools.images.listed import (
    DOCKER_ZSTD,
    NO_ARCHITECTURE,
    OCI_ZSTD,
    artifact,
    by_zstd,
)
from tools.images.push import push
from tools.images.shapes import SHAPES, marked
from tools.images.tiny import tiny
from tools.lab.generation import ADDRESS, FAULTY_ADDRESS, LOCKED_ADDRESS, Generation
from tools.lab.lab import Lab
from tools.lab.recorder import Recorder

IMAGES = {
    "docker-manifest": ("docker-manifest", "linux/arm64"),
    "docker-manifest-variant": ("docker-manifest", "linux/arm/v7"),
    "docker-manifest-mislabelled": ("docker-manifest-mislabelled", "linux/arm64"),
    "docker-manifest-windows": ("docker-manifest-windows", "linux/amd64"),
    "oci-manifest": ("oci-manifest", "linux/arm64"),
    "oci-manifest-variant": ("oci-manifest", "linux/arm/v7"),
    "oci-manifest-no-media-type": ("oci-manifest-no-media-type", "linux/arm64"),
    "docker-list": ("docker-list-all", "linux/arm64"),
    "docker-list-one": ("docker-list-one", "linux/arm64"),
    "oci-index": ("oci-index-all", "linux/arm64"),
    "oci-index-attested": ("oci-index-attested", "linux/arm64"),
    "oci-index-all-attested": ("oci-index-all-attested", "linux/arm64"),
    "oci-index-lacking": ("oci-index-lacking", "linux/arm64"),
    "oci-index-nested": ("oci-index-nested", "linux/arm64"),
    "oci-index-no-media-type": ("oci-index-no-media-type", "linux/arm64"),
    "oci-index-no-platform": ("oci-index-no-platform", "linux/arm64"),
    "oci-index-respelled": ("oci-index-respelled", "linux/arm64"),
    "oci-index-windows": ("oci-index-windows", "linux/amd64"),
    "oci-index-empty": ("oci-index-empty", "linux/amd64"),
}
"""The images that are asked for: the shape of each and the platform it is made for."""

LISTED = (
    "right", "of Docker", "labelled otherwise", "no label", "no image", "zstd", "zstd of Docker",
    "gone", "config gone",
)  # fmt: skip
"""Manifests as an index can list them, which are asked for by digest."""

FAULTS = (
    "status-401", "status-403", "status-429", "status-500", "status-503",
    "html", "nonsense", "other-digest", "schema1",
)  # fmt: skip
INDEX = f"{ADDRESS}/samples/oci-index"
LIST = "localhost/own-list:1"
MISSING_DIGEST = f"sha256:{'1' * 64}"


def image(name: str) -> str:
    """Return a sample image's reference by tag, as the engines know it."""
    return f"{ADDRESS}/samples/{name}:1"


def record(engine: Generation, digests: dict[str, str], target: Path) -> None:
    """Write what the engine's commands answer to `target/ENGINE/TOPIC.json`.

    digests: as `push_images` returned them, which has to have been called before
    """
    recorder = Recorder(engine)
    for command in ("version", "info"):
        recorder.engine_run("about", command, command, "--format", "{{json .}}")
    _pull(recorder)
    _fail_to_pull(recorder)
    _store_by_tag(recorder, digests)
    _store_by_digest(recorder, digests)
    _create(recorder)
    _ask_registry(recorder, digests)
    _ask_what_is_listed(recorder, digests)
    if engine.kind == "podman":
        _own_list(recorder)
        record_connections(recorder)
    engine.reset()
    recorder.write(target)


def record_connections(recorder: Recorder) -> None:
    """Keep what podman lists of two system connections, and have it forget them."""
    connection = ("system", "connection")
    for name, host in (("near", "unix:///run/x.sock"), ("far", "ssh://root@127.0.0.1/run/x.sock")):
        recorder.engine.run(*connection, "add", name, host)
    recorder.engine_run("connections", "list", *connection, "list", "--format=json")
    for name in ("near", "far"):
        recorder.engine.run(*connection, "remove", name)


def _pull(recorder: Recorder) -> None:
    wanted = {name: (name, platform) for name, (_, platform) in IMAGES.items()}
    wanted["docker-manifest, another platform"] = "docker-manifest", "linux/amd64"
    wanted["oci-manifest, another platform"] = "oci-manifest", "linux/amd64"
    wanted["oci-index arm/v7"] = "oci-index", "linux/arm/v7"
    for case, (name, platform) in wanted.items():
        recorder.engine.reset()
        recorder.pull(case, image(name), "--platform", platform)
        recorder.inspect(f"{case}, pulled by tag", image(name))


def _fail_to_pull(recorder: Recorder) -> None:
    recorder.engine.reset()
    recorder.pull("missing tag", f"{INDEX}:2")
    recorder.pull("missing repository", f"{ADDRESS}/samples/nothing:1")
    recorder.pull("missing digest", f"{INDEX}@{MISSING_DIGEST}")
    recorder.pull("unauthorised", f"{LOCKED_ADDRESS}/samples/oci-index:1")
    for fault in FAULTS:
        recorder.pull(fault, f"{FAULTY_ADDRESS}/{fault}:1")
    recorder.pull("other-digest by digest", f"{FAULTY_ADDRESS}/other-digest@{MISSING_DIGEST}")
    with recorder.engine.registry_down():
        recorder.pull("registry down", f"{INDEX}:1")
        recorder.pull("registry down, with platform", f"{INDEX}:1", "--platform", "linux/arm64")


def _store_by_tag(recorder: Recorder, digests: dict[str, str]) -> None:
    recorder.engine.reset()
    recorder.inspect("missing", f"{INDEX}:1")
    recorder.inspect("missing, --platform", f"{INDEX}:1", "--platform", "linux/arm64")
    for platform in ("linux/arm64", "linux/arm/v7"):
        recorder.pull(f"{platform} by tag", f"{INDEX}:1", "--platform", platform)
    state = "arm64 then arm/v7 pulled by tag"
    recorder.inspect(f"{state}, by tag", f"{INDEX}:1")
    recorder.inspect(f"{state}, by the index's digest", f"{INDEX}@{digests['oci-index']}")
    arm64 = digests["oci-index linux/arm64"]
    recorder.inspect(f"{state}, by the digest of arm64's manifest", f"{INDEX}@{arm64}")
    for platform in ("linux/arm64", "linux/arm/v7", "linux/amd64"):
        case = f"{state}, --platform {platform}"
        recorder.inspect(case, f"{INDEX}:1", "--platform", platform)


def _store_by_digest(recorder: Recorder, digests: dict[str, str]) -> None:
    recorder.engine.reset()
    own = {p: f"{INDEX}@{digests[f'oci-index {p}']}" for p in ("linux/arm64", "linux/arm/v7")}
    for platform, name in own.items():
        recorder.pull(f"{platform} by digest", name, "--platform", platform)
    for platform, name in own.items():
        case = f"both pulled by own digest, {platform}"
        recorder.inspect(case, name)
        recorder.inspect(f"{case}, --platform", name, "--platform", platform)
    recorder.inspect("both pulled by own digest, by tag", f"{INDEX}:1")

    recorder.engine.reset()
    index = f"{INDEX}@{digests['oci-index']}"
    recorder.pull("arm64 by the index's digest", index, "--platform", "linux/arm64")
    recorder.inspect("arm64 pulled by the index's digest", index)


def _create(recorder: Recorder) -> None:
    recorder.engine.reset()
    recorder.pull("arm64 to create", f"{INDEX}:1", "--platform", "linux/arm64")
    recorder.create("arm64 stored, arm64 wanted", "linux/arm64", f"{INDEX}:1", "--pull=never")
    recorder.create("arm64 stored, amd64 wanted", "linux/amd64", f"{INDEX}:1", "--pull=never")
    recorder.create("missing", "linux/arm64", image("oci-manifest"), "--pull=never")
    recorder.create("missing, not served", "linux/arm64", image("oci-index-lacking"))
    mislabelled = image("docker-manifest-mislabelled")
    recorder.pull("mislabelled to create", mislabelled, "--platform", "linux/amd64")
    for platform in ("linux/arm64", "linux/amd64"):
        recorder.create(f"mislabelled, {platform} wanted", platform, mislabelled, "--pull=never")


def _ask_registry(recorder: Recorder, digests: dict[str, str]) -> None:
    recorder.engine.reset()
    names = {name: image(name) for name in IMAGES}
    names["oci-index by digest"] = f"{INDEX}@{digests['oci-index']}"
    names["missing tag"] = f"{INDEX}:2"
    names["missing repository"] = f"{ADDRESS}/samples/nothing:1"
    names["unauthorised"] = f"{LOCKED_ADDRESS}/samples/oci-index:1"
    names |= {fault: f"{FAULTY_ADDRESS}/{fault}:1" for fault in FAULTS}
    for case, reference in names.items():
        _questions(recorder, case, reference)
    if recorder.engine.kind == "docker":
        plain = ("manifest", "inspect", f"{INDEX}:1")
        recorder.engine_run("manifest-inspect", "plain http without --insecure", *plain)
    with recorder.engine.registry_down():
        _questions(recorder, "registry down", f"{INDEX}:1")


def _ask_what_is_listed(recorder: Recorder, digests: dict[str, str]) -> None:
    for case in LISTED:
        name = f"{ADDRESS}/samples/listed@{digests[case]}"
        config = ("skopeo", "inspect", "--tls-verify=false", "--raw", "--config")
        recorder.run("own", f"skopeo: {case}", *config, f"docker://{name}")
        if recorder.engine.kind == "docker":
            manifest = ("docker", "manifest", "inspect", "--insecure", "--verbose")
            recorder.run("own", f"manifest: {case}", *manifest, name)
        if recorder.engine.has_buildx:
            buildx = ("docker", "buildx", "imagetools", "inspect", "--format", "{{json .Image}}")
            recorder.run("own", f"buildx: {case}", *buildx, name)


def _own_list(recorder: Recorder) -> None:
    recorder.engine.reset()
    recorder.engine_run("own-list", "create", "manifest", "create", LIST)
    for name in ("oci-manifest", "oci-manifest-variant"):
        recorder.engine.run("pull", "--quiet", f"--platform={IMAGES[name][1]}", image(name))
        local = f"containers-storage:{image(name)}"
        recorder.engine_run("own-list", f"add {name}", "manifest", "add", LIST, local)
    # of an image that is not stored the list has the entry only
    recorder.engine.run("rmi", image("oci-manifest-variant"))
    for name in (LIST, image("oci-manifest")):
        recorder.engine_run("own-list", f"exists {name}", "manifest", "exists", name)
    recorder.engine_run("own-list", "inspect", "manifest", "inspect", LIST)
    recorder.engine_run("own-list", "images", "images", "--all", "--format", "json")
    recorder.engine_run("own-list", "image inspect", "image", "inspect", LIST)


def _questions(recorder: Recorder, case: str, reference: str) -> None:
    skopeo = ("skopeo", "inspect", "--tls-verify=false", "--raw")
    recorder.run("skopeo-raw", case, *skopeo, f"docker://{reference}")
    recorder.run("skopeo-raw-config", case, *skopeo, "--config", f"docker://{reference}")
    # Docker's client asks over plain HTTP only with the option, even on loopback.
    insecure = ("--insecure",) if recorder.engine.kind == "docker" else ()
    manifest = (recorder.engine.kind, "manifest", "inspect", *insecure)
    recorder.run("manifest-inspect", case, *manifest, reference)
    if recorder.engine.kind == "podman":
        return
    recorder.run("manifest-inspect-verbose", case, *manifest, "--verbose", reference)
    if recorder.engine.has_buildx:
        buildx = ("docker", "buildx", "imagetools", "inspect")
        recorder.run("buildx-raw", case, *buildx, "--raw", reference)
        recorder.run("buildx-json", case, *buildx, "--format", "{{json .}}", reference)


def push_images(lab: Lab) -> dict[str, str]:
    """Push the sample images and return their digests.

    The keys are the names in IMAGES, and for what an index holds `NAME PLATFORM`.
    """
    digests = {}
    for name, (shape, platform) in IMAGES.items():
        made = SHAPES[shape].make(platform, tiny)
        push(made, f"{lab.registry.address}/samples/{name}:1")
        digests[name] = made.digest
        for entry in made.json().get("manifests", []):
            fields = entry.get("platform", {})
            names = (fields.get(key) for key in ("os", "architecture", "variant"))
            digests[f"{name} {'/'.join(filter(None, names))}"] = entry["digest"]
    return digests | push_listed(lab)


def push_listed(lab: Lab) -> dict[str, str]:
    """Push what an index lists, delete what is to be gone, and return the digests by LISTED."""
    where = f"{lab.registry.address}/samples/listed"
    made = dict(zip(LISTED, _listed(), strict=True))
    for image in made.values():
        push(image, f"{where}:1")
    gone = f"manifests/{made['gone'].digest}", f"blobs/{made['config gone'].blobs[0].digest}"
    for path in gone:
        url = f"http://{lab.registry.address}/v2/samples/listed/{path}"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()
    return {case: image.digest for case, image in made.items()}


def _listed() -> Iterator[Image]:
    arm64 = "linux/arm64"
    of = tiny(arm64)
    for kind in (OCI, DOCKER):
        yield manifest(kind, of, arm64)
    yield manifest(OCI, of, "linux/amd64")
    yield manifest(OCI, of, NO_ARCHITECTURE)
    yield artifact("the samples")
    for kind in (OCI_ZSTD, DOCKER_ZSTD):
        yield manifest(kind, by_zstd(of), arm64)
    for mark in ("gone", "config gone"):
        yield manifest(OCI, marked(of, mark), arm64)
