"""The flags of `headwater serve` become settings.

Source of every expectation: the README's table of settings and the contract in cli/serve.py.
"""

from dataclasses import fields
from pathlib import Path

import pytest

from headwater.cli.serve import read_settings, run
from headwater.config.settings import Settings, flag_name

VALUES = {"integer": "7", "text": "127.0.0.2", "path": "some/where", "toggle": "off"}
TAKEN = {
    "URL": "http://127.0.0.2:9",
    "DURATION": "90m",
    "REGION=URL": "eu-west-1=http://127.0.0.2:9",
}


def test_a_line_without_flags_gives_the_defaults():
    assert read_settings([], {}) == Settings()


@pytest.mark.parametrize("entry", fields(Settings), ids=lambda entry: entry.name)
def test_every_setting_has_its_flag(entry):
    kind, choices = entry.metadata["kind"], entry.metadata["choices"]
    value = [choices[-1]] if choices else [VALUES[kind]] if kind in VALUES else []
    if entry.metadata["takes"] in TAKEN:
        value = [TAKEN[entry.metadata["takes"]]]
    more = []
    if entry.name.startswith("peer_"):  # of nodes that are named
        more = ["--peer", "eu-west-1=https://127.0.0.2:9"]
    settings = read_settings([flag_name(entry.name), *value, *more], {})
    assert getattr(settings, entry.name) != entry.default


def test_the_settings_file_is_named_by_a_flag_or_by_the_environment(tmp_path):
    file = tmp_path / "headwater.toml"
    file.write_text('data = "elsewhere"\n')
    assert read_settings(["--config", str(file)], {}).data == Path("elsewhere")
    assert read_settings([], {"HEADWATER_CONFIG": str(file)}).data == Path("elsewhere")


def test_what_cannot_be_served_ends_with_status_2_and_says_why(capsys):
    assert run(["--host", "0.0.0.0"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("headwater: will not listen on 0.0.0.0")


def test_a_flag_is_not_guessed_from_its_beginning(capsys):
    with pytest.raises(SystemExit):
        read_settings(["--in"], {})
    assert "unrecognized arguments: --in" in capsys.readouterr().err
