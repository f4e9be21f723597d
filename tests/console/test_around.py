"""What stands around the pages: shortcuts, themes, login, read-only, other endpoints, and troubles.

Source: docs/console.md.
"""

import contextlib
import json
import urllib.error
import urllib.request

import boto3
import pytest
from playwright.sync_api import expect
from tests.tables import create_table

from headwater.testing.process import NodeProcess

KEYS = "[shop]\naws_access_key_id = AKIDSHOP\naws_secret_access_key = s3cret-of-the-shop\n"


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """The URL of a node that answers only one known key."""
    directory = tmp_path_factory.mktemp("locked")
    keys = directory / "keys"
    keys.write_text(KEYS)
    node = NodeProcess("--credentials", str(keys), data=None, log=directory / "node.log")
    yield node.start()
    node.stop()


@pytest.fixture
def another(place):
    """another(endpoint, "--read-only"): the URL of one more console."""
    endpoint = place.endpoint

    def make(*flags, at=endpoint):
        place.endpoint = at
        try:
            return place.console(*flags).url
        finally:
            place.endpoint = endpoint

    return make


def ask(url, path, *, method="GET", body=None, **headers):
    """Status and JSON of an answer."""
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(url + path, data=data, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def test_shortcuts_go_from_page_to_page_and_are_listed(open_page):
    page = open_page("/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Overview")
    for keys, title in (("gt", "Tables"), ("gm", "Mappings"), ("go", "Overview")):
        page.keyboard.type(keys)
        expect(heading).to_have_text(title)
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Shortcuts")
    expect(help_).to_contain_text("Search on this page")
    page.keyboard.press("Escape")
    expect(help_).to_have_count(0)


def test_the_theme_follows_the_system_until_it_is_chosen(open_page):
    page = open_page("/tables", scheme="dark")
    root = page.locator("html")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(root).to_have_attribute("data-theme", "dark")
    page.keyboard.press("t")
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Theme: Light").click()
    expect(root).to_have_attribute("data-theme", "dark")


def test_who_is_not_known_is_asked_for_a_key(locked, another, open_page, picture):
    page = open_page("/tables", base=another(at=locked))
    login = page.get_by_role("dialog", name="Log in")
    picture(page, "login")
    login.get_by_label("Access key").fill("AKIDSHOP")
    login.get_by_label("Secret key").fill("wrong")
    login.get_by_role("button", name="Log in").click()
    expect(login.get_by_role("alert")).to_contain_text("InvalidSignatureException")
    login.get_by_label("Secret key").fill("s3cret-of-the-shop")
    login.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("There is no table here.")).to_be_visible()
    page.goto(page.url.replace("/tables", "/"))
    expect(page.get_by_text("Nobody reads a stream here yet.")).to_be_visible()
    told = page.evaluate("() => document.cookie + JSON.stringify({...localStorage})")
    assert "s3cret" not in told
    page.get_by_role("button", name="AKIDSHOP").click()
    page.get_by_role("button", name="Log out").click()
    expect(login).to_be_visible()


def test_a_console_that_only_reads_offers_nothing_that_writes(place, another, open_page):
    url = another("--read-only")
    place.make_table("Read-only")
    place.put("Read-only", id="o-1", status="PLACED")
    page = open_page("/tables/Read-only", base=url)
    expect(page.get_by_text("read-only", exact=True)).to_be_visible()
    page.get_by_role("table", name="Items").locator("tbody tr").click()
    editor = page.get_by_role("dialog")
    expect(editor.get_by_role("textbox", name="Item")).not_to_be_editable()
    expect(editor.get_by_role("button", name="Save")).to_have_count(0)
    expect(editor.get_by_role("button", name="Delete")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="New item")).to_have_count(0)


def test_where_views_are_made_nothing_is_offered_there(reader, open_page):
    page = open_page("/views", base=reader)
    expect(page.get_by_role("heading", level=1)).to_have_text("Views")
    expect(page.get_by_text("headwater view create revenue")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="view")).to_have_count(0)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/aws/dynamodb/PutItem", {"TableName": "T", "Item": {"id": {"S": "x"}}}),
        ("POST", "/api/aws/dynamodb/ExecuteStatement", {"Statement": "DELETE FROM T"}),
        ("POST", "/api/aws/lambda/Invoke", {"FunctionName": "f"}),
        ("POST", "/api/aws/lambda/UpdateEventSourceMapping", {"UUID": "u", "Enabled": False}),
        ("POST", "/api/aws/sqs/ReceiveMessage", {"QueueUrl": "q"}),
        ("POST", "/api/admin/clock", {"advance": "1h"}),
        ("POST", "/api/admin/views", {"name": "v", "table": "T", "count": True}),
        ("POST", "/api/aws/cloudwatch/SetAlarmState", {"AlarmName": "a"}),
        ("DELETE", "/api/admin/faults", None),
    ],
)
def test_nothing_that_writes_can_be_done_all_the_same(reader, method, path, body):
    status, answer = ask(reader, path, method=method, body=body)
    assert (status, answer["error"]["code"]) == (403, "ReadOnly")


