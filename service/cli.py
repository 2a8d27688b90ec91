"""The command ``vitrine``: each command fetches its part and calls one method."""

from __future__ import annotations

import click

from catalog import CatalogError
from detector import DetectorError
from embedder import EmbedderError
from index import VectorIndexError
from runtime.network import RuntimeFault
from runtime.weights import WeightsError
from service.commands import doctor, imports, index, keys, models, search, serve, spaces, stores


class Commands(click.Group):
    """Commands that end with the message of a fault that an operator can mend, not with a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (CatalogError, DetectorError, EmbedderError, RuntimeFault, VectorIndexError, WeightsError) as error:
            raise click.ClickException(f"{error} ('vitrine doctor' looks at every part)") from error


@click.group(cls=Commands)
@click.version_option(package_name="vitrine")
def main() -> None:
    """Vitrine: visual product search for fashion shops. Settings come from the environment (VITRINE_...)."""


main.add_command(serve.serve)
main.add_command(search.search)
main.add_command(imports.import_)
main.add_command(keys.keys)
main.add_command(stores.stores)
main.add_command(index.index)
main.add_command(spaces.spaces)
main.add_command(models.models)
main.add_command(doctor.doctor)

if __name__ == "__main__":
    main()
