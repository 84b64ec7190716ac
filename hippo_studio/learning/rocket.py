"""The random-convolution baseline: MiniRocket's fixed kernels with a ridge classifier on top, from sktime.

Nothing of the convolutions is learned: ten thousand shares of positive values, and a linear classifier of
them. It is hard to beat on short series, so it is what a trained model is measured against: on the same
splits, in a run folder of its own. Dempster et al., MiniRocket, KDD 2021; ridge and its α as there.

Nothing heavy is imported before it is needed. The run has no model file: what it is for is its report.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning import runs
from hippo_studio.learning.data import Cancelled, DataError, DataSet, Split
from hippo_studio.learning.events import StopReason

NAME, TITLE = "minirocket", "MiniRocket"
SUMMARY = "random convolutions and a linear classifier: the baseline to beat"
KEYS = ("model", "data", "test", "seed")
"""What can be asked of it; there is nothing else to choose."""
KERNELS, FEWEST_KERNELS = 9996, 84
ROOM = 40_000_000
"""Features of all training examples together: of many examples fewer are taken, as ridge's time grows."""
LOOKED_AT = 512
"""Training examples from which the thresholds are drawn."""
SHORTEST = 9
"""Moments that a kernel spans; a shorter series is padded with zeros."""
CHUNK = 1 << 20
"""Values that are transformed at once, between two looks at whether the result is still wanted."""

_ONE_AT_A_TIME = threading.Lock()
"""Numba's simplest threading layer ends the process if two threads enter it at once."""
Floats = NDArray[np.float32]


def check_keys(flat: Mapping[str, Any]) -> None:
    """Raise ValueError for a key that MiniRocket has no use for."""
    for name in flat:
        if name not in KEYS:
            raise ValueError(
                f"{TITLE} has no use for {name}: it is fitted in one go, and takes {', '.join(KEYS)} alone."
            )


def check_data(data: DataSet) -> None:
    """Raise DataError for data that MiniRocket cannot take."""
    if data.vocabulary is not None:
        raise DataError(f"{TITLE} convolves signals, and {data.title} is made of tokens; train a model.")
    if data.per_moment:
        raise DataError(
            f"{TITLE} gives one label per series, and {data.title} has targets per moment; train a model."
        )


def fit_baseline(
    data: DataSet,
    folder: str | Path,
    *,
    seed: int = 0,
    test: str = "",
    threads: int = 1,
    progress: Callable[[float], None] = lambda fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
    notice: Callable[[str], None] = lambda sentence: None,
) -> dict[str, Any]:
    """Fit MiniRocket to the training part of prepared data, ask it for the others, and return the report.

    Parameters
    ----------
    folder : of the run; it appears when all is done.
    seed, test : of the data, for the run's config.toml; the seed also draws the thresholds.
    threads : that may compute.
    progress : called with the share that is done, 0 to 1.
    cancelled : asked between two pieces of work; `Cancelled` is raised once it returns true.
    notice : called with a sentence that the person should read.

    Raises
    ------
    DataError
        If the data are not for MiniRocket.
    ModuleNotFoundError
        If sktime is not installed; `extras.missing_package` says what to do.
    """
    check_data(data)
    import torch
    from sktime.transformations.rocket import MiniRocket  # noqa: F401 - what lacks is told before any work

    from hippo_studio.learning.metrics import Evaluation
    from hippo_studio.learning.position import Position
    from hippo_studio.learning.record import Record

    config = {"model": NAME, "data": data.source, "test": test, "seed": seed}
    record = Record(Path(folder), config)
    began = time.perf_counter()
    splits = (data.train, data.validation, data.test)
    total, done = sum(map(len, splits)), 0

    def look(count: int) -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += count
        progress(done / total)

    features = _Features(data, seed, threads)
    train = features.of(data.train, look, notice)
    if np.unique(train.truth).size < 2:
        raise DataError(f"{data.title} has examples of one class alone to learn from; two are needed.")
    classifier = _ridge(train, threads)
    look(0)

    def judged(split: Split) -> Evaluation:
        seen = features.of(split, look, notice)
        scores = _scores(classifier, seen.values, len(data.labels))
        predicted = scores.argmax(1)
        shares = np.exp(scores - scores.max(1, keepdims=True))
        pairs = np.bincount(seen.truth * len(data.labels) + predicted, minlength=len(data.labels) ** 2)
        return Evaluation(
            float("nan"),
            float((predicted == seen.truth).mean()),
            seen.truth.size,
            pairs.reshape(len(data.labels), -1).astype(np.int64),
            seen.indices,
            seen.truth,
            predicted,
            (shares.max(1) / shares.sum(1)).astype(np.float32),
        )

    validated = judged(data.validation) if len(data.validation) else None
    reported = judged(data.test) if len(data.test) else validated
    if reported is None:
        raise DataError(f"{data.title} has no examples to validate or to report on; give test data.")
    split, name = (data.test, "test") if len(data.test) else (data.validation, "validation")
    record.keep_evaluation(reported, data, split, name)
    rows = 1 if len(data.labels) == 2 else len(data.labels)
    record.begin(rows * (train.values.shape[1] + 1), torch.device("cpu"), data, Position(), notice)
    record.device = f"cpu ({threads} thread{'s' if threads > 1 else ''})"
    report = {
        **record.report(
            StopReason.COMPLETED, f"{TITLE} is fitted.", Position(), time.perf_counter() - began, data
        ),
        "validation_score": None if validated is None else validated.score,
    }
    runs.write_json(record.folder / runs.REPORT, report)
    return report


