"""Finding Pythons: shims that do not run, versions that lie, and what is said if there is none."""

import os
import subprocess
import sys

import pytest

from headwater.errors import InvalidParameterValue
from headwater.functions.interpreters import VERSIONS, Interpreters
from headwater.loops import run

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHERS = [version for version in VERSIONS if version != OWN]


def installed(version):
    try:
        Interpreters({}, os.environ).find(version)
    except InvalidParameterValue:
        return False
    return True


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_our_own_version_is_found_outside_our_virtual_environment():
    path = Interpreters({}, {}).find(OWN)
    assert sys.prefix == sys.base_prefix or sys.prefix not in str(path)
    answer = subprocess.run(
        [path, "-c", "import sys; print(*sys.version_info[:2], sep='.')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == OWN


def test_a_shim_that_does_not_run_is_no_interpreter(tmp_path):
    other = OTHERS[-1]
    script(tmp_path / f"python{other}", "exit 127")
    with pytest.raises(InvalidParameterValue) as trouble:
        Interpreters({}, {"PATH": str(tmp_path)}).find(other)
    text = trouble.value.message
    assert f"Runtime python{other} needs a Python {other} interpreter" in text
    assert OWN in text.split("Installed: ")[1].split(". ")[0].split(", ")


def test_an_interpreter_of_another_version_is_not_taken(tmp_path):
    other = OTHERS[-1]
    (tmp_path / f"python{other}").symlink_to(Interpreters({}, {}).find(OWN))
    with pytest.raises(InvalidParameterValue):
        Interpreters({}, {"PATH": str(tmp_path)}).find(other)


def test_a_shim_that_runs_leads_to_the_real_interpreter(tmp_path):
    real = Interpreters({}, {}).find(OWN)
    shim = script(tmp_path / "shims" / "python", f'exec {real} "$@"')
    assert Interpreters({OWN: str(shim)}, {}).find(OWN) == real


def test_what_the_operator_chose_is_all_that_is_looked_at(tmp_path):
    with pytest.raises(InvalidParameterValue):
        Interpreters({OWN: str(tmp_path / "nowhere")}, os.environ).find(OWN)


def test_an_interpreter_that_was_removed_is_looked_for_again(tmp_path):
    real = Interpreters({}, {}).find(OWN)
    shim = script(tmp_path / "python", f'exec {real} "$@"')
    interpreters = Interpreters({OWN: str(shim)}, {})
    assert interpreters.find(OWN) == real
    assert interpreters.find(OWN) == real


HANDLER = """
import decimal, sys
import simplejson
def handler(event, context):
    return {"version": "%d.%d" % sys.version_info[:2], "text": event["text"],
            "number": decimal.Decimal("1.50"), "left": context.get_remaining_time_in_millis() > 0}
"""


@pytest.mark.parametrize("version", OTHERS)
def test_functions_run_on_the_other_versions_that_are_installed(version, workbench):
    if not installed(version):
        pytest.skip(f"there is no Python {version} here")

    async def main():
        async with workbench() as bench:
            await bench.make(HANDLER, Runtime=f"python{version}")
            invocation = await bench.call('{"text": "ü€"}'.encode())
            await bench.recode("def handler(e, c):\n    raise KeyError('gone')\n")
            return invocation, await bench.call()

    invocation, failed = run(main())
    # From 3.12 on, AWS's runtimes answer UTF-8; the older ones escape.
    text = "ü€" if int(version.split(".")[1]) >= 12 else r"\u00fc\u20ac"
    assert invocation.payload.decode() == (
        f'{{"version": "{version}", "text": "{text}", "number": 1.50, "left": true}}'
    )
    assert b'"errorType": "KeyError"' in failed.payload
