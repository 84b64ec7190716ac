"""Where labelled sequences come from: one file per source, all giving the same `DataSet`.

    from hippo_studio.learning.datasets import open_data
    data = open_data("task:digits")          # a built-in task; TASKS lists them
    data = open_data("sounds/").prepare()    # a folder per class, decoded and kept for the next time

Importing this package imports NumPy and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets.assembling import assemble
from hippo_studio.learning.datasets.loaded import Like, with_test
from hippo_studio.learning.datasets.preview import Preview, looked_through, preview
from hippo_studio.learning.datasets.sources import SOURCES, find_source, holds_examples, label_of_moments
from hippo_studio.learning.datasets.tasks import PREFIX, TASKS, open_task
from hippo_studio.learning.whereabouts import absolute

__all__ = [
    "SOURCES",
    "TASKS",
    "Preview",
    "find_source",
    "holds_examples",
    "label_of_moments",
    "looked_through",
    "open_data",
    "preview",
]


def open_data(source: str, *, test: str = "", seed: int = 0, to_learn: bool = True) -> DataSet:
    """Return labelled data; `prepare` them before training.

    Parameters
    ----------
    source : "task:NAME" for a built-in task, or the path of a folder or file.
    test : the path of what to report on; by default what the source itself sets aside for it, or a part.
    seed : chooses which examples to learn from are held back for validation. The test part does not depend on
        it, so that a run may be evaluated under another seed.
    to_learn : whether a classifier is to learn from them; to ask one that is there, examples of one class, or
        a single one, will do.

    Raises
    ------
    DataError
        In one sentence, if there are no such data or nothing can be learned from them.
    """
    if source.startswith(PREFIX):
        if test:
            raise DataError(f"{source} brings its own test part; leave out test = {test!r}.")
        return open_task(source.removeprefix(PREFIX), seed)
    with reading(source):
        where = Path(absolute(source))
        loaded = find_source(where).load(where)
    if test:
        with reading(test):
            other = Path(absolute(test))
            like = Like(loaded.collection.sample_rate, loaded.described.channel_names)
            loaded = with_test(loaded, find_source(other).load(other, like))
    return assemble(
        loaded.described,
        loaded.collection,
        loaded.roles,
        seed=seed,
        validation_share=loaded.validation_share,
        to_learn=to_learn,
    )


@contextmanager
def reading(source: str) -> Iterator[None]:
    """What the system says of a path becomes one sentence."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".").lower()
        raise DataError(f"{error.filename or source} cannot be read: {reason}.") from None
