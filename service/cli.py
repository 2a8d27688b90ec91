"""The command ``vitrine``: each command fetches its part and calls one method."""

from __future__ import annotations

import click

from service.commands import doctor, imports, index, keys, search, serve


@click.group()
@click.version_option(package_name="vitrine")
def main() -> None:
    """Vitrine: visual product search for fashion shops. Settings come from the environment (VITRINE_...)."""


main.add_command(serve.serve)
main.add_command(search.search)
main.add_command(imports.import_)
main.add_command(keys.keys)
main.add_command(index.index)
main.add_command(doctor.doctor)

if __name__ == "__main__":
    main()
