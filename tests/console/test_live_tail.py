"""The stream's page: shards, readers, and changes on the screen within a tenth of a second."""

import json

from playwright.sync_api import expect

LATENCY_MS_MAX = 100
WRITES = 5
ROUNDS_MAX = 10

# Notes when a change is on the screen: the frame after its row was added has been drawn then.
WATCH = """() => {
  window.seen = [];
  const list = document.querySelector('[role=log]');
  new MutationObserver((changes) => {
    const rows = changes.flatMap((one) => [...one.addedNodes]);
    // What a row says last of its attribute `at` is when it was written.
    const texts = rows.map((row) => row.querySelector('ins:last-of-type').textContent);
    requestAnimationFrame(() => {
      const at = Date.now();
      for (const text of texts) window.seen.push([text, at]);
    });
  }).observe(list, { childList: true });
}"""


def live(page):
    expect(page.get_by_text("live", exact=True)).to_be_visible()


def test_a_write_is_on_the_screen_within_a_tenth_of_a_second(place, open_page):
    """The median of five writes, each from before its call to the frame that shows it; in the best
    of some rounds, since others may keep the machine busy in one."""
    place.make_table("Tail")
    page = open_page("/stream/Tail")
    live(page)
    page.evaluate(WATCH)
    rows = page.get_by_role("log", name="Changes").get_by_role("listitem")
    medians_ms: list[int] = []
    while not medians_ms or (min(medians_ms) >= LATENCY_MS_MAX and len(medians_ms) < ROUNDS_MAX):
        for number in range(WRITES):
            moment = page.evaluate("() => Date.now()")
            place.put("Tail", id=f"o-{number}", at=str(moment))
            expect(rows).to_have_count(len(medians_ms) * WRITES + number + 1)
        count = (len(medians_ms) + 1) * WRITES
        page.wait_for_function(f"() => window.seen.length === {count}")
        latest = page.evaluate("() => window.seen")[-WRITES:]
        took_ms = sorted(at_ms - int(text) for text, at_ms in latest)
        medians_ms.append(took_ms[WRITES // 2])
    assert min(medians_ms) < LATENCY_MS_MAX, medians_ms


def test_a_hundred_changes_a_second_are_all_shown(place, open_page):
    """300 in batches, each as one call; nothing is lost and nothing is shown twice."""
    place.make_table("Busy")
    page = open_page("/stream/Busy")
    live(page)
    for batch in range(12):
        items = [{"id": {"S": f"o-{batch}-{number}"}} for number in range(25)]
        requests = [{"PutRequest": {"Item": item}} for item in items]
        place.client("dynamodb").batch_write_item(RequestItems={"Busy": requests})
    rows = page.get_by_role("log", name="Changes").get_by_role("listitem")
    # Those far below are not laid out until somebody scrolls.
    expect(page.locator("[role=log] > li")).to_have_count(300)
    expect(rows).to_have_count(50)
    page.locator(".tailpanel > .scroll").evaluate("(element) => { element.scrollTop = 40; }")
    expect(rows).to_have_count(300)
    shown = rows.locator(".key").all_text_contents()
    assert len(set(shown)) == 300


def test_a_change_shows_what_was_and_what_is(place, open_page, picture):
    place.make_table("Differences")
    page = open_page("/stream/Differences")
    live(page)
    place.put("Differences", id="o-1", status="PLACED", country="FR")
    place.put("Differences", id="o-1", status="PAID", country="FR")
    row = page.get_by_role("listitem").filter(has_text="MODIFY")
    expect(row.locator("del")).to_have_text("PLACED")
    expect(row.locator("ins")).to_have_text("PAID")
    expect(row).not_to_contain_text("FR")
    row.click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("No function is mapped to this stream.")
    record = json.loads(drawer.locator("pre").inner_text())
    assert record["dynamodb"]["OldImage"]["status"] == {"S": "PLACED"}
    picture(page, "stream-change")


def test_shards_are_drawn_with_their_lineage(place, open_page, picture):
    place.make_table("Tree")
    page = open_page("/stream/Tree")
    shards = page.get_by_role("group", name="Shard tree").get_by_role("button")
    expect(shards).to_have_count(4)
    place.stage.split("Tree")
    expect(shards).to_have_count(6)
    expect(page.get_by_text("5 open, 1 closed")).to_be_visible()
    expect(page.locator("path.flow")).to_have_count(2)
    shards.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Hashes")
    picture(page, "stream-shard")


def test_a_paused_tail_holds_what_comes_and_goes_on_with_it(place, open_page):
    place.make_table("Paused")
    page = open_page("/stream/Paused")
    live(page)
    page.keyboard.press(" ")
    for number in range(3):
        place.put("Paused", id=f"o-{number}")
    button = page.get_by_role("button", name="Go on (3)")
    expect(button).to_be_visible()
    rows = page.get_by_role("log", name="Changes").get_by_role("listitem")
    expect(rows).to_have_count(0)
    page.keyboard.press(" ")
    expect(rows).to_have_count(3)
    page.get_by_label("Filter changes").fill("o-1")
    expect(rows.filter(visible=True)).to_have_count(1)
