"""How far long work has come: a bar on a terminal, silence in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar", "say_note"]


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None]]:
    """Yield ``report(fraction)``, with a fraction from 0 to 1; the bar goes away when the work ends."""
    if not sys.stderr.isatty():
        yield lambda fraction: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def say_note(sentence: str) -> None:
    """Print a remark on stderr, where it spoils no result."""
    print(f"note: {sentence}", file=sys.stderr)
