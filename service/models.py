"""The models that settings name, made and run as they say, and which space of the catalog they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from service.settings import Settings

if TYPE_CHECKING:  # importing costs nothing; models are loaded when they are made
    from collections.abc import Mapping

    from catalog import Catalog, KeptSpace
    from detector import Detector
    from embedder import Embedder
    from pipeline.describe import Describer
    from runtime.network import Runtime

MODEL_SETTINGS = ("detector_weights", "embedder_model", "embedder_weights")  # that make the models of a space
log = structlog.get_logger(__name__)


def open_space(
    settings: Settings, catalog: Catalog, detector: Detector | None = None, embedder: Embedder | None = None
) -> tuple[KeptSpace, Describer]:
    """Return the active space of the catalog and its describer; until something is described, that of the settings.

    A detector or an embedder that is given takes the place of the one the settings name.
    """
    active = catalog.spaces.active()
    if active is not None and active.model != model_of(settings) and catalog.spaces.is_used(active.id):
        log.warning("settings name other models than searches use; 'vitrine spaces fill' adds them", active=active.id)
        return active, describer_of(settings, active)
    describer = make_describer(settings, detector, embedder)
    if active is not None and active.id == describer.apart().space.id:
        return active, describer.apart()
    return catalog.spaces.begin(describer.space.id, model_of(settings)), describer


def active_space(settings: Settings, catalog: Catalog) -> str:
    """Return the id of the active space, its models not loaded; on the first start it is the one of the settings."""
    active = catalog.spaces.active()
    return (active or catalog.spaces.begin(space_of(settings), model_of(settings))).id


def space_of(settings: Settings) -> str:
    """Return the id of the space that the settings name; of the shipped one without loading its model."""
    from embedder import fused

    return make_embedder(settings).space.id if settings.embedder_model else fused.shipped_space()


def fill_space(settings: Settings, catalog: Catalog) -> KeptSpace:
    """Begin to fill the space that the settings make, beside the active one. Raises WrongSpaceState.

    Where another detector has given its vectors the embedder's name, it is named after both.
    """
    describer, model = make_describer(settings), model_of(settings)
    taken = any(one.id == describer.space.id and one.model != model for one in catalog.spaces.kept())
    return catalog.spaces.fill((describer.apart() if taken else describer).space.id, model)


def describer_of(
    settings: Settings, space: KeptSpace, detector: Detector | None = None, embedder: Embedder | None = None
) -> Describer:
    """Return the describer of a space that the catalog keeps. Raises WeightsError if the models here make another."""
    from runtime.weights import WeightsError

    describer = make_describer(settings_of(settings, space), detector, embedder)
    for one in (describer, describer.apart()):
        if one.space.id == space.id:
            return one
    raise WeightsError(f"the models here make space {describer.space.id}; the weights of {space.id} are needed")


def settings_of(settings: Settings, space: KeptSpace) -> Settings:
    """Return the settings with which the models of a space are made."""
    return Settings.model_validate(settings.model_dump() | dict(space.model))


def model_of(settings: Settings) -> Mapping[str, str | None]:
    """Return the settings that make the models of a space, as the catalog keeps them with it."""
    given = {name: getattr(settings, name) for name in MODEL_SETTINGS}
    return {name: str(value) if value else None for name, value in given.items()}


def make_describer(settings: Settings, detector: Detector | None = None, embedder: Embedder | None = None) -> Describer:
    """Return a detector and an embedder, working together: those given, or else those of the settings."""
    from pipeline.describe import Describer

    return Describer(detector or make_detector(settings), embedder or make_embedder(settings))


def make_detector(settings: Settings, runtime: Runtime | None = None) -> Detector:
    """Return the shipped detector, or another one by its weights; run by the settings' runtime if none is given."""
    from detector.yolo import SHIPPED, YoloDetector
    from runtime import threads

    threads.limit_opencv()
    return YoloDetector(settings.detector_weights or SHIPPED, runtime=runtime or make_runtime(settings))


def make_embedder(settings: Settings, runtime: Runtime | None = None) -> Embedder:
    """Return the shipped space, or the model that is named; run by the settings' runtime if none is given."""
    from embedder.fused import FusedEmbedder
    from embedder.named import named

    runtime = runtime or make_runtime(settings)
    if not settings.embedder_model:
        return FusedEmbedder(runtime=runtime)
    return named(
        settings.embedder_model, weights=settings.embedder_weights, allow_download=settings.allow_download,
        runtime=runtime,
    )  # fmt: skip


def make_runtime(settings: Settings) -> Runtime:
    """Return what runs the models, in micro-batches."""
    from runtime.batching import BatchingRuntime
    from runtime.compiled import CompiledRuntime
    from runtime.eager import EagerRuntime

    if is_compiled(settings):
        runtime = CompiledRuntime(settings.model_cache, settings.model_threads)
        return BatchingRuntime(runtime, runtime.streams)
    return BatchingRuntime(EagerRuntime(settings.device, settings.model_threads))


def is_compiled(settings: Settings) -> bool:
    """Whether OpenVINO runs the models: on a CPU, unless the settings say; torch runs them elsewhere."""
    return settings.device == "cpu" if settings.runtime == "auto" else settings.runtime == "openvino"
