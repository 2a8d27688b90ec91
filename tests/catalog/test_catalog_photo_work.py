"""The work of making photos searchable: leases, retries, failures, and everything that can change meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from catalog import BadImage, Catalog, ChangeKind, Description, ImageStatus, ImageTask
from tests.catalog.wares import (
    NEXT_SPACE,
    SPACE,
    HeldClock,
    describe_waiting,
    described,
    photo,
    photo_at,
    put,
    statuses,
    upload,
)

pytest_plugins = ("tests.catalog.both_databases",)

A, B = "https://img.example/a.jpg", "https://img.example/b.jpg"
PENDING, READY, FAILED = ImageStatus.PENDING, ImageStatus.READY, ImageStatus.FAILED


def claim_one(catalog: Catalog) -> ImageTask:
    [task] = catalog.images.claim(1, 60.0)
    return task


def make_ready(catalog: Catalog, task: ImageTask) -> int | None:
    one = photo_at(task.link)
    return catalog.images.describe_ready(task, one.image, described(one))


def test_no_two_claimers_get_the_same_photo(catalog: Catalog) -> None:
    for number in range(60):
        put(catalog, f"p{number}", image_link=f"{A}?{number}", additional_image_link=[f"{B}?{number}"])

    def claim_until_none_is_left(_: int) -> list[ImageTask]:
        found: list[ImageTask] = []
        while tasks := catalog.images.claim(4, 60.0):
            found += tasks
        return found

    with ThreadPoolExecutor(6) as pool:
        found = [task for tasks in pool.map(claim_until_none_is_left, range(6)) for task in tasks]
    assert len(found) == len({(one.sku, one.position) for one in found}) == 120


def test_lease_that_runs_out_hands_the_photo_out_again(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    assert claim_one(catalog).attempts == 0
    clock.advance(59)
    assert catalog.images.claim(1, 60.0) == []
    clock.advance(2)
    assert claim_one(catalog).attempts == 1


def test_photo_to_be_tried_again_waits_its_time_and_tells_why(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    catalog.images.fail(claim_one(catalog), "the host is busy", 30.0)
    [listed] = catalog.products.images("shop", "a")
    assert (listed.status, listed.reason) == (PENDING, "the host is busy")
    assert listed.next_try_at == clock() + timedelta(seconds=30)
    assert catalog.images.claim(1, 60.0) == []
    clock.advance(31)
    assert claim_one(catalog).attempts == 1


def test_failed_photo_is_not_handed_out_and_costs_that_photo_alone(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    main, additional = catalog.images.claim(2, 60.0)
    catalog.images.fail(main, "not a photo; replace it", None)
    assert make_ready(catalog, additional) == 2
    clock.advance(1e6)
    assert catalog.images.claim(9, 60.0) == []
    assert statuses(catalog, "a") == [FAILED, READY]
    assert catalog.products.images("shop", "a")[0].reason == "not a photo; replace it"
    assert catalog.images.pending() == 0
    assert len(catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")].descriptions) == 1


def test_photo_that_kills_its_workers_is_given_up(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    put(catalog, "b", image_link=B)
    make_ready(catalog, next(one for one in catalog.images.claim(2, 60.0) if one.sku == "b"))
    for _ in range(9):
        clock.advance(61)
        assert claim_one(catalog).sku == "a"
    clock.advance(61)
    put(catalog, "c", image_link=f"{A}?c")
    assert claim_one(catalog).sku == "c"
    assert statuses(catalog, "a") == [FAILED]
    assert "given up" in str(catalog.products.images("shop", "a")[0].reason)


def test_fail_of_a_photo_that_waits_no_more_changes_nothing(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A)
    task = claim_one(catalog)
    make_ready(catalog, task)
    catalog.images.fail(task, "late", None)
    assert statuses(catalog, "a") == [READY]


def test_photo_described_twice_is_one_change(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    first = claim_one(catalog)
    clock.advance(61)
    second = claim_one(catalog)  # the first is slow, not dead
    assert make_ready(catalog, second) == 2
    assert make_ready(catalog, first) == 2
    assert catalog.changes.head() == 2


def test_known_description_is_not_needed_again(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A)
    put(catalog, "b", store="other", image_link=A)
    for task in catalog.images.claim(2, 60.0):
        known = catalog.images.described([photo_at(A).id], SPACE)
        catalog.images.describe_ready(task, photo_at(A).image, None if known else described(photo_at(A)))
    assert statuses(catalog, "a") == statuses(catalog, "b", store="other") == [READY]


@pytest.mark.parametrize("gone", ["deleted", "link removed"])
def test_photo_that_is_listed_no_more_harms_nothing_and_keeps_its_description(catalog: Catalog, gone: str) -> None:
    put(catalog, "a", image_link=A)
    task = claim_one(catalog)
    if gone == "deleted":
        catalog.products.delete("shop", ["a"])
    else:
        put(catalog, "a", image_link=B)
    before = catalog.changes.head()
    assert make_ready(catalog, task) is None
    assert catalog.changes.head() == before
    assert catalog.images.described([photo_at(A).id], SPACE) == {photo_at(A).id}
    put(catalog, "a", image_link=A)
    assert statuses(catalog, "a") == [READY]


def test_photo_that_moved_meanwhile_is_made_ready_where_it_stands_now(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    main, _ = catalog.images.claim(2, 60.0)
    put(catalog, "a", image_link=B, additional_image_link=[A])
    make_ready(catalog, main)
    assert statuses(catalog, "a") == [PENDING, READY]
    assert catalog.products.images("shop", "a")[1].image_id == photo_at(A).id


def test_description_that_is_not_whole_is_refused_and_nothing_is_kept(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A)
    task, one = claim_one(catalog), photo_at(A)
    good = described(one)
    broken: list[Description | None] = [
        None,
        described(photo("another")),
        replace(good, regions=good.regions[:1], vectors=good.vectors[:1]),
        replace(good, regions=(), vectors=good.vectors[:0]),
        replace(good, vectors=good.vectors[:1]),
        replace(good, vectors=np.full_like(good.vectors, np.nan)),
    ]
    for description in broken:
        with pytest.raises(BadImage, match=r"image [0-9a-f]{64}"):
            catalog.images.describe_ready(task, one.image, description)
    assert catalog.images.get(one.id) is None
    assert statuses(catalog, "a") == [PENDING]
    assert catalog.changes.head() == 1


def test_upload_is_described_by_its_own_image_only(catalog: Catalog) -> None:
    put(catalog, "a", image_link=upload(catalog, "p").link)
    another = photo("another")
    with pytest.raises(BadImage, match=another.id):
        catalog.images.describe_ready(claim_one(catalog), another.image, described(another))
    assert not catalog.images.belongs("shop", another.id)


def test_fingerprint_of_any_64_bits_is_kept(catalog: Catalog) -> None:
    for number, fingerprint in enumerate((-(2**63), -1, 0, 2**63 - 1)):
        put(catalog, "a", image_link=f"{A}?{number}")
        one = photo_at(f"{A}?{number}")
        catalog.images.describe_ready(claim_one(catalog), one.image, replace(described(one), fingerprint=fingerprint))
        assert catalog.images.descriptions([one.id], SPACE)[one.id].fingerprint == fingerprint


def test_descriptions_of_two_spaces_stand_beside_each_other(catalog: Catalog) -> None:
    one = upload(catalog, "p")
    put(catalog, "a", image_link=one.link)
    catalog.images.describe_ready(claim_one(catalog), one.image, described(one, dimensions=8))
    assert catalog.images.describe_again(NEXT_SPACE) == 1
    catalog.images.describe_ready(claim_one(catalog), one.image, described(one, NEXT_SPACE, dimensions=16))
    for space, dimensions in ((SPACE, 8), (NEXT_SPACE, 16)):
        found = catalog.images.descriptions([one.id, "0" * 64], space)
        assert set(found) == {one.id}
        assert (found[one.id].space, found[one.id].vectors.shape) == (space, (2, dimensions))


def test_new_model_gets_every_photo_while_the_old_one_goes_on(catalog: Catalog) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    put(catalog, "b", store="other", image_link=A)
    put(catalog, "gone", image_link=A)
    describe_waiting(catalog)
    catalog.products.delete("shop", ["gone"])
    assert catalog.images.describe_again(SPACE) == 0
    assert catalog.images.describe_again(NEXT_SPACE) == 3
    assert catalog.images.describe_again(NEXT_SPACE) == 0
    assert statuses(catalog, "a") == [PENDING, PENDING]
    assert len(catalog.products.listings([("shop", "a")], SPACE)[("shop", "a")].descriptions) == 2
    assert catalog.products.live("shop", ["a"])["a"].image_ids == (photo_at(A).id, photo_at(B).id)
    put(catalog, "a", image_link=B, additional_image_link=[f"{A}?new", A])  # what waits may move
    tasks = describe_waiting(catalog, NEXT_SPACE)
    assert {(one.sku, one.link, one.image_id) for one in tasks} == {
        ("a", A, photo_at(A).id),
        ("a", B, photo_at(B).id),
        ("a", f"{A}?new", None),
        ("b", A, photo_at(A).id),
    }
    assert len(catalog.products.listings([("shop", "a")], NEXT_SPACE)[("shop", "a")].descriptions) == 3
    assert catalog.stats("shop", NEXT_SPACE).images == {PENDING: 0, READY: 3, FAILED: 0}
    assert catalog.changes.after(catalog.changes.head() - 1, 1)[0].kind == ChangeKind.DESCRIBED
