"""Every registered function says the seven things a reader needs, and describes each parameter."""

from __future__ import annotations

import re

import pytest

from apps.algebra import transforms
from apps.algebra.registry import FunctionSpec, functions

PARTS = ["In:", "Out:", "Missing:", "Errors:", "Source:", "Example:"]
SPECS = list(functions())


def test_there_are_functions_of_every_family() -> None:
    # Importing the package has registered them.
    families = {spec.function.__module__.removeprefix(f"{transforms.__name__}.") for spec in SPECS}
    assert families >= set(transforms.__all__)
    assert {"rate", "aggregate", "group", "interpolate", "formula"} <= {spec.name for spec in SPECS}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_docstring_has_its_seven_parts(spec: FunctionSpec) -> None:
    lines = spec.doc.splitlines()
    assert lines and re.fullmatch(r"[A-Z].*\.", lines[0]), "the first line is a sentence that sums it up"
    missing = [part for part in PARTS if not any(line.startswith(part) for line in lines)]
    assert not missing, f"{spec.name} does not say {missing}"


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_parameters_are_described(spec: FunctionSpec) -> None:
    for param in spec.params.values():
        assert param.param.help.strip(), f"{spec.name}.{param.name} has no phrase"
