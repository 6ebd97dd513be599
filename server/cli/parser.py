"""The command line's grammar. Only argparse is imported here: `--help` and a usage error must be instant."""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine import collecting
from ..version import VERSION

STRATEGIES = (
    "static", "zero-shot", "few-shot", "chain-of-thought", "step-by-step", "react", "tree-of-thoughts",
)  # fmt: skip
FILE_RUNTIMES = ("llama.cpp", "ctransformers")
LOG_LEVELS = ("error", "warning", "info", "debug")
COMPILERS = {"race-cc": "gcc", "race-c++": "g++"}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, with `run` the command's function. Exits with code 2 on a usage error."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] and given[0] in COMPILERS:  # their arguments are gcc's
        return argparse.Namespace(command=given[0], compiler_arguments=given[1:], run=_command("race_compiler"))
    # Everything after `--` belongs to the program that a verification runs; argparse would mix it with the paths.
    split = given.index("--") if "--" in given else len(given)
    arguments = _parser().parse_args(given[:split])
    if arguments.command == "models" and arguments.action is None:
        arguments.action = "list"
    arguments.program_arguments = given[split + 1 :]
    if arguments.command == "evidence" and arguments.rerun and arguments.id is None:
        _parser().error("evidence --rerun needs the ID of a certificate")
    if arguments.command == "race" and (not arguments.files) == (arguments.program is None):
        _parser().error("race needs the sources of a program, or --program")
    if arguments.program_arguments and not arguments.takes_program_arguments:
        _parser().error(f"{arguments.command} takes no arguments after --")
    return arguments


def _command(module: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        gc.disable()  # what importing makes stays: collecting meanwhile is a tenth of a short command's time
        command = importlib.import_module(f".{module}", __package__)
        collecting.collect_rarely()
        gc.enable()
        return command.run(arguments)

    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pragmatist",
        description="Find the loops of C and C++ programs that can run in parallel, see why the others cannot, and "
        "insert OpenMP pragmas that were checked.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pragmatist {VERSION}")
    parser.set_defaults(takes_program_arguments=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, module: str, summary: str, **options: Any) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False, **options)
        command.set_defaults(run=_command(module))
        return command

    check = add("check", "check", "judge every loop: parallel, candidate, serial or unknown, and why")
    _paths(check)
    _format(check)
    check.add_argument(
        "--fail-on",
        choices=("race", "parallel"),
        default="race",
        help="exit 1 when a directive races (default), or also when a pragma could be inserted",
    )

    fix = add(
        "fix",
        "fix",
        "plan, verify and insert pragmas",
        usage="pragmatist fix [OPTIONS] PATH... [-- ARGS]",
        epilog="ARGS are given to the program when it is run. Programs are compiled and run in a sandbox.",
    )
    _paths(fix)
    _format(fix)
    fix.set_defaults(takes_program_arguments=True)
    fix.add_argument("--target", choices=("cpu",), default="cpu", help="where the loops are to run")
    what = fix.add_mutually_exclusive_group()
    what.add_argument("--diff", action="store_true", help="print the diff alone, ready for `patch -p1`")
    what.add_argument("--write", action="store_true", help="change the files (without it no file is changed)")
    fix.add_argument(
        "--keep-slower",
        action="store_true",
        help="insert plans too that were measured here and are not faster",
    )
    fix.add_argument(
        "--assume-no-overlap",
        action="store_true",
        help="insert plans too that are right only if callers pass arrays apart, where no if clause can ask for that",
    )
    fix.add_argument(
        "--no-sandbox",
        action="store_true",
        help="compile and run without a sandbox: only for programs that you trust",
    )

    fix.add_argument("--strategy", choices=STRATEGIES, default="static", help="who plans (default: static)")
    _model(fix)

    plan = add("plan", "plan", "propose one way to run a loop, and say what speaks against it")
    _loop(plan)
    _strategy(plan)
    plan.add_argument(
        "--run-checks",
        action="store_true",
        help="have plans verified before they are shown: compiles and runs the program, in a sandbox",
    )
    plan.add_argument("--no-sandbox", action="store_true", help="with --run-checks: only for programs that you trust")
    plan.add_argument("--trace", action="store_true", help="show the answers of the model as a tree")
    _format(plan)

    report = add(
        "report",
        "report",
        "write a page that shows why a loop can, or cannot, run in parallel",
        usage="pragmatist report [OPTIONS] FILE:LINE -o OUT.html [-- ARGS]",
        epilog="Nothing of the program is compiled or run: the evidence shown is that of an earlier "
        "`pragmatist fix FILE [-- ARGS]`.",
    )
    _loop(report)
    report.add_argument(
        "-o", dest="output", metavar="OUT.html", required=True, help="where to write the page, - for standard output"
    )
    _strategy(report)
    report.set_defaults(takes_program_arguments=True)

    race = add(
        "race",
        "race",
        "run an OpenMP program so that its data races show, whatever the schedule and the number of cores",
        usage="pragmatist race [OPTIONS] {FILE... | --program PROGRAM} [-- ARGS]",
        epilog="ARGS are given to the program. It is compiled by gcc and run in a sandbox, on our own OpenMP runtime.",
    )
    race.add_argument("files", nargs="*", metavar="FILE", help="the sources of one program, C or C++")
    race.add_argument(
        "--program",
        metavar="PROGRAM",
        help="in place of FILE: what your own build made with CC='pragmatist race-cc' CXX='pragmatist race-c++'",
    )
    race.set_defaults(takes_program_arguments=True)
    race.add_argument("-D", dest="define", action="append", default=[], metavar="NAME[=VALUE]", help="define a macro")
    race.add_argument("-I", dest="include", action="append", default=[], metavar="DIR", help="look for headers there")
    race.add_argument("-l", dest="library", action="append", default=[], metavar="LIBRARY", help="link with a library")
    race.add_argument("--std", metavar="STANDARD", help="the language standard, as for gcc: c11, c++20")
    race.add_argument("--seeds", type=_count(1, 1000), default=4, metavar="N", help="runs, each another order (4)")
    race.add_argument("--lanes", type=_count(2, 64), default=8, metavar="N", help="threads of a team (8)")
    race.add_argument("--no-sandbox", action="store_true", help="only for programs that you trust")
    _format(race)

    for name, gcc in COMPILERS.items():
        add(name, "race_compiler", f"in place of {gcc} in a build of your own: what it links is for `race --program`")

    evidence = add("evidence", "evidence", "show what verifications found: all of them, or one in full")
    evidence.add_argument("id", nargs="?", metavar="ID", help="a certificate's id, or the beginning of it")
    evidence.add_argument(
        "--rerun",
        action="store_true",
        help="check again what that certificate says, and exit 1 when it comes out otherwise",
    )
    evidence.add_argument("--no-sandbox", action="store_true", help="with --rerun: only for programs that you trust")
    _format(evidence)

    doctor = add("doctor", "doctor", "say which compilers, sanitizers and tools are here, and what is missing")
    _format(doctor)

    _models(add("models", "models", "list the language models that are here, try one, or get one"))

    serve = add("serve", "serve", "be a language server on stdin and stdout (started by an editor)")
    serve.add_argument("--log-file", metavar="FILE", help="write log messages to the end of FILE too")
    serve.add_argument("--log-level", choices=LOG_LEVELS, default="warning", help="how much to log (default: warning)")
    return parser


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model",
        metavar="GGUF|NAME",
        help="for every strategy but static: a model file, one of `pragmatist models`, or one of the endpoint "
        "(default: PRAGMATIST_MODEL)",
    )
    _endpoint(command)
    _runtime(command)


