"""Every page of the stage, by method and path under /_headwater/."""

from functools import partial

from headwater.frontdoor.admin import Admin
from headwater.stage import (
    clock_page,
    explain_page,
    fault_page,
    idle_page,
    mappings_page,
    redrive_page,
    reset_page,
    shard_pages,
    shards_page,
    tail_page,
    view_pages,
)
from headwater.stage.house import House


def add_pages(admin: Admin, house: House) -> None:
    """Put the stage's pages among those of `admin`."""
    admin.add("GET", "clock", lambda request: clock_page.show(house.keeper))
    admin.add("POST", "clock", partial(clock_page.move, house.keeper))
    admin.add("GET", "idle", partial(idle_page.idle, house))
    admin.add("GET", "faults", lambda request: fault_page.list_faults(house))
    admin.add("POST", "faults", partial(fault_page.set_fault, house))
    admin.add("DELETE", "faults", partial(fault_page.clear_faults, house))
    admin.add("POST", "iterators/expire", partial(fault_page.expire_iterators, house))
    admin.add("GET", "shards", partial(shards_page.show, house))
    admin.add("GET", "explain", partial(explain_page.explain, house))
    admin.add("GET", "tail", partial(tail_page.tail, house))
    admin.add("GET", "mappings", lambda request: mappings_page.show(house))
    admin.add("POST", "mappings/retry", partial(mappings_page.retry, house))
    admin.add("POST", "mappings/skip", partial(mappings_page.skip, house))
    admin.add("POST", "redrive", partial(redrive_page.redrive, house))
    admin.add("POST", "reset", lambda request: reset_page.reset(house))
    for (method, path), page in view_pages.pages(house, house.services.views).items():
        admin.add(method, path, page)
    for path, page in shard_pages.pages(house).items():
        admin.add("POST", path, page)
