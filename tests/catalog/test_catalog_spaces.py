"""Spaces beside each other: filled, switched to, rolled back from and dropped, on both databases."""

from __future__ import annotations

import pytest

from catalog import (
    Catalog,
    LeaseLost,
    NothingToRollBackTo,
    SpaceNotFilled,
    SpaceState,
    UnknownSpace,
    WrongSpaceState,
)
from tests.catalog.wares import (
    NEXT_SPACE,
    SPACE,
    HeldClock,
    describe_waiting,
    described,
    photo,
    photo_at,
    put,
    upload,
)

pytest_plugins = ("tests.catalog.both_databases",)

MODEL = {"embedder_model": None}
NEXT_MODEL = {"embedder_model": "next"}
OTHER_SPACE = "test@3"
WORKER, LEASE_SECONDS = "worker", 30.0
LINKS = [f"https://img.example/{number}.jpg" for number in range(8)]


def step(catalog: Catalog, space: str = NEXT_SPACE, limit: int = 2) -> int:
    """Do what a worker does of one portion; return how many photos it described."""
    work = catalog.space_work
    assert work.claim(space, WORKER, LEASE_SECONDS)
    portion = work.portion(catalog.spaces.get(space), limit)
    by_id = {photo_at(link).id: photo_at(link) for link in LINKS}
    work.keep(space, WORKER, [described(by_id[one], space) for one in portion.lacking], 0)
    work.advance(portion, WORKER)
    return len(portion.lacking)


def fill(catalog: Catalog, space: str = NEXT_SPACE) -> int:
    """Fill a space to the end; return how many photos were described."""
    count = 0
    while (kept := catalog.spaces.get(space)).state is SpaceState.FILLING or kept.seq != catalog.changes.head():
        count += step(catalog, space)
    return count


@pytest.fixture
def stocked(catalog: Catalog) -> Catalog:
    """A catalog of five products in two stores, described in the active space; the next one waits to be filled."""
    catalog.spaces.begin(SPACE, MODEL)
    for number, link in enumerate(LINKS[:5]):
        put(catalog, f"p{number}", store="shop" if number < 3 else "other", image_link=link)
    describe_waiting(catalog)
    catalog.spaces.fill(NEXT_SPACE, NEXT_MODEL)
    return catalog


def known(catalog: Catalog, space: str) -> set[str]:
    return catalog.images.described([photo_at(link).id for link in LINKS], space)


def test_first_space_that_describes_a_photo_stays_active_whatever_the_settings_name(catalog: Catalog) -> None:
    assert catalog.spaces.active() is None
    assert catalog.spaces.begin(NEXT_SPACE, NEXT_MODEL).state is SpaceState.ACTIVE
    assert catalog.spaces.begin(SPACE, MODEL).id == SPACE, "nothing is described yet"
    put(catalog, "a", image_link=LINKS[0])
    describe_waiting(catalog)
    assert catalog.spaces.is_used(SPACE) and not catalog.spaces.is_used(NEXT_SPACE)
    assert catalog.spaces.begin(NEXT_SPACE, NEXT_MODEL).id == SPACE
    assert [one.id for one in catalog.spaces.kept()] == [SPACE]


def test_space_whose_weights_were_exchanged_makes_way(catalog: Catalog) -> None:
    catalog.spaces.begin(SPACE, MODEL)
    put(catalog, "a", image_link=LINKS[0])
    describe_waiting(catalog)
    assert catalog.spaces.begin(NEXT_SPACE, MODEL).id == NEXT_SPACE
    assert {one.id: one.state for one in catalog.spaces.kept()} == {
        SPACE: SpaceState.PAUSED,
        NEXT_SPACE: SpaceState.ACTIVE,
    }
    assert catalog.spaces.begin(SPACE, MODEL).id == SPACE, "and takes its place again, should they be exchanged back"


def test_walk_and_log_bring_every_photo_into_the_new_space_and_no_change_is_logged(stocked: Catalog) -> None:
    head = stocked.changes.head()
    assert step(stocked) == 2
    put(stocked, "p5", image_link=LINKS[5])
    describe_waiting(stocked)
    assert fill(stocked) == 4
    filled = stocked.spaces.get(NEXT_SPACE)
    assert (filled.state, filled.place, filled.seq) == (SpaceState.READY, None, head + 2)
    assert (filled.products, filled.photos, filled.failed) == (6, 6, 0)
    assert stocked.changes.head() == head + 2
    assert known(stocked, NEXT_SPACE) == known(stocked, SPACE)


