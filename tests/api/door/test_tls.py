"""With --tls-cert and --tls-key a node answers with TLS, and with nothing else."""

import socket
from pathlib import Path

from tests.tables import create_table

from headwater.testing.process import NodeProcess

TLS = Path(__file__).parents[2] / "data" / "tls"
CERTIFICATE = str(TLS / "localhost.crt")


def test_a_client_that_trusts_the_certificate_is_served(node_factory, table_name):
    node = node_factory(
        "--tls-cert", CERTIFICATE, "--tls-key", str(TLS / "localhost.key"), in_memory=True
    )
    assert node.url.startswith("https://")
    dynamodb = node.client("dynamodb", verify=CERTIFICATE)
    create_table(dynamodb, table_name)
    item = {"pk": {"S": "a"}, "x": {"S": "y" * 300_000}}
    dynamodb.put_item(TableName=table_name, Item=item)
    assert dynamodb.get_item(TableName=table_name, Key={"pk": {"S": "a"}})["Item"] == item
    port = int(node.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" not in plain.recv(100)


def test_half_a_pair_is_refused_with_what_to_do(tmp_path):
    process = NodeProcess("--tls-cert", CERTIFICATE, data=None, log=tmp_path / "log")
    try:
        process.start()
    except Exception:
        assert "given without --tls-key" in process.last_words()
    else:
        process.stop()
        raise AssertionError("it started")
