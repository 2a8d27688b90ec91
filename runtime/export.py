"""Exports one network into OpenVINO's format: ``python -m runtime.export FOLDER MAKE [ARGUMENT ...]``.

A process of its own, because it loads torch and whatever makes the network, and ends.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

from runtime.compiled import FAULT
from runtime.installed import ABOUT, NETWORK, RECIPE
from runtime.network import Made, Recipe


def main() -> None:
    """Export, or leave what went wrong in the folder."""
    folder, make, *arguments = sys.argv[1:]
    try:
        (Path(folder) / RECIPE).write_text(json.dumps({"make": make, "arguments": arguments}))
        made = Recipe(make, tuple(arguments), digest="").follow()
    except Exception as error:  # told to the process that asked, which knows what to do about it
        (Path(folder) / FAULT).write_bytes(pickle.dumps(error))
        sys.exit(1)
    save(made, Path(folder))


def save(made: Made, folder: Path) -> None:
    """Write the network, its weights in half precision, and what is said of it."""
    import openvino
    import torch

    with torch.no_grad():
        model = openvino.convert_model(made.module.eval(), example_input=made.examples)
    model.reshape({port: list(shape) for port, shape in zip(model.inputs, made.shapes, strict=True)})
    openvino.save_model(model, folder / NETWORK, compress_to_fp16=True)
    (folder / ABOUT).write_text(json.dumps(made.about))


if __name__ == "__main__":
    main()
