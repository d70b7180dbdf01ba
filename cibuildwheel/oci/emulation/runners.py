"""What asks a CI provider for a machine that runs a platform without emulation: a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.ci import CIProvider

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.platform import Platform

# The key in a provider's configuration, and its value for each architecture it has machines of.
# https://docs.github.com/actions/reference/runners/github-hosted-runners
# https://docs.gitlab.com/ci/runners/hosted_runners/linux/
# https://circleci.com/docs/using-arm/ and https://docs.travis-ci.com/user/multi-cpu-architectures/
RUNNERS = {
    CIProvider.github_actions: (
        "runs-on: {}",
        {"amd64": "ubuntu-latest", "arm64": "ubuntu-24.04-arm"},
    ),
    CIProvider.gitlab: (
        "tags: [{}]",
        {"amd64": "saas-linux-small-amd64", "arm64": "saas-linux-small-arm64"},
    ),
    CIProvider.circle_ci: ("resource_class: {}", {"amd64": "medium", "arm64": "arm.medium"}),
    CIProvider.travis_ci: (
        "arch: {}",
        {"amd64": "amd64", "arm64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x"},
    ),
}
# A machine of the second is sure to run the first. An arm64 processor may lack 32-bit instructions.
RUN_BY = {"386": "amd64"}


def native_runner(provider: CIProvider | None, platform: Platform) -> str | None:
    """The name of `provider`'s machines that run `platform` natively; None if it has none."""
    _, machines = RUNNERS.get(provider, ("", {})) if provider else ("", {})
    return machines.get(RUN_BY.get(platform.architecture, platform.architecture))


def asks_for_native(provider: CIProvider | None, platform: Platform) -> str:
    """`native_runner` as it is written in `provider`'s configuration; `""` if it has none."""
    runner = native_runner(provider, platform)
    return RUNNERS[provider][0].format(runner) if provider and runner else ""
