"""What an editor can set: one table, from which the reference in docs/configuration.md is made.

Workspace trust, and what else may start something, comes from `initializationOptions` and from nowhere else: what an
editor answers to `workspace/configuration` may stand in a file of the workspace, and whoever can write the workspace
could otherwise have its code run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from ..engine.setting import CODES, FLAG, QUICK_PASS, Kind, Setting, choice, number, optional, read

Scope = Literal["start", "window", "folder"]
SCOPES: dict[Scope, str] = {
    "start": "only in `initializationOptions`, so that no file of a workspace can set it",
    "window": "in `initializationOptions`, and in the editor's configuration, where it may change at any time",
    "folder": "the same, and each folder of a workspace may have its own",
}
LEVELS = ("error", "warning", "info", "debug")
SECTION = "pragmatist"
STRATEGIES = ("zero-shot", "few-shot", "chain-of-thought", "step-by-step", "react", "tree-of-thoughts")
_NAME = Kind("a text that is not empty", lambda value: isinstance(value, str) and value != "")
OF_EDITORS = ("server", "trace")  # tables in this section that the extensions of editors have for themselves


def _setting(name: str, kind: Kind, default: Any, scope: Scope, about: str) -> Any:
    return field(default=default, metadata={"setting": Setting(name, kind, default, about, scope)})


@dataclass(frozen=True)
class Settings:
    """The settings that hold, of the server or of one folder.

    To add one is to add a field here, and to run `python -m pragmatist.server.configuration_page`.
    """

    trusted: bool = _setting(
        "trusted", FLAG, False, "start",
        "The user trusts the workspace: its programs may be compiled and run, to verify plans.",
    )  # fmt: skip
    no_sandbox: bool = _setting(
        "noSandbox", FLAG, False, "start",
        "Compile and run without a sandbox, where bubblewrap does not work.",
    )  # fmt: skip
    disabled: tuple[str, ...] = _setting(
        "diagnostics.disabled", CODES, (), "folder",
        "Codes and families of codes that are switched off.",
    )  # fmt: skip
    serial_loops: bool = _setting(
        "diagnostics.serialLoops", FLAG, False, "folder",
        "Say at every loop that cannot run in parallel, or cannot be judged, why (as hints).",
    )  # fmt: skip
    code_lens: bool = _setting(
        "codeLens", FLAG, True, "window",
        "Show above a loop what can be done with it.",
    )  # fmt: skip
    inlay_hints: bool = _setting(
        "inlayHints", FLAG, True, "window",
        "Show behind a loop's header what is known of it.",
    )  # fmt: skip
    debounce_ms: float | None = _setting(
        "debounceMs", optional(number(0, 60_000, unit="milliseconds")), None, "window",
        "How long a pause in typing must be before a text is analysed. With null it is as long as recent analyses of "
        "the text took (their median times `debounce.ratio`), within the two bounds below.",
    )  # fmt: skip
    debounce_ratio: float = _setting(
        "debounce.ratio", number(0, 100), 1.0, "window",
        "How many times the median of recent analyses the pause is.",
    )  # fmt: skip
    debounce_minimum_ms: float = _setting(
        "debounce.minimumMs", number(0, 60_000, unit="milliseconds"), 50, "window",
        "The shortest such pause.",
    )  # fmt: skip
    debounce_maximum_ms: float = _setting(
        "debounce.maximumMs", number(0, 60_000, unit="milliseconds"), 500, "window",
        "The longest such pause.",
    )  # fmt: skip
    quick_pass: str | None = _setting(
        "quickPass", optional(QUICK_PASS), None, "folder",
        "How loops are planned while a text is edited. `static`: by the static planner alone. `zero-shot` and "
        "`chain-of-thought`: afterwards a model is asked about the loops that are not proved, in a process of its own; "
        "its plans are candidates, and are what is verified. `off`: diagnostics and inlay hints say nothing of loops "
        "that could run in parallel. With null it is what `editor.quick_pass` of the project's `pragmatist.toml` says, "
        "or else `static`.",
    )  # fmt: skip
    deep_pass: str = _setting(
        "deepPass", choice("static", *STRATEGIES), "tree-of-thoughts", "window",
        "How a model is asked for another plan when a loop is to be parallelised and the checks do not confirm the "
        "static planner's. Without a model, and with `static`, none is asked.",
    )  # fmt: skip
    model: str | None = _setting(
        "model", optional(_NAME), None, "start",
        "The model to ask: a GGUF file, one of `pragmatist models`, or one of `endpoint`. With null it is the one that "
        "`pragmatist models` says is asked when none is named.",
    )  # fmt: skip
    endpoint: str | None = _setting(
        "endpoint", optional(_NAME), None, "start",
        "The address of a model server, in place of `PRAGMATIST_ENDPOINT`.",
    )  # fmt: skip
    log_level: str = _setting(
        "logLevel", choice(*LEVELS), "warning", "window",
        "How much the server tells in the editor's log (`window/logMessage`).",
    )  # fmt: skip
    status: bool = _setting(
        "status", FLAG, False, "start",
        "Send [`pragmatist/status`](language-server.md#status): for clients that show it.",
    )  # fmt: skip


TABLE: tuple[Setting, ...] = tuple(each.metadata["setting"] for each in fields(Settings))
_FIELDS = {each.metadata["setting"].name: each.name for each in fields(Settings)}


def read_settings(options: Any) -> tuple[Settings, list[str]]:
    """The settings of `initializationOptions`, at its top or below our name, and what is wrong with them."""
    if options is None:
        return Settings(), []
    given = options.get(SECTION, options) if isinstance(options, Mapping) else options
    if not isinstance(given, Mapping):
        return Settings(), ['initializationOptions: expected an object, such as {"trusted": true}']
    return _changed(Settings(), given)


def read_configuration(base: Settings, given: Any) -> tuple[Settings, list[str]]:
    """`base` with what the editor's configuration says in its place, and what is wrong with that.

    What may only be set at the start stays as it was there; where the configuration wants it otherwise, a message says
    so.
    """
    if given is None:
        return base, []
    if not isinstance(given, Mapping):
        return base, [f"{SECTION}: expected an object with settings"]
    settings, problems = _changed(base, given)
    for setting in TABLE:
        name = _FIELDS[setting.name]
        if setting.scope == "start" and getattr(settings, name) != getattr(base, name):
            settings = replace(settings, **{name: getattr(base, name)})
            problems.append(
                f"{SECTION}.{setting.name} is taken from initializationOptions alone, when the server starts: this may "
                "come from a file of the workspace"
            )
    return settings, problems


def quick_pass(settings: Settings, of_project: str | None) -> str:
    """The quick pass that holds where the project says `of_project`. That is a file of the workspace: it can have a
    model asked only where the user trusts the workspace."""
    if settings.quick_pass is not None:
        return settings.quick_pass
    if of_project is None or (asks_model(of_project) and not settings.trusted):
        return "static"
    return of_project


def asks_model(quick_pass: str) -> bool:
    return quick_pass in STRATEGIES


def of_folder(window: Settings, folder: Settings) -> Settings:
    """The window's settings with what a folder may have for itself."""
    own = [_FIELDS[setting.name] for setting in TABLE if setting.scope == "folder"]
    return replace(window, **{name: getattr(folder, name) for name in own})


def _changed(base: Settings, given: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    ours = {name: value for name, value in given.items() if name not in OF_EDITORS}
    values, problems = read(TABLE, ours, f"{SECTION}.")
    made = {_FIELDS[name]: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return replace(base, **made), [str(problem) for problem in problems]
