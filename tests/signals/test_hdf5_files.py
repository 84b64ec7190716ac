"""HDF5: any array of numbers, and what its attributes say of it; several arrays are a list."""

import h5py
import numpy as np
import pytest

from hippo_studio.signals import SignalError, contents, read

NOISE = np.random.default_rng(1).standard_normal((3, 200))


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as made:
        yield made


def opened(file, **options):
    path = file.filename
    file.close()
    return read(path, **options)


@pytest.mark.parametrize("where", ["array", "group", "file"])
@pytest.mark.parametrize(
    ("name", "value", "rate"),
    [("sample_rate", 250, 250), ("fs", [250.0], 250), ("Sampling Rate", "250", 250), ("dt", 0.004, 250),
     ("rate", -1, 1), ("rate", "fast", 1)],
)  # fmt: skip
def test_attributes_say_the_rate(file, where, name, value, rate):
    data = file.create_dataset("group/x", data=NOISE[0])
    {"array": data, "group": data.parent, "file": file}[where].attrs[name] = value
    signal = opened(file)
    assert signal.sample_rate == pytest.approx(rate)
    assert ("assumed-rate" in [warning.kind for warning in signal.warnings]) == (rate == 1)


def test_attributes_say_units_and_names(file):
    data = file.create_dataset("eeg", data=NOISE)
    data.attrs["units"] = "uV"
    data.attrs["channel_names"] = ["C3", "C4", "Oz"]
    data.attrs["fs"] = 128
    signal = opened(file)
    assert (signal.channel_names, signal.units) == (("C3", "C4", "Oz"), ("uV",) * 3)


def test_nwb_says_its_rate_of_the_first_time(file):
    for name, rate in (("lfp", 1000.0), ("speed", 10.0)):
        group = file.create_group(f"acquisition/{name}")
        data = group.create_dataset("data", data=NOISE[: 1 if name == "speed" else 3].T)
        data.attrs["conversion"], data.attrs["unit"] = 0.5, "V"
        group.create_dataset("starting_time", data=0.0).attrs["rate"] = rate
    path = file.filename
    signal = opened(file)
    assert (signal.sample_rate, signal.channels, set(signal.units)) == (1000, 3, {"V"})
    np.testing.assert_allclose(signal.samples, NOISE / 2)
    assert read(path, variable="acquisition/speed/data").sample_rate == 10


def test_times_are_those_beside_the_array(file):
    for name, step in (("a", 0.1), ("b", 0.01)):
        file[f"{name}/timestamps"] = np.arange(200) * step
        file[f"{name}/data"] = NOISE[0] if name == "a" else NOISE
    path = file.filename
    assert opened(file).sample_rate == pytest.approx(100)
    assert read(path, variable="a/data").sample_rate == pytest.approx(10)


def test_fields_of_a_table_are_arrays(file):
    rows = np.zeros(200, [("time", "f8"), ("x", "f4"), ("note", "S4")])
    rows["time"], rows["x"] = np.arange(200) / 50, NOISE[0]
    file["log"] = rows
    signal = opened(file)
    assert (signal.sample_rate, signal.channel_names) == (pytest.approx(50), ("log/x",))


def test_several_arrays_are_a_list(file):
    file["big"], file["deep/small"], file["fs"], file["text"] = NOISE, NOISE[0, :50], 10.0, "hello"
    path = file.filename
    file.close()
    listing = contents(path)
    assert [(part.name, part.detail) for part in listing.parts] == [("big", "3 × 200"), ("deep/small", "50")]
    signal = read(path, **listing.parts[1].options)
    assert (signal.length, signal.sample_rate, signal.title) == (50, 10, "a.h5 · deep/small")


def test_slices_of_three_dimensions_are_a_list(file):
    trials = np.arange(4 * 3 * 200.0).reshape(4, 3, 200)
    file["trials"] = trials
    path = file.filename
    signal = opened(file, sample_rate=100)
    np.testing.assert_array_equal(signal.samples, trials[0])
    assert [part.name for part in contents(path).parts] == [f"trials[{k}]" for k in range(4)]
    np.testing.assert_array_equal(read(path, variable="trials[3]").samples, trials[3])


def test_other_types_of_numbers(file):
    file["flags"] = NOISE[0] > 0
    assert set(opened(file).samples[0]) == {0.0, 1.0}


def test_a_file_without_numbers_is_refused(file):
    file["text"] = "hello"
    with pytest.raises(SignalError, match="no array of numbers"):
        opened(file)


def test_npz_and_mat_are_lists_too(tmp_path):
    from scipy.io import savemat

    np.savez(tmp_path / "a.npz", x=NOISE, y=NOISE[0, :9], name="hello")
    assert [part.name for part in contents(tmp_path / "a.npz").parts] == ["x", "y"]
    trials = np.arange(3 * 200 * 4.0).reshape(3, 200, 4)  # channels × samples × trials, as EEGLAB has them
    savemat(tmp_path / "a.mat", {"EEG": {"data": trials, "srate": 128.0}})
    assert [part.name for part in contents(tmp_path / "a.mat").parts] == [f"EEG.data[{k}]" for k in range(4)]
    signal = read(tmp_path / "a.mat", variable="EEG.data[1]")
    np.testing.assert_array_equal(signal.samples, trials[:, :, 1])
    assert signal.sample_rate == 128
    np.savez(tmp_path / "b.npz", x=NOISE)
    assert contents(tmp_path / "b.npz") is None
