"""What is installed as a package holds all that the program is made of."""

from __future__ import annotations

import tomllib

from tests.conftest import PROJECT


def test_a_package_holds_every_module_and_every_template() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {str(path.parent.relative_to(PROJECT)) for path in (PROJECT / "aggregator").rglob("*.py")}
    assert {room.replace("/", ".") for room in rooms} | {"templates"} == set(told["packages"])
    templates = PROJECT / "templates"
    packed = {path for pattern in told["package-data"]["templates"] for path in templates.glob(pattern)}
    assert {path for path in templates.rglob("*") if path.is_file()} <= packed
