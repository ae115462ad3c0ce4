"""Passes over due records: all of them are handled, and a broken record does not block the others."""

from datetime import timedelta

import pytest

from actions.due import AT_ONCE, go_through

LONG_ENOUGH = timedelta(hours=1)


class Pile:
    """What is due. A look takes a thing off it, unless that is broken."""

    def __init__(self, count, broken=()):
        self.things, self.broken, self.looks = list(range(count)), set(broken), []

    async def page(self, top):
        return self.things[:top]

    async def look(self, thing):
        self.looks.append(thing)
        if thing in self.broken:
            return False
        self.things.remove(thing)
        return True


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_all_that_is_due_is_looked_at_once(count):
    pile = Pile(count)

    await go_through(pile.page, pile.look, LONG_ENOUGH)

    assert sorted(pile.looks) == list(range(count))
    assert pile.things == []


@pytest.mark.parametrize("broken", [1, AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE + 1])
async def test_broken_ones_hold_up_nobody_and_are_looked_at_once(broken):
    pile = Pile(4 * AT_ONCE, broken=range(broken))

    await go_through(pile.page, pile.look, LONG_ENOUGH)

    assert pile.things == list(range(broken))
    assert sorted(pile.looks) == list(range(4 * AT_ONCE))


async def test_when_the_time_is_over_the_page_is_the_last():
    pile = Pile(2 * AT_ONCE)

    await go_through(pile.page, pile.look, timedelta(0))

    assert len(pile.looks) == AT_ONCE
