"""What is kept of a run, what counts as right, and the page and the picture that are made of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.matrix import report
from tools.matrix.page import page
from tools.matrix.picture import draw
from tools.matrix.results import Result, Results, VersionsDifferError, beside, load, merged, save


def result(
    subject: str = "fork",
    expected: str = "linux/arm64",
    outcome: str = "linux/arm64",
    engine: str = "docker20",
) -> Result:
    return Result(
        *(subject, engine, "fresh", "oci-index-all", "linux/arm64", expected, outcome),
        returncode=None,
        message="",
        seconds=1.5,
    )


@pytest.fixture
def results() -> Results:
    """Right ones on one engine, wrong ones on another."""
    made = Results(["python -m tools.matrix --jobs 2"], {"docker20": "20.10.24", "fork": "1"})
    for subject in ("fork", "upstream"):
        made.add(result(subject))
        made.add(result(subject, "PullError", "linux/amd64", engine="podman4"))
    return made


@pytest.mark.parametrize(
    "subject, expected, outcome, right",
    [
        ("fork", "linux/arm64", "linux/arm64", True),
        ("fork", "linux/arm64", "linux/amd64", False),
        ("fork", "PullError", "PullError", True),
        ("fork", "PullError", "ImageOSError", False),
        ("upstream", "linux/arm64", "linux/arm64", True),
        ("upstream", "linux/arm64", "CalledProcessError", False),
        ("upstream", "PullError", "CalledProcessError", True),
        ("upstream", "PullError", "linux/arm64", True),
        ("upstream", "PullError", "linux/amd64", False),
        ("fork", "PullError", "linux/arm64", False),
        ("upstream", "PullError", "hangs", False),
    ],
)
def test_right(subject: str, expected: str, outcome: str, right: bool) -> None:
    assert result(subject, expected, outcome).right == right


def test_saved_results_are_loaded(results: Results, tmp_path: Path) -> None:
    results.unrun["podman5.8"] = "its suite has moved on"
    save(results, tmp_path / "matrix.json")
    assert load(tmp_path / "matrix.json") == results
    assert load(tmp_path / "none.json") == Results()


def test_the_last_result_of_a_cell_counts() -> None:
    one, two = Results(["one"]), Results(["two"])
    one.add(result(outcome="hangs"))
    two.add(result())
    both = merged([one, two])
    assert both.commands == ["one", "two"]
    assert [r.outcome for r in both.cells.values()] == ["linux/arm64"]


def test_results_of_several_versions_are_not_put_together() -> None:
    one, two = Results(versions={"docker20": "20.10.24"}), Results(versions={"docker20": "20.10.5"})
    with pytest.raises(VersionsDifferError, match=r"docker20 is 20\.10\.24 .* and 20\.10\.5"):
        merged([one, two])


def test_the_python_that_runs_the_matrix_may_differ() -> None:
    both = merged([Results(versions={"Python": "3.11.7"}), Results(versions={"Python": "3.13.1"})])
    assert both.versions == {"Python": "3.11.7"}


@pytest.mark.parametrize(
    "name, version, left",
    [
        ("docker20", "20.10.24", 4),
        ("docker20", "20.10.25", 2),
        ("fork", "2", 2),
        ("podman4", "4.3.1", 4),  # not known before
    ],
)
def test_what_came_of_another_version_is_dropped(
    results: Results, name: str, version: str, left: int
) -> None:
    results.note_version(name, version)
    assert len(results.cells) == left
    assert results.versions[name] == version


def test_an_engine_that_is_run_after_all_is_not_said_to_be_unrun() -> None:
    results = Results(unrun={"podman5.8": "it does not start", "docker26": "it does not start"})
    results.note_version("podman5.8", "5.8.2")
    assert results.unrun == {"docker26": "it does not start"}


def test_a_command_is_noted_once() -> None:
    results = Results(["one", "two"])
    results.note_command("one")
    results.note_command("three")
    assert results.commands == ["one", "two", "three"]


def test_what_is_kept_of_the_release_is_put_beside_the_same_cells() -> None:
    run, kept = Results(), Results(["before"])
    for results in (run, kept):
        for engine, version in (("docker20", "20.10.24"), ("podman4", "4.3.1")):
            results.note_version(engine, version)
    run.note_version("podman4", "4.3.2")
    for engine in ("docker20", "podman4", "system-docker"):
        run.add(result(engine=engine))
    kept.note_version("upstream", "4.3.3")
    same = result("upstream")
    for one in (same, result("upstream", engine="podman4"), replace(same, state="offline")):
        kept.add(one)
    of_release = beside(run, kept)
    assert list(of_release.cells.values()) == [same]
    assert of_release.versions == {"docker20": "20.10.24", "upstream": "4.3.3"}
    assert of_release.commands == ["before"]
    assert beside(Results(), kept) == Results()


def test_report_writes_page_and_picture(results: Results, tmp_path: Path) -> None:
    save(results, tmp_path / "some.json")
    save(Results(["other"]), tmp_path / "other.json")
    sources = [str(tmp_path / name) for name in ("some.json", "other.json")]
    assert report.main([str(tmp_path / "page.md"), *sources]) == 0
    text = (tmp_path / "page.md").read_text()
    assert "The results are in [some.json](some.json) and [other.json](other.json)." in text
    assert "![The grid of cells](page.png)" in text
    assert f"    python -m tools.matrix.report {tmp_path}/page.md {' '.join(sources)}" in text
    assert (tmp_path / "page.png").exists()


def test_report_refuses_results_of_several_versions(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(results, tmp_path / "some.json")
    save(Results(versions={"docker20": "20.10.5"}), tmp_path / "other.json")
    sources = [str(tmp_path / name) for name in ("some.json", "other.json")]
    assert report.main([str(tmp_path / "page.md"), *sources]) == 1
    assert "error: docker20 is 20.10.24 in some results" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_page(results: Results) -> None:
    results.unrun["podman5.8"] = "its suite has moved on"
    lines = page(results, ["matrix.json", "other.json"], "matrix.png").splitlines()
    assert "    python -m tools.matrix --jobs 2" in lines
    assert "The results are in [matrix.json](matrix.json) and [other.json](other.json)." in lines
    assert "fork 1, docker20 20.10.24." in lines
    assert "| docker20 | 1/1 | 1/1 |" in lines
    assert "| podman4 | **0**/1 | **0**/1 |" in lines
    assert "| all | **1**/2 | **1**/2 |" in lines
    assert lines.count("| `oci-index-all` | 1/1 | **0**/1 |") == 2
    wrong = "| `oci-index-all` | fresh | linux/arm64 | PullError | linux/amd64 | podman4 |"
    assert lines.count(wrong) == 2


def test_page_tells_what_did_not_run(results: Results) -> None:
    results.unrun["podman5.8"] = "its suite has moved on"
    lines = page(results, ["matrix.json", "other.json"], "matrix.png").splitlines()
    assert "Not run on podman5.8: its suite has moved on" in lines
    assert "| there can't be: the image has not both platforms | 2530 |" in lines
    assert "| there can be | **15268** |" in lines
    assert "| run: this fork | 2 |" in lines
    assert "| not run: this fork | 15266 |" in lines


def test_picture_is_small(results: Results, tmp_path: Path) -> None:
    draw(results, tmp_path / "matrix.png")
    data = (tmp_path / "matrix.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 300_000