def _endpoint(command: argparse.ArgumentParser, default: str | None = None) -> None:
    command.add_argument(
        "--endpoint",
        metavar="URL",
        default=default,
        help="a model server: Ollama, llama.cpp, vLLM, LM Studio, or any other that is OpenAI-compatible "
        "(default: PRAGMATIST_ENDPOINT; its key, if it wants one: PRAGMATIST_MODEL_KEY)",
    )


def _runtime(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--runtime", choices=FILE_RUNTIMES, default="llama.cpp", help="what runs a model file (default: llama.cpp)"
    )


def _models(command: argparse.ArgumentParser) -> None:
    _endpoint(command)
    _format(command)
    command.set_defaults(action="list")
    # An action's own options have no defaults: those would overrule what stands before the action.
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="those that are set up and found (what is done without an ACTION)")
    test = actions.add_parser("test", help="have one plan a small loop, and say how fast it is")
    test.add_argument("name", metavar="GGUF|NAME", help="a model file, one of the list, or one of the endpoint")
    test.add_argument("--strategy", choices=STRATEGIES[1:], default="zero-shot", help="(default: zero-shot)")
    _endpoint(test, argparse.SUPPRESS)
    _runtime(test)
    _format(test, argparse.SUPPRESS)
    pull = actions.add_parser(
        "pull",
        help="get one from the public hub into the folder of models, or have an Ollama server get it",
        epilog="Models are kept in PRAGMATIST_MODELS. The hub is that of the library huggingface_hub, or HF_ENDPOINT.",
    )
    pull.add_argument("name", metavar="NAME", help="qwen2.5:1.5b, llama3.2:1b or gemma3:1b; with --endpoint, any")
    _endpoint(pull, argparse.SUPPRESS)
    _format(pull, argparse.SUPPRESS)


def _count(least: int, most: int) -> Callable[[str], int]:
    def read(word: str) -> int:
        if not word.isdecimal() or not least <= int(word) <= most:
            raise argparse.ArgumentTypeError(f"{word!r} is no number from {least} to {most}")
        return int(word)

    return read


def _paths(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="a C or C++ file, or a directory of them")


def _format(command: argparse.ArgumentParser, default: str = "text") -> None:
    command.add_argument("--format", choices=("text", "json"), default=default, help="what to print (default: text)")


def _loop(command: argparse.ArgumentParser) -> None:
    command.add_argument("loop", metavar="FILE:LINE", help="the line of the loop's `for`")


def _strategy(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strategy", choices=STRATEGIES, default="static", help="who proposes (default: static)")
    _model(command)
