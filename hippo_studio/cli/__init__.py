"""The command line: ``hippo-studio [FILE ...]`` opens the studio, ``hippo-studio COMMAND …`` works without.

The first word decides. If it names a command of `COMMANDS`, that command runs; everything else is for the
studio, so ``hippo-studio ./project`` opens a file of that name. Bad usage and bad input end with exit status
2 and one sentence on stderr, Ctrl-C with 130, and what nobody foresaw with 1: a traceback is never shown
unless HIPPO_STUDIO_TRACEBACK is set.
"""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import FrameType
from typing import NoReturn

import typer

__all__ = ["COMMANDS", "Command", "main"]

PROGRAM = "hippo-studio"


@dataclass(frozen=True)
class Command:
    """One command: the module that holds it as ``run``, and the line that ``--help`` says of it."""

    module: str
    summary: str


#: Every command by its name. A new one is one file in this folder and one line here.
COMMANDS = {
    "project": Command(
        "hippo_studio.cli.project", "project a signal onto a HiPPO memory, write coefficients"
    ),
    "train": Command("hippo_studio.cli.train", "fit a classifier to labelled sequences"),
    "sweep": Command("hippo_studio.cli.sweep", "train with many settings, say which are best"),
    "evaluate": Command("hippo_studio.cli.evaluate", "say how good a trained model is on data"),
    "predict": Command("hippo_studio.cli.predict", "name the class of signals by a trained model"),
    "export": Command("hippo_studio.cli.export", "write a trained model, its kernels or a report"),
    "info": Command("hippo_studio.cli.info", "say what a file holds, or what this machine offers"),
}

STUDIO = Command("hippo_studio.cli.studio", "open the studio")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; `argv` is without the program's name."""
    # Threads of torch that spin while they wait make each other late: 40 times slower on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments and arguments[0] in COMMANDS else None
    try:
        return _run(name, arguments)
    except typer.TyperException as error:
        return _refuse(_usage_sentence(error, name, arguments))
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C; no unfinished file was left behind.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError) as error:  # what the layers below raise for bad input, in a sentence
        if "HIPPO_STUDIO_TRACEBACK" in os.environ:
            raise
        return _refuse(str(error), arguments)
    except MemoryError:
        return _refuse("There is not enough memory for this; choose fewer frames, channels or a lower order.")
    except Exception as error:
        if "HIPPO_STUDIO_TRACEBACK" in os.environ:
            raise
        from hippo_studio.learning.extras import missing_package

        if sentence := missing_package(error):
            return _refuse(sentence)
        _refuse(
            f"{PROGRAM} failed by a fault of its own ({type(error).__name__}: {error}); "
            "set HIPPO_STUDIO_TRACEBACK=1 to see where, and please report it."
        )
        return 1


def _run(name: str | None, arguments: list[str]) -> int:
    command = STUDIO if name is None else COMMANDS[name]
    application = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    application.command(epilog=_list_of_commands() if name is None else None)(
        import_module(command.module).run
    )
    entry = typer.main.get_command(application)
    for parameter in entry.params:
        if parameter.param_type_name == "argument":  # its name says what it is; no <list[Path]> beside it
            parameter.display_type_rich = lambda ctx: None  # type: ignore[attr-defined]
    if name is None:
        status = entry.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    else:
        before = signal.signal(signal.SIGTERM, _end_in_order)
        try:
            status = entry.main(args=arguments[1:], prog_name=f"{PROGRAM} {name}", standalone_mode=False)
        finally:
            signal.signal(signal.SIGTERM, before)
    if status == 130:  # typer's word for Ctrl-C
        raise KeyboardInterrupt
    sys.stdout.flush()  # now, while a reader that went away is no fault
    return int(status or 0)


def _list_of_commands() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    more = f"'{PROGRAM} COMMAND --help' tells more. To open a file named like a command, write ./ before it."
    return "\b\nCommands, each with its own --help:\n" + "\n".join(lines) + f"\n\n{more}"


def _end_in_order(_signal: int, _frame: FrameType | None) -> NoReturn:
    """On a request to terminate, unwind, so that no unfinished file stays."""
    raise SystemExit(128 + signal.SIGTERM)


def _usage_sentence(error: typer.TyperException, name: str | None, arguments: list[str]) -> str:
    """Reduce what typer has to say to one sentence that quotes the value and says where to read on."""
    text = " ".join(error.format_message().split()).rstrip(".")
    for option in getattr(getattr(error, "param", None), "opts", ()):
        for index, argument in enumerate(arguments):
            if argument == option and index + 1 < len(arguments):
                text += f", received {arguments[index + 1]!r}"
            elif argument.startswith(f"{option}="):
                text += f", received {argument.partition('=')[2]!r}"
    return f"{text}; see {PROGRAM}{f' {name}' if name else ''} --help."


def _refuse(sentence: str, names: Sequence[str] = ()) -> int:
    """Say why not, on one line of stderr; the status for bad usage and bad input.

    It begins with a capital letter, unless its first word is one of `names`, no plain word, such as a path,
    or a name that stands without an article: “lr is …”.
    """
    line = " ".join(sentence.split())
    first, _, rest = line.partition(" ")
    a_name = first in names or rest.startswith("is ")
    if first.isascii() and first.isalpha() and first.islower() and not a_name:
        line = line[0].upper() + line[1:]
    print(line if line.endswith((".", "!", "?")) else f"{line}.", file=sys.stderr)
    return 2
