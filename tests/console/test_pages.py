"""Every page of the console, in light, dark and on a phone; and what stands around them."""

import pytest
from playwright.sync_api import ViewportSize, expect

PHONE: ViewportSize = {"width": 375, "height": 720}
PAGES = {
    "/": "Overview",
    "/tables": "Tables",
    "/stream": "Streams",
    "/mappings": "Mappings",
    "/functions": "Functions",
    "/views": "Views",
    "/regions": "Regions",
    "/alarms": "Alarms",
}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_and_fits_a_phone(place, open_page, picture, address):
    if address == "/stream":
        # Where there is only one stream, the page shows that one; others may have left some.
        place.make_table("Page-1")
        place.make_table("Page-2")
    page = open_page(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text(PAGES[address])
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Pages").locator("[aria-current]")).to_have_count(1)
    picture(page, f"page-{PAGES[address].lower()}")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("() => document.querySelector('main').scrollWidth") <= 375
    picture(page, f"phone-{PAGES[address].lower()}")
