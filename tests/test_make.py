"""`make run` and `make test` on a fresh machine: what they do, and say when they cannot; Python here is a recorder."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
OLD_PYTHON: Final = """#!/bin/sh
case "$1" in -V) echo "Python 3.9.2";; *) exit 1;; esac
"""
# Plays both Pythons: the system's, which makes an environment, and the environment's, which is a copy of itself.
NEW_PYTHON: Final = """#!/bin/sh
case "$*" in
  *alive*) echo alive;;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
  -V) echo "Python 3.11.9";;
  tests/chromium.py) echo /a/browser;;
  "-m pytest "*) echo "tested with $QWEN_EDIT_CHROMIUM: $3"; case "$*" in *"$BROKEN"*) exit 1;; esac;;
  "-m pip "*|*.py) echo "$*" >> calls.txt;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def write_python(checkout: Path, text: str) -> Path:
    python = checkout / "some-python"
    python.write_text(text)
    python.chmod(0o755)
    return python


def make_run(checkout: Path, python: str | Path) -> subprocess.CompletedProcess[str]:
    return make(checkout, "run", python)


def make(checkout: Path, what: str, python: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "QWEN_EDIT_"))}
    environment = kept | settings
    return subprocess.run(  # noqa: S603 - our own command
        ["make", what, f"PYTHON={python}"],  # noqa: S607 - the make on PATH
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(checkout: Path) -> list[str]:
    return (checkout / "calls.txt").read_text().splitlines()


def test_a_missing_python_is_named_in_one_sentence(checkout: Path) -> None:
    done = make_run(checkout, "python-of-nowhere")
    assert done.returncode != 0
    assert "'python-of-nowhere' is not on this machine. Install Python 3.11 or newer" in done.stderr


def test_an_old_python_is_refused_with_its_version(checkout: Path) -> None:
    done = make_run(checkout, write_python(checkout, OLD_PYTHON))
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (checkout / ".venv").exists()


def test_the_first_run_installs_the_pinned_packages_and_starts_the_page(checkout: Path) -> None:
    assert make_run(checkout, write_python(checkout, NEW_PYTHON)).returncode == 0
    assert any("--editable . --constraint requirements.txt" in call for call in calls(checkout))
    assert calls(checkout)[-1] == "app.py"


def test_the_second_run_only_starts_the_page(checkout: Path) -> None:
    python = write_python(checkout, NEW_PYTHON)
    make_run(checkout, python)
    (checkout / "calls.txt").unlink()
    assert make_run(checkout, python).returncode == 0
    assert calls(checkout) == ["app.py"]


def test_a_changed_dependency_is_installed_at_the_next_run(checkout: Path) -> None:
    python = write_python(checkout, NEW_PYTHON)
    make_run(checkout, python)
    (checkout / "calls.txt").unlink()
    stamp = (checkout / ".venv" / ".run").stat().st_mtime
    os.utime(checkout / "pyproject.toml", (stamp + 5, stamp + 5))
    assert make_run(checkout, python).returncode == 0
    assert any("--editable" in call for call in calls(checkout))


def test_an_environment_whose_python_is_gone_is_made_again(checkout: Path) -> None:
    python = write_python(checkout, NEW_PYTHON)
    make_run(checkout, python)
    (checkout / ".venv" / "bin" / "python").unlink()
    done = make_run(checkout, python)
    assert done.returncode == 0
    assert "Making an environment" in done.stdout


@pytest.mark.parametrize("broken", ["nothing", "test_browser_page.py", "test_words.py"])
def test_both_halves_of_the_tests_are_run_shown_and_needed(checkout: Path, broken: str) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    for tool in ("ruff", "mypy"):
        write_python(checkout, "#!/bin/sh\n").rename(checkout / ".venv" / "bin" / tool)
    (checkout / "tests").mkdir()
    for name in ("test_browser_page.py", "test_words.py"):
        (checkout / "tests" / name).touch()
    done = make(checkout, "test", write_python(checkout, NEW_PYTHON), BROKEN=broken)
    assert (done.returncode == 0) is (broken == "nothing")
    for name in ("test_browser_page.py", "test_words.py"):
        assert f"tested with /a/browser: tests/{name}\n" in done.stdout
