from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation import probe as module
from cibuildwheel.oci.emulation.cpu import fastest_cpu
from cibuildwheel.oci.emulation.probe import try_platforms
from cibuildwheel.oci.emulation.trial import Ability, Trial, is_native, judge
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from unit_test.oci.samples import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

ARM64, S390X, PPC64LE = map(parse_platform, ("linux/arm64", "linux/s390x", "linux/ppc64le"))
OK = Answer(0, "", "")
CPU = fastest_cpu(ARM64, parse_platform("linux/amd64"))
NO_SUCH = "aarch64-binfmt-P: unable to find CPU model 'no-such-cpu'\n"
NO_PROPERTY = "aarch64-binfmt-P: can't apply global max-arm-cpu.x=on: Property not found\n"
FORMAT = "exec /cpu-probe: exec format error"


def engine(platform: str = "linux/amd64") -> Engine:
    return Engine("docker", Store.CLASSIC, parse_platform(platform), ())


@pytest.mark.parametrize(
    ("of", "platform", "native"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/386", False),
        ("linux/amd64", "linux/arm64", False),
        ("linux/arm64", "linux/arm64", True),
        ("linux/arm64", "linux/arm/v7", False),
        ("linux/arm/v7", "linux/arm/v7", True),
        ("linux/386", "linux/amd64", False),
    ],
)
def test_what_is_not_tried(of: str, platform: str, native: bool) -> None:
    assert is_native(engine(of), parse_platform(platform)) == native


@pytest.mark.parametrize(
    ("of", "platform", "answer", "ability"),
    [
        ("linux/amd64", "linux/arm64", Answer(0, "", ""), Ability.EMULATED),
        ("linux/arm64", "linux/arm/v7", Answer(0, "", ""), Ability.NATIVE),
        ("linux/arm64", "linux/amd64", Answer(0, "", ""), Ability.EMULATED),
        *(
            ("linux/amd64", "linux/s390x", Answer(code, "", said), Ability.NO_HANDLER)
            for code, said in (
                (1, "exec /probe: exec format error\n"),
                (255, "exec /probe: exec format error\n"),
                (1, "standard_init_linux.go:228: exec user process caused: exec format error\n"),
                (1, '{"msg":"exec container process `/probe`: Exec format error","level":"error"}'),
            )
        ),
        *(
            ("linux/amd64", "linux/s390x", Answer(1, "", said), Ability.NOT_FIXED)
            for said in (
                "exec /probe: no such file or directory\n",
                '{"msg":"exec container process `/probe`: No such file or directory"}\n',
            )
        ),
        ("linux/amd64", "linux/386", Answer(0, "", ""), Ability.NATIVE),
        ("linux/amd64", "linux/386", Answer(1, "", "exec format error"), Ability.NO_HANDLER),
        *(
            ("linux/amd64", "linux/s390x", answer, Ability.BROKEN)
            for answer in (
                Answer(1, "", "qemu-s390x: Unable to reserve 0xffff0000 bytes\n"),
                Answer(124, "", ""),
                Answer(132, "", ""),
                Answer(139, "", ""),
            )
        ),
        # Rosetta, if it does not like the probe
        ("linux/arm64", "linux/amd64", Answer(133, "", "rosetta error\n"), Ability.UNKNOWN),
        *(
            ("linux/amd64", "linux/s390x", answer, Ability.UNKNOWN)
            for answer in (
                Answer(None, "", "docker gave no answer within 20 seconds"),
                Answer(137, "", ""),
                Answer(143, "", ""),
                Answer(255, "", "ssh: connect to host there port 22: Connection refused"),
                Answer(125, "", "docker: Error response from daemon: no space left on device"),
                Answer(125, "", "open /var/lib/docker/x: no such file or directory"),
            )
        ),
    ],
)
def test_judge(of: str, platform: str, answer: Answer, ability: Ability) -> None:
    judged = judge(engine(of), parse_platform(platform), answer)
    assert judged.ability is ability
    assert bool(judged.said) != answer.ok