def test_ready_space_gets_the_photos_that_come_later(stocked: Catalog) -> None:
    fill(stocked)
    put(stocked, "late", image_link=LINKS[6], additional_image_link=[LINKS[0]])
    describe_waiting(stocked)
    portion = stocked.space_work.portion(stocked.spaces.get(NEXT_SPACE), 10)
    assert portion.lacking == (photo_at(LINKS[6]).id,) and portion.last


def test_products_that_are_gone_or_forgotten_need_nothing(stocked: Catalog) -> None:
    stocked.products.delete("shop", ["p0", "p1", "p2"])
    assert fill(stocked) == 2
    assert stocked.space_work.portion(stocked.spaces.get(NEXT_SPACE), 10).products == ()
    gone = photo("never seen")
    stocked.space_work.keep(NEXT_SPACE, WORKER, [described(gone, NEXT_SPACE)], 0)
    assert not stocked.images.described([gone.id], NEXT_SPACE)
    assert stocked.spaces.get(NEXT_SPACE).photos == 2


def test_space_is_filled_by_one_worker_until_its_lease_is_over(stocked: Catalog, clock: HeldClock) -> None:
    step(stocked)
    work, portion = stocked.space_work, stocked.space_work.portion(stocked.spaces.get(NEXT_SPACE), 2)
    assert not work.claim(NEXT_SPACE, "another", LEASE_SECONDS)
    clock.advance(LEASE_SECONDS + 1)
    assert work.claim(NEXT_SPACE, "another", LEASE_SECONDS)
    with pytest.raises(LeaseLost):
        work.keep(NEXT_SPACE, WORKER, [], 1)
    work.advance(portion, WORKER)
    assert stocked.spaces.get(NEXT_SPACE).products == 2, "who lost it moves nothing"
    work.release("another")
    assert work.claim(NEXT_SPACE, WORKER, LEASE_SECONDS)
    assert fill(stocked) == 3


def test_paused_space_is_left_alone_and_goes_on_where_it_was(stocked: Catalog) -> None:
    step(stocked)
    assert stocked.spaces.pause(NEXT_SPACE).state is SpaceState.PAUSED
    with pytest.raises(LeaseLost):
        step(stocked)
    with pytest.raises(WrongSpaceState, match="paused"):
        stocked.spaces.pause(NEXT_SPACE)
    stocked.spaces.resume(NEXT_SPACE)
    assert fill(stocked) == 3


def test_switch_is_refused_until_the_space_is_filled(stocked: Catalog) -> None:
    step(stocked)
    with pytest.raises(SpaceNotFilled, match="filling"):
        stocked.spaces.switch(NEXT_SPACE)
    fill(stocked)
    put(stocked, "late", image_link=LINKS[6])
    with pytest.raises(SpaceNotFilled, match="at change"):
        stocked.spaces.switch(NEXT_SPACE, stocked.changes.head())
    assert stocked.spaces.active() == stocked.spaces.get(SPACE)


def test_switch_and_rollback_exchange_the_two_spaces(stocked: Catalog) -> None:
    fill(stocked)
    assert stocked.spaces.switch(NEXT_SPACE).state is SpaceState.ACTIVE
    assert stocked.spaces.get(SPACE).state is SpaceState.RETIRED
    assert stocked.spaces.get(SPACE).seq == stocked.changes.head()
    with pytest.raises(WrongSpaceState, match="active already"):
        stocked.spaces.switch(NEXT_SPACE)
    put(stocked, "new", image_link=LINKS[7])
    describe_waiting(stocked, NEXT_SPACE)
    assert fill(stocked, SPACE) == 1, "what comes meanwhile is described in the old space too"
    assert stocked.spaces.rollback().id == SPACE
    assert stocked.spaces.get(NEXT_SPACE).state is SpaceState.READY
    assert stocked.spaces.switch(NEXT_SPACE).id == NEXT_SPACE


