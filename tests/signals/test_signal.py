"""What may be relied on in every Signal."""

import dataclasses

import numpy as np
import pytest

from hippo_studio.signals import Signal, SignalError
from hippo_studio.signals.finite import all_finite
from hippo_studio.signals.read_warnings import RaggedRows, ReadWarning


def test_one_dimension_becomes_one_channel_without_a_copy():
    samples = np.arange(5.0)
    signal = Signal(samples, 10.0)
    assert signal.samples.shape == (1, 5)
    assert np.shares_memory(signal.samples, samples)
    assert (signal.channels, signal.length, signal.duration) == (1, 5, 0.5)


def test_samples_are_read_only_but_the_array_given_is_not():
    samples = np.zeros((2, 3))
    signal = Signal(samples, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        signal.samples[0, 0] = 1
    samples[0, 0] = 1


@pytest.mark.parametrize(
    ("dtype", "becomes"),
    [("f4", "f4"), ("f8", "f8"), ("f2", "f4"), ("i2", "f8"), ("u1", "f8"), ("?", "f8"), (">f8", "f8")],
)
def test_every_real_type_becomes_float32_or_float64(dtype, becomes):
    signal = Signal(np.ones(4, dtype), 1.0)
    assert signal.samples.dtype == np.dtype(becomes)
    assert signal.samples.dtype.isnative


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"samples": np.zeros((2, 0))}, "at least one channel and one sample"),
        ({"samples": np.zeros((2, 2, 2))}, r"shape \(channels, T\)"),
        ({"samples": np.ones(3) * 1j}, "complex128"),
        ({"samples": np.array([1.0, np.nan])}, "finite"),
        ({"samples": np.array([1.0, np.inf])}, "finite"),
        ({"samples": np.array([-np.inf, 1.0])}, "finite"),
        ({"sample_rate": 0.0}, "positive, finite number of Hz; got 0.0"),
        ({"sample_rate": float("nan")}, "got nan"),
        ({"sample_rate": -1}, "got -1"),
        ({"channel_names": ("a", "b")}, "1 channels got 2 channel names"),
        ({"units": ("a", "b")}, "1 channels got 2 units"),
        ({"start": float("inf")}, "start time is finite"),
    ],
)
def test_what_is_no_signal_is_refused_with_the_value(changes, words):
    arguments = {"samples": np.ones(3), "sample_rate": 1.0} | changes
    with pytest.raises(SignalError, match=words):
        Signal(**arguments)


def test_channels_are_found_by_name_and_by_index():
    signal = Signal(np.zeros((3, 4)), 1.0, ("x", "y", "1"))
    assert signal.channel_index("y") == 1
    assert signal.channel_index(-1) == 2
    assert signal.channel_index("0") == 0
    assert signal.channel_index("1") == 2, "a name outranks an index"
    for unknown in ("z", 3, -4, "7"):
        with pytest.raises(ValueError, match="it has x, y, 1"):
            signal.channel_index(unknown)


def test_names_are_given_where_there_are_none():
    assert Signal(np.zeros(2), 1.0).channel_names == ("signal",)
    assert Signal(np.zeros((2, 2)), 1.0).channel_names == ("ch1", "ch2")


def test_title_is_the_file_name_or_the_call():
    assert Signal(np.zeros(2), 1.0, origin="/data/walk (2).csv").title == "walk (2).csv"
    assert Signal(np.zeros(2), 1.0, origin="generate('sine', phase=0)").title == "generate('sine', phase=0)"
    assert Signal(np.zeros(2), 1.0).title == "signal"


def test_finiteness_is_judged_without_false_alarms():
    assert all_finite(np.array([1e38, 3e38], "f4")), "a sum would overflow"
    assert all_finite(np.zeros(0))
    assert not all_finite(np.array([0, np.nan, 0], "f4"))


def test_warnings_are_values_with_kind_sentence_and_line():
    warning = RaggedRows("Two rows are short.", 7)
    assert isinstance(warning, ReadWarning)
    assert dataclasses.asdict(warning) == {
        "kind": "ragged-rows",
        "message": "Two rows are short.",
        "line": 7,
    }
    assert str(warning) == "Line 7: Two rows are short."
    assert str(ReadWarning("other", "Something.")) == "Something."
