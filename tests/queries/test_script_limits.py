"""The installation's settings bound the scripts of its queries."""

from __future__ import annotations

from django.conf import settings

from apps.algebra.scripting import script_runner
from apps.scripts.pool import ScriptLimits, ScriptPool


def test_scripts_have_the_limits_of_the_settings() -> None:
    runner = script_runner()
    assert isinstance(runner, ScriptPool)
    assert runner.limits == ScriptLimits(
        seconds=settings.TSWEB_SCRIPT_SECONDS,
        memory_bytes=settings.TSWEB_SCRIPT_MEMORY_BYTES,
        max_batch=settings.TSWEB_SCRIPT_MAX_BATCH,
    )
    assert (runner.limits.seconds, runner.limits.max_batch) == (5, 1000)
