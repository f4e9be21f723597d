"""By which names a node is called, and by which it is not: those a web page could have.

Source: RFC 6761 (localhost, test, example, invalid), RFC 6762 (local), RFC 8375 (home.arpa).
"""

import pytest

from headwater.frontdoor.hosts import Hosts


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LocalHost.:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
        "192.168.1.7:8000",
        "headwater:8000",
        "host.docker.internal:8000",
        "dynamodb.localhost",
        "nas.local",
        "dynamodb.eu-west-1.amazonaws.com",
        "",
    ],
)
def test_names_that_nobody_can_register_are_answered_to(host):
    hosts = Hosts("")
    assert hosts.takes(host.encode()) and hosts.takes(host.encode())


@pytest.mark.parametrize(
    "host",
    ["evil.com", "evil.com:8000", "127.0.0.1.evil.com", "localhost.evil.com", "amazonaws.com.evil"],
)
def test_names_that_a_page_can_have_are_not(host):
    assert not Hosts("").takes(host.encode())


def test_the_hosts_of_origins_that_may_call_are_answered_to():
    hosts = Hosts("https://db.shop.com, http://other.shop.com:3000")
    assert hosts.takes(b"db.shop.com") and hosts.takes(b"other.shop.com:8000")
    assert not hosts.takes(b"shop.com")
    assert Hosts("*").takes(b"evil.com")
