"""Mappings: paused and resumed, a failing batch skipped, and what was given up redriven."""

import io
import zipfile

import pytest
from playwright.sync_api import expect

# Fails as long as its environment says so; then another configuration makes it well.
HANDLER = (
    "import os\n"
    "def handler(event, context):\n"
    "    for record in event['Records']:\n"
    "        key = record['dynamodb']['Keys']['id']['S']\n"
    "        if key.startswith('bad') and os.environ.get('ILL'):\n"
    "            raise ValueError('no such country')\n"
)


@pytest.fixture
def mapped(place):
    """mapped("Invoices", ILL="yes", MaximumRetryAttempts=0): a table and a function of that name,
    mapped; the mapping's UUID."""

    def make(name, *, ill=False, **options):
        stream = place.make_table(name)
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", HANDLER)
        place.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="app.handler",
            Role="arn:aws:iam::000000000000:role/any",
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"ILL": "yes"} if ill else {}},
        )
        made = place.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **options
        )
        return made["UUID"]

    return make


@pytest.fixture
def queue(place):
    """queue("name"): a queue's ARN."""

    def make(name):
        place.client("sqs").create_queue(QueueName=name)
        return {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:000000000000:{name}"}}

    return make


def heal(place, name):
    place.client("lambda").update_function_configuration(
        FunctionName=name, Environment={"Variables": {}}
    )


def test_a_mapping_is_paused_and_resumed(place, mapped, open_page):
    uuid = mapped("Paused-mapping")
    page = open_page("/mappings")
    row = page.get_by_role("row").filter(has_text="Paused-mapping").first
    expect(row).to_contain_text("Enabled")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Disabled")
    state = place.client("lambda").get_event_source_mapping(UUID=uuid)["State"]
    assert state == "Disabled"
    place.put("Paused-mapping", id="o-1")
    row.get_by_role("link").first.click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Enabled", exact=True)).to_be_visible()
    shards = page.get_by_role("table", name="Shards of this mapping")
    expect(shards.locator("tbody tr")).to_have_count(4)
    place.stage.idle()
    assert place.client("lambda").get_event_source_mapping(UUID=uuid)["State"] == "Enabled"


def test_a_failing_batch_is_shown_and_skipped(place, mapped, queue, open_page, picture):
    uuid = mapped("Failing", ill=True, DestinationConfig=queue("skipped"))
    place.put("Failing", id="bad-1", country="ZZ")
    page = open_page(f"/mappings/{uuid}")
    batch = page.get_by_role("region", name="Failing batch")
    expect(batch).to_contain_text("ValueError: no such country")
    expect(batch.get_by_role("listitem")).to_contain_text("bad-1")
    picture(page, "mappings-failing")
    batch.get_by_role("button", name="Skip this batch").click()
    page.get_by_role("dialog").get_by_role("button", name="Skip").click()
    expect(batch).to_have_count(0)
    expect(page.get_by_text("1 message")).to_be_visible()
    place.stage.idle()


def test_a_failed_batch_is_redriven(place, mapped, queue, open_page, picture):
    name = "Redriven"
    uuid = mapped(name, ill=True, MaximumRetryAttempts=0, DestinationConfig=queue("given-up"))
    place.put(name, id="bad-1")
    place.stage.idle()
    page = open_page(f"/mappings/{uuid}")
    page.get_by_role("button", name="Show messages").click()
    message = page.get_by_role("table", name="Messages").locator("tbody tr")
    expect(message).to_contain_text("RetryAttemptsExhausted")
    message.get_by_role("button", name="Redrive").click()
    expect(message).to_contain_text("failed again")
    picture(page, "mappings-given-up")
    heal(place, name)
    message.get_by_role("button", name="Redrive").click()
    expect(message).to_have_count(0)
    expect(page.get_by_text("is empty", exact=True)).to_be_visible()


def test_the_overview_says_who_waits_and_why(place, mapped, open_page, picture):
    mapped("Slow-payments", ill=True)
    place.put("Slow-payments", id="bad-1")
    page = open_page("/")
    row = (
        page.get_by_role("table", name="Readers")
        .get_by_role("row")
        .filter(has_text="Slow-payments")
    )
    expect(row).to_contain_text("failed")
    expect(row).to_contain_text("ValueError: no such country")
    expect(row.get_by_text("Failing")).to_be_visible()
    plot = page.get_by_role("region", name="Changes committed")
    expect(plot.locator("path.line")).to_have_count(1)
    picture(page, "overview")
    heal(place, "Slow-payments")
    expect(row).to_contain_text("nothing waits")