def test_space_that_is_rolled_back_from_at_once_gets_what_the_switch_had_overtaken(stocked: Catalog) -> None:
    fill(stocked)
    put(stocked, "late", image_link=LINKS[5])
    describe_waiting(stocked)
    stocked.spaces.switch(NEXT_SPACE)
    assert photo_at(LINKS[5]).id not in known(stocked, NEXT_SPACE)
    stocked.spaces.rollback()
    fill(stocked)
    assert photo_at(LINKS[5]).id in known(stocked, NEXT_SPACE)


def test_what_cannot_be_done_is_told(stocked: Catalog) -> None:
    spaces = stocked.spaces
    with pytest.raises(UnknownSpace, match=f"{SPACE}, {NEXT_SPACE}"):
        spaces.switch("no@1")
    with pytest.raises(NothingToRollBackTo):
        spaces.rollback()
    with pytest.raises(WrongSpaceState, match="drop it first"):
        spaces.fill(OTHER_SPACE, NEXT_MODEL)
    with pytest.raises(WrongSpaceState, match="already"):
        spaces.fill(SPACE, MODEL)
    for refused in (spaces.drop, spaces.pause, spaces.resume):
        with pytest.raises(WrongSpaceState, match="active"):
            refused(SPACE)


def test_followers_beside_the_active_space_read_no_further_than_it_is_filled(stocked: Catalog) -> None:
    fill(stocked)
    come_to = stocked.changes.head()
    put(stocked, "late", image_link=LINKS[6])
    describe_waiting(stocked)
    for space, expected in ((SPACE, come_to + 2), (NEXT_SPACE, come_to), ("unheard@1", come_to + 2)):
        assert stocked.changes.head(space) == expected
        assert [one.seq for one in stocked.changes.after(come_to, 10, space)] == [*range(come_to + 1, expected + 1)]
    stocked.spaces.switch(NEXT_SPACE)
    put(stocked, "later", image_link=LINKS[7])
    assert stocked.changes.head(NEXT_SPACE) == come_to + 3
    assert stocked.changes.head(SPACE) == come_to + 2


def test_active_space_takes_no_description_that_its_followers_would_not_hear_of(stocked: Catalog) -> None:
    fill(stocked)
    put(stocked, "late", image_link=LINKS[6])
    describe_waiting(stocked)
    stocked.spaces.switch(NEXT_SPACE)
    with pytest.raises(LeaseLost):
        step(stocked)
    assert stocked.space_work.claim(NEXT_SPACE, WORKER, LEASE_SECONDS)
    portion = stocked.space_work.portion(stocked.spaces.get(NEXT_SPACE), 10)
    assert stocked.images.describe_again(NEXT_SPACE, portion.products) == 1
    [task] = describe_waiting(stocked, NEXT_SPACE)
    assert (task.sku, task.image_id) == ("late", photo_at(LINKS[6]).id)


def test_dropped_space_is_forgotten_some_at_a_time_and_the_other_stays(stocked: Catalog) -> None:
    fill(stocked)
    before = known(stocked, SPACE)
    with pytest.raises(WrongSpaceState, match="kept"):
        stocked.spaces.forget(NEXT_SPACE)
    stocked.spaces.drop(NEXT_SPACE)
    after = stocked.spaces.forget(NEXT_SPACE, limit=2)
    assert after is not None and len(known(stocked, NEXT_SPACE)) == 3
    stocked.spaces.drop(NEXT_SPACE)  # who was cut off begins anew
    after = ""
    while (after := stocked.spaces.forget(NEXT_SPACE, after, limit=2)) is not None:
        pass
    assert [one.id for one in stocked.spaces.kept()] == [SPACE]
    assert known(stocked, NEXT_SPACE) == set() and known(stocked, SPACE) == before
    stocked.spaces.fill(NEXT_SPACE, NEXT_MODEL)
    assert fill(stocked) == 5


def test_photo_that_waits_is_told_from_one_that_waits_for_later(catalog: Catalog) -> None:
    assert not catalog.images.due()
    put(catalog, "a", image_link=upload(catalog, "p").link)
    assert catalog.images.due()
    catalog.images.put_off(catalog.images.claim(1, 60.0), None, 60.0)
    assert not catalog.images.due()
