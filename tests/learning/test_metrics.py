"""Loss, score and confusion against their definitions; class weights and smoothing against torch's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.examples import Examples
from hippo_studio.learning.metrics import evaluate
from hippo_studio.learning.objective import Objective, class_counts, inverse_frequencies
from hippo_studio.ssm import build_model
from tests.learning.tasks import signals, tokens

CPU = torch.device("cpu")


def model(data: DataSet) -> Any:
    return build_model({"model": "s4d", "d_model": 8, "n_layers": 1, **data.shape_keys()}, seed=0)


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_an_evaluation_does_not_depend_on_batches(even: bool, batch_size: int) -> None:
    data = signals(even=even)
    classifier = model(data)
    found = evaluate(classifier, Examples(data.test, data, CPU), batch_size=batch_size)
    with torch.no_grad():
        logits = torch.cat([classifier(torch.tensor(data.test[i].values)[None]) for i in range(12)])
    targets = torch.tensor(data.test.labels)
    assert found.loss == pytest.approx(float(functional.cross_entropy(logits, targets)), rel=1e-4)
    assert found.score == pytest.approx(float((logits.argmax(1) == targets).float().mean()))
    assert found.confusion is not None
    assert found.confusion.sum() == 12
    assert np.trace(found.confusion) == round(found.score * 12)
    assert len(found.wrong()) == 12 - np.trace(found.confusion)
    assert classifier.training, "the model is left in the mode it was"


def test_the_last_answer_alone_is_scored_where_that_is_asked() -> None:
    data = tokens()
    classifier = model(data)
    found = evaluate(classifier, Examples(data.test, data, CPU))
    with torch.no_grad():
        logits = classifier(torch.tensor(np.stack(data.test.values)))  # type: ignore[attr-defined]
    targets = torch.tensor(np.stack(data.test.targets))  # type: ignore[attr-defined]
    right = (logits[:, -1].argmax(-1) == targets[:, -1]).float().mean()
    assert found.score == pytest.approx(float(right))
    assert found.targets == 32
    assert found.loss == pytest.approx(
        float(functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_sums_divided_by_their_weight_are_the_mean_of_torch(smoothing: float) -> None:
    torch.manual_seed(0)
    logits, target = torch.randn(6, 3), torch.tensor([0, 0, 0, 1, 1, 2])
    weights = torch.from_numpy(inverse_frequencies(np.array([3, 2, 1])))
    batch = Batch(np.arange(6), logits, None, target, float(weights[target].sum()), 6)
    mean = Objective(smoothing, weights).loss(logits, batch) / batch.weight
    expected = functional.cross_entropy(logits, target, weights, label_smoothing=smoothing)
    assert float(mean) == pytest.approx(float(expected))
    assert batch.weight == pytest.approx(6.0), "weights are 1 on average over the examples"


def test_classes_are_counted_also_per_moment() -> None:
    assert class_counts(signals().train, signals()).tolist() == [12, 12]
    assert class_counts(tokens().train, tokens()).sum() == 32 * 4


def test_examples_are_decoded_once_and_padded_by_length() -> None:
    data = signals(even=False)
    examples = Examples(data.train, data, CPU)
    groups = examples.shuffled(np.random.default_rng(0), 4)
    assert sorted(np.concatenate(groups).tolist()) == list(range(24))
    for _ in range(2):
        for group in groups:
            batch = examples.gather(group)
            assert batch is not None
            assert batch.x.shape[1] == examples.lengths[group].max()
    assert sorted(data.train.read) == list(range(24))  # type: ignore[attr-defined]


def test_parts_hold_no_more_moments_than_allowed() -> None:
    data = signals(even=False)
    examples = Examples(data.train, data, CPU)
    order = examples.in_order()
    parts = list(examples.parts(order, 100, 50))
    assert np.concatenate(parts).tolist() == order.tolist()
    assert all(len(part) * examples.lengths[part].max() <= 50 or len(part) == 1 for part in parts)
