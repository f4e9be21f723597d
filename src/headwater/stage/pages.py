"""Every page of the stage, by method and path under /_headwater/."""

from functools import partial

from headwater.frontdoor.admin import Admin
from headwater.stage import clock_page, idle_page, shard_pages
from headwater.stage.house import House


def add_pages(admin: Admin, house: House) -> None:
    """Put the stage's pages among those of `admin`."""
    admin.add("GET", "clock", lambda request: clock_page.show(house.keeper))
    admin.add("POST", "clock", partial(clock_page.move, house.keeper))
    admin.add("GET", "idle", partial(idle_page.idle, house))
    for path, page in shard_pages.pages(house).items():
        admin.add("POST", path, page)
