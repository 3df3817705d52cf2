"""The files around the code agree with each other and with the code."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from space_check import front_matter

ROOT: Final = Path(__file__).resolve().parent.parent
SPACE_COLOURS: Final = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
# Written in pieces, so that this file does not find itself.
REGISTRIES: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("proxy", "golang", "org"),
    )
)
KEYS: Final = re.compile(r"\b(sk-[A-Za-z0-9]{32,}|hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16})\b")
TEXT_KINDS: Final = {"", ".css", ".html", ".js", ".json", ".md", ".py", ".svg", ".toml", ".txt", ".yml"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> Mapping[str, Any]:
    settings: Mapping[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return settings


def dependencies() -> dict[str, SpecifierSet]:
    wanted = [Requirement(line) for line in project()["dependencies"]]
    return {canonicalize_name(one.name): one.specifier for one in wanted}


def pins() -> list[Requirement]:
    lines = (line.split("  #")[0].strip() for line in read("requirements.txt").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pinned_versions(name: str) -> list[Version]:
    pinned = [one for one in pins() if canonicalize_name(one.name) == canonicalize_name(name)]
    return [Version(one.version) for requirement in pinned for one in requirement.specifier]


def tracked_files() -> list[Path]:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)  # noqa: S607 - the git on PATH
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def tracked_text() -> list[tuple[str, str]]:
    named = [file for file in tracked_files() if file.suffix in TEXT_KINDS]
    return [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in named]


def variables_read_by_the_code() -> set[str]:
    constants = (
        node.value for node in ast.walk(ast.parse(read("client/settings.py"))) if isinstance(node, ast.Constant)
    )
    return {one for one in constants if isinstance(one, str) and re.fullmatch(r"QWEN_EDIT_[A-Z_]+", one)}


def imported_modules() -> set[str]:
    files = [ROOT / "app.py", *(ROOT / "client").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in whole | parts} - sys.stdlib_module_names - {"app", "client", "ui"}


def test_exactly_the_packages_that_are_imported_are_asked_for() -> None:
    packages = packages_distributions()
    imported = {canonicalize_name(packages[name][0]) for name in imported_modules()}
    assert imported == set(dependencies())


def test_templates_and_words_are_installed_with_the_code() -> None:
    patterns = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["package-data"]
    installed = {file for package, names in patterns.items() for name in names for file in _files(package, name)}
    assert installed == {file for file in (ROOT / "ui").rglob("*") if file.suffix in {".html", ".toml"}}
    assert len(installed) > 2


def _files(package: str, name: str) -> list[Path]:
    return list((ROOT / package.replace(".", "/")).glob(name))


def test_the_readme_lists_exactly_the_settings_that_the_code_reads() -> None:
    listed = re.findall(r"^\| `(QWEN_EDIT_[A-Z_]+)` \|", read("README.md"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(variables_read_by_the_code())


def test_every_make_command_in_the_texts_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".ci/run"):
        named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", read(name), flags=re.MULTILINE))
        assert {one or other for one, other in named} <= targets, name


def test_every_dependency_is_explained_in_the_readme() -> None:
    table = read("README.md").split("| package | why it is here |")[1]
    rows = re.findall(r"^\| ([a-z0-9, -]+) \|", table, flags=re.MULTILINE)
    assert sorted(name for row in rows for name in row.split(", ")) == sorted(dependencies())


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_each_dependency_is_pinned_inside_its_bounds(name: str) -> None:
    versions = pinned_versions(name)
    assert versions
    assert all(version in dependencies()[name] for version in versions)


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_each_dependency_has_a_lower_and_an_upper_bound(name: str) -> None:
    assert {one.operator for one in dependencies()[name]} == {">=", "<"}


def test_every_line_of_the_requirements_is_one_exact_version() -> None:
    assert len(pins()) > len(dependencies())
    for one in pins():
        assert [part.operator for part in one.specifier] == ["=="], one


def test_the_pins_allow_what_a_space_adds_to_gradio() -> None:
    wanted = [Requirement(line) for line in requires("gradio") or []]
    extras = [one for one in wanted if one.marker and any(one.marker.evaluate({"extra": e}) for e in ("oauth", "mcp"))]
    assert any(one.name == "mcp" for one in extras)
    for one in extras:
        assert all(version in one.specifier for version in pinned_versions(one.name)), one


def test_the_space_gets_the_gradio_that_is_pinned() -> None:
    sdk_version = Version(front_matter(read("README.md"))["sdk_version"])
    assert pinned_versions("gradio") == [sdk_version]
    assert sdk_version in dependencies()["gradio"]


def test_the_space_gets_a_front_matter_that_the_hub_accepts() -> None:
    settings = front_matter(read("README.md"))
    assert settings["sdk"] == "gradio"
    assert (ROOT / settings["app_file"]).is_file()
    assert {settings["colorFrom"], settings["colorTo"]} <= SPACE_COLOURS
    assert len(settings["short_description"]) <= 60
    assert settings["license"] == project()["license"].lower()
    assert isinstance(settings["python_version"], str)  # unquoted, 3.10 would be the number 3.1
    assert settings["python_version"] in SpecifierSet(project()["requires-python"])


def test_the_change_log_has_a_dated_entry_for_this_version() -> None:
    version = re.escape(project()["version"])
    assert re.search(rf"^## \[{version}\] - \d{{4}}-\d\d-\d\d$", read("CHANGELOG.md"), flags=re.MULTILINE)


def test_every_example_picture_has_a_source() -> None:
    folder = ROOT / "assets" / "examples"
    listed = re.findall(r"^\| `([^`]+)` \|", read("assets/examples/SOURCES.md"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(file.name for file in folder.iterdir() if file.name != "SOURCES.md")


def test_the_example_pictures_are_small_files() -> None:
    for picture in (ROOT / "assets" / "examples").glob("*.jpg"):
        assert picture.stat().st_size <= 150_000, picture.name


def test_no_tracked_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in tracked_text() for host in REGISTRIES if host in text]
    assert found == []


def test_no_tracked_file_holds_something_that_looks_like_a_key() -> None:
    assert [name for name, text in tracked_text() if KEYS.search(text)] == []


def test_the_image_runs_as_a_plain_user_and_tells_whether_the_page_answers() -> None:
    lines = read("Dockerfile").replace("\\\n", "").splitlines()
    user = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert user[-1:] == ["studio"]
    check = next(line for line in lines if line.startswith("HEALTHCHECK"))
    command = json.loads(check.split("CMD ")[1])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")


def test_the_workflow_runs_what_ci_runs() -> None:
    job = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["check"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert set(job["strategy"]["matrix"]["python"]) == {"3.11", "3.13"}
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "make test" in read(".ci/run")


def test_the_mended_pillow_is_the_same_wherever_it_is_installed() -> None:
    places = ["Makefile", "Dockerfile", "README.md"]
    named = {
        found for name in places for found in re.findall(r"--no-deps pillow==([0-9.]+)", (ROOT / name).read_text())
    }
    assert len(named) == 1
    assert SpecifierSet("<14").contains(named.pop())
