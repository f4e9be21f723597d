"""The functions' pages: the list, one function invoked from the browser, its log as it comes."""

import io
import json
import sys
import zipfile

import pytest
from playwright.sync_api import expect

HANDLER = """
def handler(event, context):
    print("INFO got", len(event.get("Records", [])), "records")
    if event.get("fail"):
        raise ValueError("no mail server")
    return {"mails": len(event.get("Records", []))}
"""


@pytest.fixture
def make_function(place):
    """make_function(name, **params): a function of this machine's own Python."""

    def made(name, **params):
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", HANDLER)
        place.client("lambda").create_function(
            FunctionName=name,
            Runtime=f"python3.{sys.version_info.minor}",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
            **params,
        )

    return made


def lines(page):
    return page.get_by_role("log", name="Log lines").get_by_role("listitem").filter(visible=True)


def test_a_function_is_invoked_and_its_log_is_seen(place, open_page, make_function, picture):
    make_function("send-mail", Environment={"Variables": {"STAGE": "dev"}})
    page = open_page("/functions/send-mail")
    expect(page.get_by_text("No mapping calls it.")).to_be_visible()
    expect(page.get_by_label("Configuration")).to_contain_text("app.handler")
    page.get_by_label("Sample event").select_option(label="Changes of a table")
    event = json.loads(page.get_by_label("Event", exact=True).input_value())
    assert [one["eventName"] for one in event["Records"]] == ["INSERT", "MODIFY", "REMOVE"]
    page.get_by_role("button", name="Invoke").click()
    answer = page.get_by_role("status", name="Answer")
    expect(answer.get_by_text("succeeded")).to_be_visible()
    assert json.loads(answer.get_by_label("Payload").inner_text()) == {"mails": 3}
    expect(answer.get_by_label("Log of this invocation")).to_contain_text("INFO got 3 records")
    expect(answer.get_by_text("ran")).to_contain_text("ms")
    expect(lines(page).filter(has_text="INFO got 3 records")).to_have_count(1)
    expect(page.get_by_label("Since the node started")).to_contain_text("Invocations1Errors0")
    picture(page, "function")


def test_a_failure_shows_as_one_and_its_lines_stand_out(open_page, make_function, picture):
    make_function("failing")
    page = open_page("/functions/failing")
    event = page.get_by_label("Event", exact=True)
    event.fill('{"fail": tru')
    event.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("The event is no JSON")
    event.fill('{"fail": true}')
    event.press("Control+Enter")
    answer = page.get_by_role("status", name="Answer")
    expect(answer.get_by_text("failed")).to_be_visible()
    assert json.loads(answer.get_by_label("Payload").inner_text())["errorType"] == "ValueError"
    expect(lines(page).and_(page.locator(".error")).first).to_be_visible()
    picture(page, "function-failed")


def test_a_log_is_searched_paused_and_thinned(open_page, place, make_function):
    make_function("chatty")
    page = open_page("/functions/chatty")
    expect(page.get_by_text("Nothing written yet.")).to_be_visible()
    call = place.client("lambda").invoke
    call(FunctionName="chatty", Payload=b'{"Records": [1, 2]}')
    expect(lines(page).filter(has_text="REPORT")).to_have_count(1)
    page.get_by_role("button", name="Lambda's lines").click()
    expect(lines(page)).to_have_count(1)
    expect(lines(page)).to_contain_text("INFO got 2 records")
    page.get_by_role("button", name="Lambda's lines").click()
    page.keyboard.press("/")
    page.keyboard.type("got 2")
    expect(page.locator("mark")).to_have_text("got 2")
    expect(lines(page)).to_have_count(1)
    page.get_by_label("Search in the log").fill("")
    before = lines(page).count()
    page.get_by_role("button", name="Pause").click()
    call(FunctionName="chatty", Payload=b'{"Records": [1, 2, 3]}')
    button = page.get_by_role("button", name="Go on (")
    expect(button).to_be_visible()
    assert lines(page).count() == before
    button.click()
    expect(lines(page).filter(has_text="got 3")).to_have_count(1)


def test_the_list_tells_how_each_function_fares(open_page, place, make_function, picture):
    make_function("billing-run", MemorySize=256)
    client = place.client("lambda")
    client.put_function_concurrency(FunctionName="billing-run", ReservedConcurrentExecutions=2)
    client.invoke(FunctionName="billing-run", Payload=b"{}")
    client.invoke(FunctionName="billing-run", Payload=b'{"fail": true}')
    page = open_page("/functions")
    make_function("made-later")
    expect(page.get_by_role("link", name="made-later")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="billing-run")
    cells = row.get_by_role("cell")
    expect(cells.nth(2)).to_have_text("256 MB")
    expect(cells.nth(5)).to_have_text("2")
    expect(cells.nth(6)).to_have_text("1")
    expect(cells.nth(7)).to_have_text("0 of 2")
    picture(page, "functions")
    page.keyboard.press("/")
    page.keyboard.type("nothing has this name")
    expect(row).to_have_count(0)
    page.get_by_label("Search functions").fill("billing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("billing-run")
