import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Which folder never imports what; the offline engine shares nothing with the client, so that it cannot agree with it
# by accident.
FORBIDDEN = [
    ("client", {"gradio", "ui", "app"}),
    ("ui", {"httpx", "PIL", "sqlite3", "app"}),
    ("client/offline", {"client", "ui", "app"}),
    ("client/service", {"client.edits"}),
    ("client/pictures", {"client.edits", "client.service", "httpx"}),
]


def imported(source: Path) -> set[str]:
    """Return every name a file imports, with all packages that it lies in."""
    package = source.relative_to(ROOT).parent.parts
    found = set[str]()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join((*inside, *(node.module or "").split("."))).strip("."))
    return found


@pytest.mark.parametrize(("folder", "names"), FORBIDDEN)
def test_the_arrow_between_the_parts_points_one_way(folder: str, names: set[str]) -> None:
    own = folder.replace("/", ".")
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for file in files:
        foreign = {name for name in imported(file) if not f"{name}.".startswith(f"{own}.")}
        crossing = {name for name in foreign if any(f"{name}.".startswith(f"{other}.") for other in names)}
        assert not crossing, f"{file.relative_to(ROOT)} imports {sorted(crossing)}"
