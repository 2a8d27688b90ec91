"""Change the models of a running `vitrine serve` while a shopper searches without pause, and say what it costs.

    python -m benchmarks.spaces --photos 600 --json out.json

Rendered garments, each photo with bytes of its own, are described by the shipped models; then a second space of the
same cost is filled beside the first, switched to, rolled back from, switched to again, and the first one dropped.
Searches are timed one after the other in every phase: `before`, `filling`, `ready` (two spaces at hand), `after` (one
again). `switch_seconds` go from the switch to the first answer in the new space. `failed_searches` and
`strange_answers` (that do not find the photo itself, as vectors of two spaces would not) are broken promises: 0. Memory
is what each process holds while one space is at hand, and while two are.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import made_up, scrape
from benchmarks.ingest import new_key, photo, rendered
from benchmarks.processes import end_in_order, free_port, wait_until
from benchmarks.report import Figure, hand_over, milliseconds
from benchmarks.rest import Client, NoAnswer
from benchmarks.spaces.models import AGAIN
from benchmarks.spaces.processes import MODULE
from benchmarks.vitrine import Vitrine
from catalog import Catalog, SpaceState
from pipeline import changeover
from service.build import open_catalog
from service.models import model_of
from service.settings import Settings

NEXT = f"{AGAIN}@1"
SAME = 0.98  # the least score of a photo that is found by itself
LIMIT_SECONDS = 3_600.0
MIB = 1024**2


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=20.0, help="Of searching in each phase but the filling")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(rendered(options.seed), options.photos, options.seconds)
    settings = {name: value for name, value in vars(options).items() if name != "json"}
    hand_over("spaces", figures, settings, options.json)


class Shopper:
    """Searches for one photo of the catalog, again and again, and notes what each search took and what was odd."""

    def __init__(self, client: Client, data: bytes) -> None:
        self._client = client
        self._photo = data
        self.times: list[float] = []
        self.space = ""  # that answered last
        self.searches = self.failed = self.strange = 0

    def search(self) -> None:
        """Search once."""
        photo = base64.b64encode(made_up.retaken(self._photo, self.searches)).decode()
        asked = time.monotonic()
        self.searches += 1
        try:
            reply = self._client.search(image_base64=photo, limit=5)
        except NoAnswer:
            reply = None
        if reply is None or reply.status != 200:
            self.failed += 1
            return
        self.times.append(time.monotonic() - asked)
        hits = reply.body["regions"][0]["hits"]
        self.strange += not hits or hits[0]["score"] < SAME
        self.space = reply.body["space"]

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Search in the background until the block ends."""
        stopping = threading.Event()

        def search_on() -> None:
            while not stopping.is_set():
                self.search()

        thread = threading.Thread(target=search_on)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()

    def taken(self, phase: str) -> dict[str, Figure]:
        """Return what searches took since this was asked the last time."""
        times, self.times = self.times, []
        return milliseconds(f"{phase}_search_", times)

    def waits_for(self, space: str, changed: Callable[[], object]) -> float:
        """Return the seconds from a change to the first answer in that space."""
        changed()
        begun = time.monotonic()
        wait_until(lambda: self.space == space, f"an answer comes in {space}")
        return time.monotonic() - begun


def measure(photos: list[bytes], count: int, seconds: float) -> dict[str, Figure]:
    """Go through all phases; return the figures."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-spaces-")))
        worker_port = free_port()
        settings = {"VITRINE_WORKER_METRICS_PORT": str(worker_port)}
        server = running.enter_context(Vitrine(folder / "data", settings, module=MODULE))
        client = Client(server.port, new_key(folder / "data", settings))
        server.wait_until_ready()
        upload(client, photos, count)
        made = Settings(_env_file=None, data_dir=folder / "data")
        catalog = running.enter_context(open_catalog(made))
        shopper = Shopper(client, photo(photos, 0))
        ports = {"api": server.port, "worker": worker_port}
        running.enter_context(shopper.searching())
        return story(catalog, shopper, made, ports, count, seconds)


def upload(client: Client, photos: list[bytes], count: int) -> None:
    """Put a product with one photo of its own per number, and wait until all can be found."""
    links = [client.upload(photo(photos, number)).body["image_link"] for number in range(count)]
    lines = [{"sku": made_up.sku(number), "title": "Garment", "image_link": link} for number, link in enumerate(links)]
    client.put_many(lines)

    def settled() -> bool:
        stats = client.ask("GET", "/v1/stats").body
        return not stats["images"]["pending"] and stats["index_seq"] >= stats["seq"]

    wait_until(settled, "all photos are described", LIMIT_SECONDS)


def story(
    catalog: Catalog, shopper: Shopper, settings: Settings, ports: dict[str, int], count: int, seconds: float
) -> dict[str, Figure]:
    """Fill, switch, roll back, switch again, drop, with the shopper at it all the time."""
    first = catalog.spaces.kept()[0].id
    time.sleep(seconds)
    figures = shopper.taken("before") | memory("one_space", ports)
    begun = time.monotonic()
    catalog.spaces.fill(NEXT, model_of(settings.model_copy(update={"embedder_model": AGAIN})))
    wait_until(lambda: catalog.spaces.get(NEXT).state is SpaceState.READY, "the space is filled", LIMIT_SECONDS)
    figures |= {"filled_photos_per_second": count / (time.monotonic() - begun), **shopper.taken("filling")}
    time.sleep(seconds)
    figures |= shopper.taken("ready") | memory("two_spaces", ports)
    figures["switch_seconds"] = shopper.waits_for(NEXT, lambda: changeover.switch(catalog, NEXT))
    figures["rollback_seconds"] = shopper.waits_for(first, catalog.spaces.rollback)
    figures["second_switch_seconds"] = shopper.waits_for(NEXT, lambda: changeover.switch(catalog, NEXT))
    shopper.taken("changing")
    begun = time.monotonic()
    changeover.drop(catalog, first)
    figures["drop_seconds"] = time.monotonic() - begun
    time.sleep(seconds)
    figures |= shopper.taken("after") | memory("dropped", ports)
    told = {"searches": shopper.searches, "failed_searches": shopper.failed, "strange_answers": shopper.strange}
    return told | figures


def memory(phase: str, ports: dict[str, int]) -> dict[str, Figure]:
    """Return what each process holds of memory."""
    sample = ("process_resident_memory_bytes", ())
    return {f"{phase}_{name}_mib": scrape.scrape(port)[sample] / MIB for name, port in ports.items()}


if __name__ == "__main__":
    end_in_order()
    main()