@pytest.mark.parametrize(
    ("answer", "hangs", "said"),
    [
        (Answer(1, "", "qemu-s390x: no\n"), False, "it returned 1: qemu-s390x: no"),
        (Answer(127, "", ""), False, ""),
        (Answer(3, "", ""), False, "it returned 3"),
        (Answer(132, "", ""), False, "it was ended by SIGILL"),
        (Answer(134, "", "Aborted"), False, "it was ended by SIGABRT"),
        (Answer(None, "", "no answer"), True, "it does not end"),
    ],
)
def test_how_an_emulator_fails(answer: Answer, hangs: bool, said: str) -> None:
    trial = judge(engine(), parse_platform("linux/s390x"), answer, hangs=hangs)
    ending = ", running a program that only exits"
    assert trial.said == (f"{said}{ending}" if said else answer.complaint)
    assert (trial.ability is Ability.BROKEN) == bool(said)


@pytest.mark.parametrize("before", ["", '{"msg":"', '{\n  "msg": "'])
@pytest.mark.parametrize("after", ["", '","level":"error"}\n', '",\n  "level": "error"\n}\n'])
@pytest.mark.parametrize(
    "cause", ["exec /probe: Exec format error", "exec: no such file or directory"]
)
def test_the_cause_is_kept_alone(before: str, cause: str, after: str) -> None:
    answer = Answer(1, "", f"warning\n{before}{cause}{after}")
    assert judge(engine("linux/amd64"), parse_platform("linux/s390x"), answer).said == cause


@dataclass
class Edge:
    """An engine that answers `load` and `run` as told; keeps what it was asked."""

    load: Answer = OK
    run: Answer | BaseException | Callable[[], Answer] = OK
    running: str = "false"
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, *command: str, stdin: bytes = b"", seconds: float = 0) -> Answer:
        assert bool(seconds) == (command[1] == "run")
        self.asked.append(command)
        if command[1] == "load":
            assert stdin
            return self.load
        if command[1] == "run":
            if isinstance(self.run, BaseException):
                raise self.run
            return self.run if isinstance(self.run, Answer) else self.run()
        return Answer(0, self.running if command[1] == "container" else "", "")

    @property
    def verbs(self) -> list[str]:
        return [command[1] for command in self.asked]


def tried(edge: Edge, monkeypatch: pytest.MonkeyPatch, *platforms: Platform) -> list[Trial]:
    stand_in(monkeypatch, module, edge)
    return try_platforms(engine(), platforms)


def test_what_is_native_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    both = [parse_platform("linux/amd64"), parse_platform("linux/386")]
    assert tried(edge, monkeypatch, *both) == [Trial(p, Ability.NATIVE) for p in both]
    assert edge.verbs == ["load", "run", "rmi"]
    assert "--platform=linux/386" in edge.asked[1]


