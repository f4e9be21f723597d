"""Tables: found, browsed, queried and changed; and what a change leaves in the stream."""

import json

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def shop(place):
    """A table with an index, and three orders."""
    place.client("dynamodb").create_table(
        TableName="Shop",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "country", "day")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byCountry",
                "KeySchema": [
                    {"AttributeName": "country", "KeyType": "HASH"},
                    {"AttributeName": "day", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for number, country in enumerate(("FR", "DE", "FR")):
        place.put("Shop", id=f"o-{number}", country=country, day=f"2026-03-0{number + 1}")
    return "Shop"


@pytest.fixture
def rows(shop, open_page):
    """A page with the table's items, and their rows."""
    page = open_page(f"/tables/{shop}")
    return page, page.get_by_role("table", name="Items").locator("tbody tr")


def write(page, item):
    """Put the text of an item into the editor."""
    page.get_by_role("textbox", name="Item").fill(
        item if isinstance(item, str) else json.dumps(item)
    )


def stored(place, key):
    found = place.client("dynamodb").get_item(TableName="Shop", Key={"id": {"S": key}})
    return found.get("Item")


def test_a_table_is_found_among_others_by_typing(shop, place, open_page):
    page = open_page("/tables")
    row = page.get_by_role("row").filter(has_text="Shop")
    expect(row).to_contain_text("new and old images")
    page.keyboard.press("/")
    page.keyboard.type("sho")
    expect(page.get_by_role("table", name="Tables").locator("tbody tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop")


def test_an_item_is_edited_and_its_record_is_in_the_stream(place, rows, picture):
    page, items = rows
    place.put("Shop", id="edited", country="IT", status="PLACED")
    page.get_by_role("button", name="Load again").click()
    items.filter(has_text="edited").click()
    editor = page.get_by_role("textbox", name="Item")
    expect(editor).to_have_value(
        '{\n  "country": "IT",\n  "id": "edited",\n  "status": "PLACED"\n}'
    )
    picture(page, "item-editor")
    digits = "0.12345678901234567890123456789012345678"
    text = (
        '{"id": "edited", "country": "IT", "status": "PAID", "total": ' + digits + ', "lines": [1]}'
    )
    write(page, text)
    page.get_by_role("button", name="Save").click()
    expect(items.filter(has_text="edited")).to_contain_text("PAID")
    assert stored(place, "edited") == {
        "id": {"S": "edited"},
        "country": {"S": "IT"},
        "status": {"S": "PAID"},
        "total": {"N": digits},
        "lines": {"L": [{"N": "1"}]},
    }
    page.goto(f"{place.url}/stream/Shop?since=TRIM_HORIZON")
    record = page.get_by_role("listitem").filter(has_text="MODIFY").filter(has_text="edited")
    expect(record.locator("del")).to_have_text("PLACED")
    expect(record.locator("ins").filter(has_text="PAID")).to_be_visible()


def test_an_item_is_put_and_deleted(place, rows):
    page, items = rows
    expect(page.get_by_role("button", name="New item")).to_be_visible()
    page.keyboard.press("n")
    write(page, {"id": "new", "country": "ES"})
    page.get_by_role("button", name="Put").click()
    row = items.filter(has_text="new")
    expect(row).to_contain_text("ES")
    row.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete this item?").get_by_role(
        "button", name="Delete"
    ).click()
    expect(row).to_have_count(0)
    assert stored(place, "new") is None


def test_what_somebody_changed_meanwhile_is_not_overwritten(place, rows):
    page, items = rows
    place.put("Shop", id="shared", status="PLACED")
    page.get_by_role("button", name="Load again").click()
    items.filter(has_text="shared").click()
    write(page, {"id": "shared", "status": "PAID"})
    place.put("Shop", id="shared", status="CANCELLED")
    page.get_by_role("button", name="Save").click()
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("ConditionalCheckFailedException")
    expect(trouble).to_contain_text("Somebody changed the item meanwhile")
    assert stored(place, "shared")["status"] == {"S": "CANCELLED"}


def test_a_text_that_is_no_item_is_told_with_its_place(rows):
    page, items = rows
    items.first.click()
    write(page, '{"id": "x",\n "n": 01}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2, column 8: a comma or } is expected")


def test_sets_are_edited_as_dynamodb_has_them(place, rows):
    page, items = rows
    item = {"id": {"S": "sets"}, "tags": {"SS": ["a", "b"]}}
    place.client("dynamodb").put_item(TableName="Shop", Item=item)
    page.get_by_role("button", name="Load again").click()
    items.filter(has_text="sets").click()
    expect(page.get_by_role("button", name="JSON", exact=True)).to_be_disabled()
    item["tags"] = {"SS": ["a", "b", "c"]}
    write(page, item)
    page.get_by_role("button", name="Save").click()
    expect(items.filter(has_text="sets")).to_contain_text('"c"')
    assert set(stored(place, "sets")["tags"]["SS"]) == {"a", "b", "c"}


def test_a_query_on_an_index_and_a_filter_find_what_they_say(rows, picture):
    page, items = rows
    page.get_by_label("Scan or query").select_option("Query")
    page.get_by_label("Table or index").select_option("byCountry")
    page.get_by_label("Partition key value").fill("FR")
    page.get_by_role("button", name="Run").click()
    expect(items).to_have_count(2)
    page.get_by_label("Sort key comparison").select_option(">=")
    page.get_by_label("Sort key value").fill("2026-03-02")
    page.get_by_role("button", name="Run").click()
    expect(items).to_have_count(1)
    expect(items).to_contain_text("o-2")
    picture(page, "tables-query")
    page.get_by_label("Scan or query").select_option("Scan")
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Attribute", exact=True).fill("day")
    page.get_by_label("Comparison", exact=True).select_option("begins with")
    page.get_by_label("Value", exact=True).fill("2026-03-01")
    page.get_by_role("button", name="Run").click()
    expect(items).to_have_count(1)
    expect(items).to_contain_text("o-0")


def test_a_partiql_statement_is_answered(shop, open_page):
    page = open_page(f"/tables/{shop}?tab=partiql")
    box = page.get_by_role("textbox", name="PartiQL statement")
    box.fill("""SELECT id, "day" FROM "Shop" WHERE country = 'DE'""")
    box.press("Control+Enter")
    answer = page.get_by_role("table", name="Answer").locator("tbody tr")
    expect(answer).to_have_count(1)
    expect(answer).to_contain_text("o-1")
    box.fill("SELEC *")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("ExecuteStatement was refused")
