"""The tag in which an Auto Scaling group remembers its orders, and what the group's size says of one cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.node_providers.aws_orders import Order, OrderBook

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"

DIGESTS = st.text("0123456789abcdef", min_size=12, max_size=12)
ORDERS = st.one_of(
    st.builds(Order, digest=DIGESTS, machines=st.integers(1, 99_999)),
    st.builds(
        Order,
        digest=DIGESTS,
        machines=st.integers(0, 99_999),
        more=st.integers(1, 99_999),
        goal=st.integers(1, 99_999),
    ),
)


@given(orders=st.lists(ORDERS, max_size=20))
def test_a_book_fits_its_tag_and_is_read_as_it_was_written(orders: list[Order]) -> None:
    book = OrderBook()
    for order in orders:
        book = book.with_order(order)
    assert OrderBook.read(str(book)) == book
    assert len(str(book)) <= 256
    assert set(str(book)) <= set("0123456789abcdef:+/ ")


@given(text=st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert OrderBook.read(str(OrderBook.read(text))) == OrderBook.read(text)


@pytest.mark.parametrize(
    ("text", "size", "machines"),
    [
        pytest.param(f"{A}:2", 0, 2, id="done, whatever the size is now"),
        pytest.param(f"{A}:0+2/7", 7, 2, id="the size was set"),
        pytest.param(f"{A}:0+2/7", 9, 2, id="the size was set, and another one after it"),
        pytest.param(f"{A}:0+2/7", 6, 0, id="the size was not set"),
        pytest.param(f"{A}:3+2/7", 6, 3, id="the size was not set the second time"),
        pytest.param(f"{A}:3+2/7", 7, 5, id="the size was set the second time"),
        pytest.param(f"{B}:2", 7, 0, id="another order"),
        pytest.param(f"{A}:x {A}:2/7 zzzzzzzzzzzz:2", 7, 0, id="no order"),
        pytest.param("", 7, 0, id="no tag"),
    ],
)
def test_the_size_of_the_group_decides_an_order_that_was_cut_off(text: str, size: int, machines: int) -> None:
    settled = OrderBook.read(text).settled(size)
    assert settled.machines(A) == machines
    assert settled.settled(0) == settled


def test_the_latest_orders_are_kept() -> None:
    book = OrderBook()
    for number in range(30):
        book = book.with_order(Order(digest=f"{number:012x}", machines=1))
    assert [order.digest for order in book.orders] == [f"{number:012x}" for number in range(22, 30)]


def test_an_order_stands_once_and_as_it_is_now() -> None:
    book = OrderBook.read(f"{A}:1 {B}:1").with_order(Order(digest=A, machines=2))
    assert str(book) == f"{B}:1 {A}:2"