class _Seen(NamedTuple):
    """Examples that could be read: their features (n, p), classes and indices."""

    values: Floats
    truth: NDArray[np.int64]
    indices: NDArray[np.int64]


class _Features:
    """MiniRocket's transform, its thresholds drawn from the training part."""

    def __init__(self, data: DataSet, seed: int, threads: int) -> None:
        lengths = np.concatenate([data.train.lengths, data.validation.lengths, data.test.lengths])
        self._uneven = bool((lengths != lengths[0]).any())
        kernels = min(KERNELS, max(FEWEST_KERNELS, ROOM // max(len(data.train), 1)))
        self._transform = _transformer(self._uneven, data.d_input, kernels, threads, seed)
        self._rows = np.random.default_rng(seed).permutation(len(data.train))[:LOOKED_AT].tolist()
        self._train, self._fitted = data.train, False

    def of(self, split: Split, look: Callable[[int], None], notice: Callable[[str], None]) -> _Seen:
        """Return the features of a split; `look` is called between two chunks with how many were done."""
        found: list[Floats] = []
        kept: list[int] = []
        for rows in _chunks(split):
            look(0)
            read = _read(split, rows, notice)
            kept += read
            if read:
                found.append(self._transformed(list(read.values())))
            look(len(rows))
        if not found:
            raise DataError("None of the examples of a part can be read; give other data.")
        indices = np.array(kept, np.int64)
        return _Seen(np.concatenate(found), np.asarray(split.labels)[indices], indices)

    def _transformed(self, arrays: list[Floats]) -> Floats:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice on which of its classes to take
            if not self._fitted:
                examples = _read(self._train, self._rows, lambda sentence: None)
                self._transform.fit(self._panel(list(examples.values())))
                self._fitted = True
            return np.asarray(self._transform.transform(self._panel(arrays)), np.float32)

    def _panel(self, arrays: list[Floats]) -> Any:
        """The series as sktime takes them: (n, channels, L), or a table each where lengths differ."""
        if not self._uneven:
            return np.stack([values.T for values in arrays])
        import pandas

        return [pandas.DataFrame(values) for values in arrays]


def _transformer(uneven: bool, channels: int, kernels: int, threads: int, seed: int) -> Any:
    from sktime.transformations import rocket

    options = {"num_kernels": kernels, "n_jobs": threads, "random_state": seed}
    if uneven:
        return rocket.MiniRocketMultivariateVariable(**options)
    return rocket.MiniRocketMultivariate(**options) if channels > 1 else rocket.MiniRocket(**options)


def _read(split: Split, rows: Iterable[int], notice: Callable[[str], None]) -> dict[int, Floats]:
    """The examples (L, channels) by their row, without those that cannot be read."""
    read: dict[int, Floats] = {}
    for row in rows:
        try:
            values = np.asarray(split[row].values, np.float32)
            read[row] = np.pad(values, ((0, max(0, SHORTEST - len(values))), (0, 0)))
        except (DataError, OSError) as error:
            notice(f"{str(error).rstrip('.')}; it is left out.")
    return read


def _chunks(split: Split) -> Iterator[range]:
    """Rows in order, about `CHUNK` moments at once."""
    start, moments = 0, 0
    for row, length in enumerate(np.asarray(split.lengths).tolist()):
        if row > start and (moments + length > CHUNK or row - start >= 64):
            yield range(start, row)
            start, moments = row, 0
        moments += length
    if len(split):
        yield range(start, len(split))


def _ridge(train: _Seen, threads: int) -> Any:
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
    with threadpool_limits(threads):
        return make_pipeline(StandardScaler(with_mean=False), ridge).fit(train.values, train.truth)


def _scores(classifier: Any, values: Floats, classes: int) -> NDArray[np.float64]:
    """Return the ridge's value of each class (n, classes); −∞ for one that it has not seen."""
    found = np.asarray(classifier.decision_function(values), np.float64)
    if found.ndim == 1:
        found = np.stack([-found, found], axis=1)
    scores = np.full((len(found), classes), -np.inf)
    scores[:, classifier.classes_] = found
    return scores
