"""Bytes changed at random: whatever is in a file, `read` gives a finite signal or one sentence, and soon."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hippo_studio.signals import SignalError, read
from tests.benchmarks.fuzzing import check, mutated
from tests.signals.originals import KINDS, damaged, edit, write_originals


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A file of each kind, by name."""
    return write_originals(tmp_path_factory.mktemp("originals"))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    edits=st.lists(edit, min_size=1, max_size=6),
    cut=st.one_of(st.none(), st.none(), st.floats(0, 1)),
)
def test_damaged_files_give_a_finite_signal_or_a_sentence(originals, tmp_path, kind, edits, cut):
    for other in ("a.hea", "a.dat") if kind in ("a.hea", "a.dat") else ():
        (tmp_path / other).write_bytes(originals[other])
    path = tmp_path / kind
    path.write_bytes(damaged(originals[kind], edits, cut))
    began = time.process_time()
    try:
        signal = read(path)
    except SignalError as error:
        message = str(error)
        if "\n" in message or message[-1] not in ".?":
            pytest.fail(f"not a sentence: {message!r}")
    else:
        assert np.isfinite(signal.samples).all()
        assert all("\n" not in warning.message for warning in signal.warnings)
    assert time.process_time() - began < 2


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from("0123456789.,;:-+eE \t\n\r\"'#%/|abtimeNs[]()TZµ\ufeff\x00²"), max_size=300),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_any_text_gives_a_finite_signal_or_a_sentence(tmp_path, text, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding, "replace"))
    try:
        signal = read(path)
    except SignalError:
        return
    assert np.isfinite(signal.samples).all()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=400), magic=st.sampled_from(["", "RIFF....WAVEfmt ", "fLaC", "OggS", "ID3\x03"])
)
def test_any_bytes_behind_a_magic_word_give_a_signal_or_a_sentence(tmp_path, data, magic):
    path = tmp_path / "a.bin"
    path.write_bytes(magic.encode("latin-1") + data)
    try:
        read(path)
    except SignalError:
        return


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=60),
    delimiter=st.sampled_from([";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    rate=st.sampled_from([1, 10, 50, 128, 1000]),
)
def test_what_is_written_as_a_table_is_read_back(tmp_path, values, delimiter, decimal, rate):
    path = tmp_path / "a.csv"
    lines = [f"{i / rate!r}{delimiter}{value!r}{delimiter}{value / 2:.6f}" for i, value in enumerate(values)]
    text = "\n".join(lines).replace(".", decimal) + "\n"
    path.write_text(delimiter.join(("time", "u", "v")) + "\n" + text, newline="\n")
    signal = read(path)
    assert signal.warnings == ()
    assert signal.sample_rate == pytest.approx(rate)
    np.testing.assert_array_equal(signal.samples[0], values)


def test_what_the_fuzzing_begins_with_is_sound(originals, tmp_path):
    for name, data in originals.items():
        (tmp_path / name).write_bytes(data)
    for name in originals:
        assert read(tmp_path / name).length > 1, name


def test_the_first_seeds_of_the_fuzzing_find_nothing(originals, tmp_path):
    for other in ("a.hea", "a.dat"):
        (tmp_path / other).write_bytes(originals[other])
    for seed in range(300):
        name, data = mutated(originals, seed)
        path = tmp_path / name
        path.write_bytes(data)
        assert check(path) == "", seed
        for other in ("a.hea", "a.dat"):
            (tmp_path / other).write_bytes(originals[other])
