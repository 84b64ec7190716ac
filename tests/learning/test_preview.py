"""A data set at a glance."""

import numpy as np
import pytest

from hippo_studio.learning.datasets import open_data, preview


def npz(folder, counts, length=10):
    y = np.repeat(np.arange(len(counts)), counts)
    np.savez(folder / "a.npz", x=np.random.default_rng(0).standard_normal((y.size, length)), y=y)
    return open_data(str(folder / "a.npz"))


def test_classes_are_counted_in_each_split_and_named_by_example(tmp_path):
    data = npz(tmp_path, [100, 50])
    found = preview(data)
    assert [(one.label, one.total) for one in found.classes] == [("0", 100), ("1", 50)]
    assert sum(found.examples) == 150
    for index, one in enumerate(found.classes):
        assert len(one.examples) == 6
        assert all(data.train[example].target == index for example in one.examples)
    assert (found.shortest, found.median, found.longest, found.prepared) == (10, 10, 10, True)
    assert len(found.sentences) == 1


def test_uneven_and_small_classes_are_said(tmp_path):
    told = preview(npz(tmp_path, [100, 5])).sentences
    assert told[1].startswith(
        "The classes are uneven: '0' has 68 examples, '1' 3; always saying '0' would be right in 96 %"
    )
    assert told[2] == "Fewer than 8 examples to learn from: 1."


def test_what_cannot_be_spared_is_said(tmp_path):
    told = preview(npz(tmp_path, [1, 1])).sentences
    assert told[-2].startswith("No example can be spared to validate by")
    assert told[-1] == "No example can be spared for the report."


@pytest.mark.parametrize(("longest", "much"), [(10, None), (20, False), (5000, True)])
def test_what_becomes_of_several_lengths_is_said(tmp_path, longest, much):
    x = np.random.default_rng(0).standard_normal((40, longest))
    x[1:, 10:] = np.nan
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(40) % 2)
    told = [said for said in preview(open_data(str(tmp_path / "a.npz"))).sentences if "Lengths" in said]
    assert len(told) == (much is not None)
    if told:
        assert "padded to its longest" in told[0]
        assert ("time and memory" in told[0]) == much


def test_targets_per_moment_have_no_classes_to_count():
    found = preview(open_data("task:delay"))
    assert found.classes == ()
    assert "4 symbols, at each moment" in found.sentences[0]


def test_nothing_is_decoded(tmp_path, tone, monkeypatch):
    for word in "ab":
        for take in range(6):
            tone(tmp_path / word / f"{take}.wav", seconds=0.1 + 0.1 * take)

    def refuse(*arguments):
        pytest.fail("decoded")

    monkeypatch.setattr("hippo_studio.learning.datasets.recordings.read", refuse)
    found = preview(open_data(str(tmp_path)))
    assert (found.shortest, found.longest, found.sample_rate, found.prepared) == (800, 4800, 8000, False)