def test_probe_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    assert tried(edge, monkeypatch, ARM64) == [Trial(ARM64, Ability.EMULATED)]
    assert edge.verbs == ["load", "run", "rmi"]
    _, run, remove = edge.asked
    assert run[-1] == remove[-1]
    assert {"--rm", "--network=none", "--pull=never", "--platform=linux/arm64"} <= set(run)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # QEMU takes the value, and refuses one that there is not
        ([Answer(1, "ready\n", NO_SUCH)], Trial(ARM64, Ability.EMULATED, cpu=CPU)),
        # another emulator minds neither
        ([Answer(0, "ready\n", "")], Trial(ARM64, Ability.EMULATED)),
        # what QEMU chooses itself is quick
        ([Answer(3, "ready\n", "")], Trial(ARM64, Ability.EMULATED)),
        # QEMU refuses the value, and runs the plain probe without
        ([Answer(1, "", NO_PROPERTY), OK], Trial(ARM64, Ability.EMULATED)),
        ([Answer(1, "", FORMAT)], Trial(ARM64, Ability.NO_HANDLER, FORMAT)),
        ([Answer(125, "", "no room")], Trial(ARM64, Ability.UNKNOWN, "no room")),
        # QEMU crashes with the value alone, or without it as well
        ([Answer(132, "", ""), OK], Trial(ARM64, Ability.EMULATED)),
        (
            [Answer(132, "", ""), Answer(139, "", "")],
            Trial(
                ARM64,
                Ability.BROKEN,
                "it was ended by SIGSEGV, running a program that only exits",
            ),
        ),
    ],
)
def test_cpu(answers: list[Answer], expected: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = iter(answers)
    edge = Edge(run=lambda: next(runs))
    assert tried(edge, monkeypatch, ARM64) == [expected]
    assert next(runs, None) is None
    # --rm removes what has ended
    assert ("rm" in edge.verbs) == (answers[0].returncode in {125, 132} or FORMAT in str(answers))
    with_cpu, *without = [command for command in edge.asked if command[1] == "run"]
    assert {f"--env=QEMU_CPU={CPU}", "--entrypoint=/cpu-probe-aarch64"} <= set(with_cpu)
    assert "QEMU_CPU" not in str(without)


@pytest.mark.parametrize(
    ("said", "cpu"),
    [
        ("000ready\n1", CPU),
        ("000ready\n3", ""),
        # its emulator refuses the value, or fails with it
        ("0001", ""),
        ("000;", ""),
    ],
)
def test_all_share_a_container(said: str, cpu: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(run=Answer(0, said, ""))
    assert tried(edge, monkeypatch, S390X, ARM64, PPC64LE) == [
        Trial(S390X, Ability.EMULATED),
        Trial(ARM64, Ability.EMULATED, cpu=cpu),
        Trial(PPC64LE, Ability.EMULATED),
    ]
    assert edge.verbs == ["load", "run", "rmi"]
    _, run, _ = edge.asked
    assert "--entrypoint=/starter" in run
    plain = [word for name in ("s390x", "aarch64", "ppc64le") for word in (f"/probe-{name}", "")]
    assert run[-8:] == (*plain, "/cpu-probe-aarch64", f"QEMU_CPU={CPU}")


@pytest.mark.parametrize(
    ("answer", "alone"),
    [
        (Answer(0, "0\ufffd", ""), ["ppc64le"]),
        (Answer(0, "00 and more", ""), ["s390x", "ppc64le"]),
        (Answer(1, "", FORMAT), ["s390x", "ppc64le"]),
        (Answer(125, "", "no room"), ["s390x", "ppc64le"]),
    ],
)
def test_what_fails_is_tried_alone(
    answer: Answer, alone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = iter([answer, *[Answer(1, "", FORMAT)] * len(alone)])
    edge = Edge(run=lambda: next(runs))
    trials = tried(edge, monkeypatch, S390X, PPC64LE)
    failed = [trial.platform.architecture for trial in trials if trial.said == FORMAT]
    assert failed == alone
    asked = [c for c in edge.asked if c[1] == "run" and "--entrypoint=/starter" not in c]
    assert {c[-2] for c in asked} == {f"--entrypoint=/probe-{name}" for name in alone}


def test_a_machine_without_a_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    stand_in(monkeypatch, module, edge)
    both = [S390X, parse_platform("linux/riscv64")]
    trials = try_platforms(engine("linux/ppc64le"), both)
    assert [trial.ability for trial in trials] == [Ability.EMULATED] * 2
    assert sorted(edge.verbs) == ["load", "rmi", "run", "run"]


def test_what_hangs_among_several_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = iter([Answer(None, "", "no answer"), OK, OK])
    edge = Edge(run=lambda: next(runs), running="true\n")
    tried(edge, monkeypatch, S390X, PPC64LE)
    assert "container" not in edge.verbs


def test_platform_that_has_no_better_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    tried(edge, monkeypatch, parse_platform("linux/s390x"))
    assert "QEMU_CPU" not in str(edge.asked)


def test_engine_that_forbids_load(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(load=Answer(1, "", "not allowed by policy\n"))
    assert tried(edge, monkeypatch, ARM64) == [
        Trial(ARM64, Ability.UNKNOWN, "not allowed by policy")
    ]
    assert "run" not in edge.verbs


@pytest.mark.parametrize(
    ("running", "inspects", "trial"),
    [
        (
            "true\n",
            2,
            Trial(S390X, Ability.BROKEN, "it does not end, running a program that only exits"),
        ),
        ("false\n", 1, Trial(S390X, Ability.UNKNOWN, "no answer")),
        ("", 1, Trial(S390X, Ability.UNKNOWN, "no answer")),
    ],
)
def test_container_that_does_not_end_is_removed(
    running: str, inspects: int, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "END_SECONDS", 0.1)
    edge = Edge(run=Answer(None, "", "no answer"), running=running)
    assert tried(edge, monkeypatch, S390X) == [trial]
    assert edge.verbs == ["load", "run", *["container"] * inspects, "rm", "rmi"]


def test_nothing_is_left_by_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(run=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        tried(edge, monkeypatch, ARM64)
    assert edge.verbs == ["load", "run", "rm", "rmi"]


def test_platform_without_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    (trial,) = tried(edge, monkeypatch, parse_platform("linux/mips64le"))
    assert (trial.ability, edge.asked) == (Ability.UNKNOWN, [])
