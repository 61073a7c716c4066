"""The number of a line that was posted is never given to another line."""

from tests.builders import D, pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, enter_company, enter_order
from webapp.posting.plan import REQUESTS
from webapp.store import drafts
from webapp.store.posting import post_document


async def test_a_new_line_never_takes_the_number_of_one_that_was_posted(database: str):
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 1", "20000 item BOOK qty 1"])
    accept(await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(0)}))
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).ok
    accept(await drafts.delete_line(ANNA, ORDER, 20000))
    accept(await drafts.add_line(ANNA, ORDER, {"type": "item", "no": "CARD", "quantity": D(1)}))
    assert await faults() == []
