"""``vitrine stores``: an operator makes stores and allows hosts to them."""

from __future__ import annotations

from tests.service.conftest import Command


def test_host_is_allowed_to_one_store_and_taken_back(vitrine: Command) -> None:
    for store in ("shop", "other"):
        assert vitrine("stores", "create", store, "--name", store.title()).exit_code == 0
    assert vitrine("stores", "allow", "images.internal:8080", "shop").exit_code == 0
    assert vitrine("stores", "list").output.splitlines() == ["other\t\tOther", "shop\timages.internal:8080\tShop"]
    assert vitrine("stores", "disallow", "images.internal:8080", "shop").exit_code == 0
    again = vitrine("stores", "disallow", "images.internal:8080", "shop")
    assert (again.exit_code, "vitrine stores list" in again.output) == (1, True)


def test_mistakes_are_named_with_what_to_do(vitrine: Command) -> None:
    unknown = vitrine("stores", "allow", "images.internal", "nowhere")
    assert (unknown.exit_code, "vitrine stores create nowhere" in unknown.output) == (1, True)
    vitrine("stores", "create", "shop")
    bad = vitrine("stores", "allow", "http://images.internal/a", "shop")
    assert (bad.exit_code, "write a name or an address" in bad.output) == (1, True)
    assert vitrine("stores", "create", "shop").exit_code == 1