@pytest.fixture(scope="module")
def reader(place):
    return place.console("--read-only").url


def test_what_only_reads_is_answered_there(place, reader):
    place.make_table("Readable")
    status, answer = ask(reader, "/api/aws/dynamodb/ListTables", method="POST", body={})
    assert status == 200
    assert "Readable" in answer["TableNames"]
    statement = {"Statement": 'SELECT * FROM "Readable"'}
    assert (
        ask(reader, "/api/aws/dynamodb/ExecuteStatement", method="POST", body=statement)[0] == 200
    )


@pytest.mark.parametrize(
    ("path", "headers", "why"),
    [
        ("/api/session", {"Origin": "http://evil.example.com"}, "page of another origin"),
        ("/api/session", {"Origin": "null"}, "page of another origin"),
        ("/api/session", {"Host": "evil.com"}, "does not answer to the name evil.com"),
        ("/api/tail?stream_arn=x", {"Origin": "http://evil.example.com"}, "another origin"),
    ],
)
def test_pages_of_others_are_refused(place, path, headers, why):
    status, answer = ask(place.url, path, **headers)
    assert status == 403
    assert why in answer["error"]["why"]


def test_what_is_not_listed_is_not_forwarded(place):
    status, answer = ask(place.url, "/api/aws/dynamodb/CreateBackup", method="POST", body={})
    assert status == 400
    assert answer["error"]["why"] == "dynamodb CreateBackup is not forwarded"
    assert ask(place.url, "/api/nothing")[0] == 400


def test_an_endpoint_that_is_no_node_shows_its_tables_and_streams(
    place, bare_endpoint, another, open_page
):
    place.make_table("Elsewhere")
    url = another(at=bare_endpoint)
    page = open_page("/", base=url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tables")
    menu = page.get_by_role("navigation", name="Pages")
    expect(menu.get_by_role("link", name="Streams")).to_be_visible()
    expect(menu.get_by_role("link", name="Mappings")).to_have_count(0)
    page.goto(f"{url}/stream/Elsewhere?since=TRIM_HORIZON")
    expect(page.get_by_text("4 open, 0 closed")).to_be_visible()
    place.put("Elsewhere", id="o-1")
    expect(page.get_by_role("log", name="Changes").get_by_role("listitem")).to_contain_text("o-1")


def test_an_endpoint_that_is_away_is_told_with_what_to_do(another, open_page):
    page = open_page("/", base=another(at="http://127.0.0.1:9"))
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("Nothing answers at http://127.0.0.1:9")
    expect(trouble).to_contain_text("Start the node there")


def test_a_page_goes_on_when_its_node_is_back(tmp_path, another, open_page):
    """What was written while nobody could look is told after: nothing is missed."""
    with NodeProcess(data=tmp_path / "data", log=tmp_path / "node.log") as node:
        dynamodb = boto3.client(
            "dynamodb",
            endpoint_url=node.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        with contextlib.closing(dynamodb):
            create_table(dynamodb, "Kept", key="id", view="NEW_IMAGE")
            page = open_page("/stream/Kept", base=another(at=node.url))
            expect(page.get_by_text("live", exact=True)).to_be_visible()
            node.kill()
            expect(page.get_by_role("alert").first).to_contain_text("Nothing answers at")
            node.start()
            dynamodb.put_item(TableName="Kept", Item={"id": {"S": "after"}})
            rows = page.get_by_role("log", name="Changes").get_by_role("listitem")
            expect(rows).to_have_count(1)
            expect(page.get_by_role("alert")).to_have_count(0)


def test_of_rows_with_equal_keys_each_is_there_once_however_often_they_are_drawn(open_page):
    page = open_page("/")
    drawn = page.evaluate("""async () => {
      const { keyed, h } = await import("/static/dom.js");
      const list = document.createElement("ul");
      const draw = (names) => {
        const update = (row, one) => { row.textContent = one; };
        keyed(list, [...names], (one) => one, () => h("li"), update);
        return list.textContent;
      };
      return [draw("aba"), draw("aba"), draw("aba"), draw("ba"), draw("aab"), draw("")];
    }""")
    assert drawn == ["aba", "aba", "aba", "ba", "aab", ""]
