"""A small valid file of each kind that is read, and ways to damage it: what fuzzing begins with."""

import io
import warnings

import duckdb
import h5py
import numpy as np
import pyedflib
import soundfile
import wfdb
from hypothesis import strategies as st
from scipy.io import savemat

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


ARCHIVE = "@problemName Walks\n@classLabel true walk run\n@data\n1,2,3:10,20,30:walk\n4,?,6,8:4,5,6,7:run\n"
ARFF = "@relation x\n@attribute a numeric\n@attribute c {u,v}\n@data\n1,2,u\n3,?,v\n"
SERIES = "".join(
    f"{i % 2}\t" + "\t".join(f"{value:.3f}" for value in SOUND[i : i + 20].tolist()) + "\n" for i in range(9)
)


def write_originals(folder):
    """The bytes of a sound file of each kind, by name; written into this folder on the way."""
    files = {
        "semicolons.csv": SEMICOLONS.encode(),
        "utf16.csv": SEMICOLONS.encode("utf-16"),
        "commas.csv": COMMAS.encode(),
        "blanks.txt": BLANKS.encode(),
        "a.ts": ARCHIVE.encode(),
        "a.arff": ARFF.encode(),
        "a_TRAIN.tsv": SERIES.encode(),
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
    for suffix, kind in (("edf", pyedflib.FILETYPE_EDFPLUS), ("bdf", pyedflib.FILETYPE_BDFPLUS)):
        files[f"a.{suffix}"] = _recording(folder / f"b.{suffix}", kind)
    wfdb.wrsamp(
        "a", fs=360, units=["mV"], sig_name=["MLII"], p_signal=SOUND[:700, np.newaxis].astype(float),
        fmt=["212"], write_dir=str(folder),
    )  # fmt: skip
    files["a.hea"] = (folder / "a.hea").read_bytes()
    files["a.dat"] = (folder / "a.dat").read_bytes()
    return files


def _recording(path, kind):
    """An EDF or BDF recording with notes and two rates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = pyedflib.EdfWriter(str(path), 2, kind)
        for place, rate in enumerate((100, 1)):
            writer.setSignalHeader(
                place,
                {
                    "label": f"C{place}", "dimension": "uV", "sample_frequency": rate, "physical_max": 200,
                    "physical_min": -200, "digital_max": 32767, "digital_min": -32768, "transducer": "",
                    "prefilter": "",
                },
            )  # fmt: skip
        writer.writeSamples([SOUND[:700].astype(float), SOUND[:7].astype(float)])
        writer.writeAnnotation(1.0, 2.0, "blink")
        writer.close()
    return path.read_bytes()


KINDS = [
    "semicolons.csv", "utf16.csv", "commas.csv", "blanks.txt", *(f"a.{suffix}" for suffix in SOUNDS),
    "a.npy", "a.npz", "plain.mat", "packed.mat", "a.h5", "a.parquet", "a.ts", "a.arff", "a_TRAIN.tsv",
    "a.edf", "a.bdf", "a.hea", "a.dat",
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
