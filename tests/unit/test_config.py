"""Settings: where a value comes from, and what is refused with which advice.

Source of every expectation: the contract at the top of config/sources.py.
"""

import re
from pathlib import Path

import pytest

from headwater.config.peers import peers_of, served_regions
from headwater.config.settings import Settings
from headwater.config.sources import load
from headwater.errors import StartupError


def refusal(*args, **kwargs):
    with pytest.raises(StartupError) as caught:
        load(*args, **kwargs)
    return str(caught.value)


def test_without_any_source_the_defaults_hold():
    assert load({}, {}) == Settings()


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path):
    file = tmp_path / "headwater.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\ncors = "*"\n')
    settings = load({"port": "3"}, {"HEADWATER_PORT": "2", "HEADWATER_REGION": "us-west-2"}, file)
    assert (settings.port, settings.region, settings.cors) == (3, "us-west-2", "*")


@pytest.mark.parametrize("word", ["off", "0", "false", "No"])
def test_a_toggle_of_the_environment_is_read_in_any_usual_word(word):
    assert load({}, {"HEADWATER_SYNC": word}).sync is False


def test_a_switch_in_the_environment_can_be_turned_off():
    assert load({}, {"HEADWATER_IN_MEMORY": "off"}).in_memory is False


def test_what_a_cluster_writes_into_our_variables_is_not_a_setting():
    """Kubernetes sets <SERVICE>_PORT=tcp://... for each service; one may be called headwater.
    Source: https://kubernetes.io/docs/concepts/services-networking/service/
    """
    assert load({}, {"HEADWATER_PORT": "tcp://10.0.0.7:8000"}).port == 8000


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_name(tmp_path):
    file = tmp_path / "headwater.toml"
    file.write_text("in-memori = true\n")
    assert "Did you mean `in_memory`?" in refusal({}, {}, file)


def test_a_file_that_is_not_there_or_not_toml_is_named(tmp_path):
    missing = tmp_path / "none.toml"
    assert f"cannot read the settings in {missing}" in refusal({}, {}, missing)
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 1\n")
    assert f"{broken} is not TOML" in refusal({}, {}, broken)


def test_an_address_that_others_reach_needs_a_word_of_consent():
    said = refusal({"host": "0.0.0.0"}, {})
    assert "--allow-anonymous" in said and "0.0.0.0" in said
    assert load({"host": "0.0.0.0", "allow_anonymous": True}, {}).host == "0.0.0.0"


def test_on_disk_and_not_on_disk_contradict_each_other_only_on_one_line():
    assert "contradict" in refusal({"data": "here", "in_memory": True}, {})
    settings = load({"in_memory": True}, {"HEADWATER_DATA": "here"})
    assert settings.in_memory and settings.data == Path("here")


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"port": "70000"}, "not a port"),
        ({"port": "many"}, "--port is 'many': give a whole number"),
        ({"sync": "maybe"}, "--sync is 'maybe': give on or off"),
        ({"initial_partitions": "0"}, "--initial-partitions 0 is out of range"),
        ({"log_level": "loud"}, "give one of debug, info, warning, error"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(flags, text):
    assert re.search(re.escape(text), refusal(flags, {}))


@pytest.mark.parametrize(("text", "taken"), [("90m", True), ("0", True), ("soon", False)])
def test_a_shards_period_is_a_duration_or_none_at_all(text, taken):
    if taken:
        assert load({"shard_period": text}, {}).shard_period == text
    else:
        with pytest.raises(StartupError, match="give one such as 4h"):
            load({"shard_period": text}, {})


PEER = "eu-west-1=http://10.0.0.7:8000"


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"peer": "eu-west-1"}, "names no node of another region: give REGION=URL"),
        ({"peer": "eu-west-1=10.0.0.7:8000"}, "names no node of another region"),
        ({"peer": "eu-west-1=http://[::"}, "names no node of another region"),
        ({"kinesis_endpoint": "http://[::"}, "is not an endpoint: give a URL"),
        ({"s3_endpoint": "http://host:80000"}, "is not an endpoint: give a URL"),
        ({"peer": "eu west=http://10.0.0.7:8000"}, "names no node of another region"),
        ({"peer": f"{PEER},eu-west-1=here"}, "names two nodes for region eu-west-1"),
        ({"peer": "us-east-1=http://10.0.0.7:8000"}, "which is this node's own (--region)"),
        ({"peer": PEER, "region": "eu-west-1"}, "which is this node's own (--region)"),
        ({"peer": PEER, "shared_db": True}, "--shared-db and --peer contradict each other"),
        ({"peer_credentials": "keys"}, "--peer-credentials is for requests between nodes"),
        ({"peer_ca": "ca.pem", "peer": "eu-west-1=here"}, "--peer-ca is for requests between"),
        ({"peer_ca": "ca.pem", "peer": PEER}, "none has an https:// URL"),
        ({"peer": PEER, "credentials": "keys"}, "need --peer-credentials FILE"),
    ],
)
def test_what_is_said_of_other_regions_must_go_together(flags, text):
    assert re.search(re.escape(text), refusal(flags, {}))


def test_regions_are_a_section_of_the_file(tmp_path):
    file = tmp_path / "headwater.toml"
    file.write_text('port = 9\n[regions]\neu-west-1 = "https://west:8000"\nsa-east-1 = "here"\n')
    settings = load({}, {}, file)
    assert peers_of(settings) == {"eu-west-1": "https://west:8000"}
    assert served_regions(settings) == ["eu-west-1", "sa-east-1", "us-east-1"]
    for text, said in (
        ('regions = "eu-west-1"', "is no section of regions"),
        ("[regions]\neu-west-1 = 8000", "is no section of regions"),
        (f'peer = "{PEER}"\n[regions]\nsa-east-1 = "here"', "Keep one"),
    ):
        file.write_text(text)
        with pytest.raises(StartupError, match=said):
            load({}, {}, file)
