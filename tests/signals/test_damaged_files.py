"""Bytes changed at random: whatever is in a file, `read` gives a finite signal or one sentence, and soon."""

import io
import time

import duckdb
import h5py
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from hippo_studio.signals import SignalError, read

SOUND = np.random.default_rng(0).uniform(-0.2, 0.2, 3000).astype(np.float32)
SOUNDS = {
    "wav": ("WAV", "PCM_16"),
    "float.wav": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "aiff": ("AIFF", "PCM_16"),
}
SEMICOLONS = "# log\ntime;x [mV];y;label\n" + "".join(
    f'2024-05-14 09:30:{i / 100:06.3f};{value:.3f};{i};"a;b"\n'.replace(".", ",")
    for i, value in enumerate(SOUND[:80].tolist())
)
COMMAS = "time,x,y\n" + "".join(f"{i / 100:.2f},{v:.3f},{i}\n" for i, v in enumerate(SOUND[:80].tolist()))
BLANKS = "Rate 100\n\n t  x\n" + "".join(
    f" {i / 100:.2f}  {v:.3f}\n" for i, v in enumerate(SOUND[:80].tolist())
)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A sound file of each kind, by name."""
    folder = tmp_path_factory.mktemp("originals")
    files = {
        "semicolons.csv": SEMICOLONS.encode(),
        "utf16.csv": SEMICOLONS.encode("utf-16"),
        "commas.csv": COMMAS.encode(),
        "blanks.txt": BLANKS.encode(),
    }
    for suffix, (container, subtype) in SOUNDS.items():
        soundfile.write(folder / suffix, SOUND, 48000, format=container, subtype=subtype)
        files[f"a.{suffix}"] = (folder / suffix).read_bytes()
    with io.BytesIO() as buffer:
        np.save(buffer, SOUND.reshape(2, -1))
        files["a.npy"] = buffer.getvalue()
    with io.BytesIO() as buffer:
        np.savez_compressed(buffer, x=SOUND, fs=100)
        files["a.npz"] = buffer.getvalue()
    for name, compressed in (("plain.mat", False), ("packed.mat", True)):
        savemat(
            folder / name, {"x": SOUND[:300], "fs": 100.0, "s": {"y": SOUND[:9]}}, do_compression=compressed
        )
        files[name] = (folder / name).read_bytes()
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = SOUND
    files["a.h5"] = (folder / "a.h5").read_bytes()
    duckdb.execute(f"COPY (SELECT i * 0.01 AS t, sin(i) AS x FROM range(300) r(i)) TO '{folder}/a.parquet'")
    files["a.parquet"] = (folder / "a.parquet").read_bytes()
    return files


KINDS = [
    "semicolons.csv", "utf16.csv", "commas.csv", "blanks.txt", *(f"a.{suffix}" for suffix in SOUNDS),
    "a.npy", "a.npz", "plain.mat", "packed.mat", "a.h5", "a.parquet",
]  # fmt: skip

edit = st.tuples(
    st.sampled_from(["set", "delete", "insert", "all ones", "all zeros", "largest"]),
    st.one_of(st.integers(0, 150), st.integers(0, 10**6)),  # headers deserve half of the attention
    st.binary(min_size=1, max_size=8),
)


def damaged(data: bytes, edits, cut: float | None) -> bytes:
    content = bytearray(data if cut is None else data[: int(cut * len(data))])
    for action, position, values in edits:
        if not content:
            break
        at = position % len(content)
        if action == "set":
            content[at : at + len(values)] = values
        elif action == "delete":
            del content[at : at + len(values)]
        elif action == "insert":
            content[at:at] = values
        else:
            word = {"all ones": b"\xff" * 4, "all zeros": bytes(4), "largest": b"\xff\xff\xff\x7f"}[action]
            content[at : at + 4] = word
    return bytes(content)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    edits=st.lists(edit, min_size=1, max_size=6),
    cut=st.one_of(st.none(), st.none(), st.floats(0, 1)),
)
def test_damaged_files_give_a_finite_signal_or_a_sentence(originals, tmp_path, kind, edits, cut):
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
