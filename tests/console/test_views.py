"""The views' pages: made by a form, drawn as changes come, with alerts, and deleted."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def orders(place):
    """orders(country, total): one more order; in a table of the test's own."""
    place.make_table("Revenues")
    count = 0

    def put(country, total):
        nonlocal count
        count += 1
        item = {"id": {"S": f"o-{count}"}, "country": {"S": country}, "total": {"N": str(total)}}
        place.client("dynamodb").put_item(TableName="Revenues", Item=item)

    yield put
    place.client("dynamodb").delete_table(TableName="Revenues")


def bar(page, name):
    return page.get_by_role("list", name="Groups of").get_by_role("listitem").filter(has_text=name)


def width(page, name):
    return bar(page, name).locator("i").evaluate("(element) => element.style.width")


def test_a_view_is_made_moves_with_each_write_and_goes(place, orders, open_page, picture):
    page = open_page("/views")
    expect(page.get_by_text("There is no view yet.")).to_be_visible()
    expect(page.get_by_text("headwater view create revenue")).to_be_visible()
    page.keyboard.press("n")
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("takings")
    form.get_by_label("Of table").select_option("Revenues")
    form.get_by_label("What", exact=True).select_option("sum")
    form.get_by_label("Of which attribute").fill("total")
    form.get_by_label("Grouped by").fill("country")
    expect(form.get_by_label("The same by command")).to_contain_text(
        "headwater view create takings --table Revenues --sum total --by country"
    )
    picture(page, "view-form")
    form.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("takings")
    orders("CH", 30)
    orders("FR", 60)
    expect(bar(page, "FR").locator("b")).to_have_text("60")
    assert (width(page, "FR"), width(page, "CH")) == ("100%", "50%")
    orders("CH", 90)
    expect(bar(page, "CH").locator("b")).to_have_text("120")
    first = page.get_by_role("list", name="Groups of").get_by_role("listitem").first
    expect(first).to_contain_text("CH")
    assert (width(page, "FR"), width(page, "CH")) == ("50%", "100%")
    row = page.get_by_role("table", name="Groups").get_by_role("row").filter(has_text="CH")
    expect(row.get_by_role("cell")).to_have_text(["CH", "2", "120"])

    page.get_by_text("New alert").click()
    alerts = page.get_by_label("Alerts of the view")
    alerts.get_by_label("Name of the alert").fill("high")
    alerts.get_by_label("When").fill("value > ten")
    alerts.get_by_label("Whom to call").fill("webhook:http://127.0.0.1:9/")
    alerts.get_by_role("button", name="Add").click()
    expect(alerts.get_by_role("alert")).to_contain_text("ten")
    alerts.get_by_label("When").fill("value > 150")
    alerts.get_by_role("button", name="Add").click()
    alert = alerts.get_by_role("listitem").filter(has_text="high")
    expect(alert).to_contain_text("ok")
    orders("CH", 40)
    expect(alert).to_contain_text("in alarm")
    picture(page, "view")
    # The overview has it among the readers, and says what rings.
    page.goto(place.url + "/")
    reader = page.get_by_role("table", name="Readers").get_by_role("row").filter(has_text="takings")
    expect(reader).to_contain_text("View takingsRevenueslive–")
    page.get_by_role("status").get_by_role("link", name="high of view takings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("takings")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is no view yet.")).to_be_visible()
    assert place.stage.remote.get("views")["views"] == []


def test_cards_draw_windows_numbers_and_the_most_frequent(place, orders, open_page, picture):
    node = place.stage.remote
    node.post("views", name="w-rate", table="Revenues", count=True, by="country", window="30d")
    node.post("views", name="w-all", table="Revenues", count=True, max="total")
    node.post("views", name="w-top", table="Revenues", top="country")
    page = open_page("/views", size="phone", scheme="dark")
    number = page.get_by_label("View w-all").locator(".now")
    expect(number).to_have_text("0")
    for country, total in (("CH", 1), ("CH", 7), ("FR", 5)):
        orders(country, total)
    expect(number).to_have_text("3")
    expect(page.get_by_label("View w-all")).to_contain_text("max(total) 7")
    expect(page.get_by_label("View w-rate").locator(".legend")).to_have_text("CH 2FR 1")
    top = page.get_by_label("View w-top").get_by_role("listitem")
    expect(top).to_have_text(["CH2", "FR1"])
    assert page.evaluate("() => document.querySelector('main').scrollWidth") <= 375
    picture(page, "views-phone")
    page.set_viewport_size({"width": 1280, "height": 800})
    picture(page, "views")
    for name in ("w-rate", "w-all", "w-top"):
        node.delete(f"views/{name}")
