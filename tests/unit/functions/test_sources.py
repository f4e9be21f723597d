"""What makes a directory another one, and how an event is stored."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.config.settings import Settings
from headwater.errors import InvalidParameterValue, StartupError
from headwater.functions.node_programs import NodePrograms
from headwater.functions.settings import function_settings
from headwater.functions.sources import fingerprint
from headwater.functions.stored import chosen_version
from headwater.functions.waiting_event import WaitingEvent


def test_a_fingerprint_changes_with_every_file_and_only_with_files(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.py").write_text("1")
    seen = [fingerprint(tmp_path)]
    assert fingerprint(tmp_path) == seen[0]

    def changed():
        seen.append(fingerprint(tmp_path))
        return seen[-1] not in seen[:-1]

    (tmp_path / "sub" / "b.py").write_text("22")
    assert changed()
    os.utime(tmp_path / "a.py", ns=(1, 1))
    assert changed()
    (tmp_path / "c.py").write_text("")
    assert changed()
    (tmp_path / "c.py").unlink()
    assert fingerprint(tmp_path) == seen[-2]
    for ignored in ("__pycache__", ".git"):
        (tmp_path / ignored).mkdir()
        (tmp_path / ignored / "x").write_text("1")
    assert fingerprint(tmp_path) == seen[-2]
    (tmp_path / "node_modules").mkdir()
    assert changed()


@given(st.binary(max_size=200), st.text(max_size=20), st.integers(0, 5))
def test_an_event_is_read_as_it_was_stored(payload, context, tries):
    event = WaitingEvent("id", None, payload, 7, client_context=context, tries=tries)
    assert WaitingEvent.decode(event.encode()) == event


@pytest.mark.parametrize(("dice", "version"), [(0.0, "2"), (0.29, "2"), (0.3, "1"), (0.99, "1")])
def test_an_alias_with_two_versions_sends_by_weight(dice, version):
    routing = {"AdditionalVersionWeights": {"2": 0.3}}
    assert chosen_version({"FunctionVersion": "1", "RoutingConfig": routing}, dice) == version


def script(path, version):
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho v{version}.1.0\n")
    path.chmod(0o755)
    return path


def test_the_oldest_node_that_is_new_enough_serves(tmp_path, monkeypatch):
    monkeypatch.setattr("headwater.functions.node_programs._USUAL_PLACES", ())
    paths = {version: script(tmp_path / str(version) / "node", version) for version in (18, 22, 24)}
    places = os.pathsep.join(str(path.parent) for path in paths.values())
    programs = NodePrograms({}, {"PATH": places, "HOME": str(tmp_path)})
    assert programs.find("nodejs20.x") == paths[22]
    assert programs.find("nodejs24.x") == paths[24]
    managed = script(tmp_path / ".nvm/versions/node/v26/bin/node", 26)
    assert NodePrograms({}, {"PATH": "", "HOME": str(tmp_path)}).find("nodejs22.x") == managed
    settled = NodePrograms({"nodejs22.x": "/mine"}, {})
    assert str(settled.find("nodejs22.x")) == "/mine"
    only_old = NodePrograms({}, {"PATH": str(paths[18].parent), "HOME": "/none"})
    with pytest.raises(InvalidParameterValue, match="or newer, and this machine"):
        only_old.find("nodejs20.x")


def test_what_an_operator_sets_is_checked():
    settings = Settings(interpreters="python3.12=/p, nodejs22.x=/n", function_idle_seconds=2)
    made = function_settings(settings)
    assert made.interpreters == {"python3.12": "/p", "nodejs22.x": "/n"}
    assert (made.idle_ms_max, made.directories) == (2000, True)
    assert not function_settings(Settings(host="0.0.0.0", allow_anonymous=True)).directories
    with pytest.raises(StartupError, match="give RUNTIME=PATH"):
        function_settings(Settings(interpreters="python"))
    with pytest.raises(StartupError, match="--function-processes 0 is too little"):
        function_settings(Settings(function_processes=0))
