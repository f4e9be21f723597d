"""Command lines of the console. Source: docs/console.md."""

import pytest

from headwater.console.options import OptionTrouble, read_options


def test_nothing_given_means_loopback_and_the_usual_node(monkeypatch):
    for name in ("HEADWATER_ENDPOINT", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    options = read_options([])
    assert (options.endpoint, options.host, options.port) == (
        "http://127.0.0.1:8000",
        "127.0.0.1",
        8080,
    )
    assert not options.read_only


def test_the_environment_names_the_endpoint_and_a_flag_wins(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    assert read_options([]).endpoint == "http://localhost:4566"
    assert read_options(["--endpoint", "http://h:1/"]).endpoint == "http://h:1"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "box.internal"])
def test_an_address_that_others_reach_needs_the_word_of_the_operator(host):
    with pytest.raises(OptionTrouble, match="--allow-anonymous"):
        read_options(["--host", host])
    assert read_options(["--host", host, "--allow-anonymous"]).host == host


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        (["--endpoint", "localhost:8000"], "give a URL"),
        (["--endpoint", "http://h/path"], "give a URL"),
        (["--port", "70000"], "from 0 to 65535"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_give(line, advice):
    with pytest.raises(OptionTrouble, match=advice):
        read_options(line)
