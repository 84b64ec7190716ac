"""EDF and BDF: what another program wrote is what is read, and a damaged header costs as little as it can."""

import warnings

import numpy as np
import pytest

from hippo_studio.signals import SignalError, contents, read

pyedflib = pytest.importorskip("pyedflib")

RATES = {"C3": 200, "C4": 200, "SpO2": 1}
SECONDS = 12


def wave(name, rate, seconds=SECONDS):
    return 90 * np.sin(np.arange(seconds * rate) * (0.01 + 0.003 * len(name))) + len(name)


def written(path, rates=RATES, kind=pyedflib.FILETYPE_EDFPLUS, notes=()):
    """A recording by the library of those who keep the format."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = pyedflib.EdfWriter(str(path), len(rates), kind)
        full = 2**23 - 1 if kind in (pyedflib.FILETYPE_BDF, pyedflib.FILETYPE_BDFPLUS) else 2**15 - 1
        writer.setSignalHeaders(
            [
                {
                    "label": name, "dimension": "%" if rate == 1 else "uV", "sample_frequency": rate,
                    "physical_max": 200, "physical_min": -200, "digital_max": full, "digital_min": -full - 1,
                    "transducer": "", "prefilter": "",
                }
                for name, rate in rates.items()
            ]
        )  # fmt: skip
        import datetime

        writer.setStartdatetime(datetime.datetime(2024, 5, 14, 12, 0, 0))
        writer.writeSamples([wave(name, rate) for name, rate in rates.items()])
        for onset, length, text in notes:
            writer.writeAnnotation(onset, length, text)
        writer.close()
    return path


def kinds(signal):
    return [warning.kind for warning in signal.warnings]


@pytest.mark.parametrize(
    ("kind", "suffix", "step"),
    [
        (pyedflib.FILETYPE_EDF, "edf", 400 / 65535),
        (pyedflib.FILETYPE_EDFPLUS, "edf", 400 / 65535),
        (pyedflib.FILETYPE_BDF, "bdf", 400 / (2**24 - 1)),
        (pyedflib.FILETYPE_BDFPLUS, "bdf", 400 / (2**24 - 1)),
    ],
)
def test_values_rate_units_and_start_are_those_that_were_written(tmp_path, kind, suffix, step):
    path = written(tmp_path / f"a.{suffix}", {"C3": 200, "C4": 200}, kind)
    signal = read(path)
    assert (signal.channel_names, signal.units, signal.sample_rate) == (("C3", "C4"), ("uV", "uV"), 200)
    assert (signal.start, kinds(signal)) == (1715688000, [])
    np.testing.assert_allclose(signal.samples, [wave("C3", 200), wave("C4", 200)], atol=1.01 * step)
    with pyedflib.EdfReader(str(path)) as theirs:
        np.testing.assert_allclose(signal.samples, [theirs.readSignal(0), theirs.readSignal(1)], atol=1e-9)


def test_a_recording_is_known_by_its_content_whatever_it_is_called(tmp_path):
    path = written(tmp_path / "a.edf").rename(tmp_path / "sleep.txt")
    assert read(path).sample_rate == 200


def test_of_several_rates_one_is_opened_and_the_others_can_be_chosen(tmp_path):
    path = written(tmp_path / "a.edf")
    signal = read(path)
    assert (signal.channel_names, kinds(signal)) == (("C3", "C4"), ["channels-left-aside"])
    assert "SpO2 (1 Hz) left aside" in str(signal.warnings[0])
    slow = read(path, columns=["SpO2"])
    assert (slow.sample_rate, slow.length, slow.units, kinds(slow)) == (1, SECONDS, ("%",), [])
    both = read(path, columns=["SpO2", 0])
    assert (both.sample_rate, both.channel_names, kinds(both)) == (200, ("SpO2", "C3"), ["resampled"])
    np.testing.assert_allclose(both.samples[0, ::200], slow.samples[0], atol=1e-9)
    listing = contents(path)
    assert [part.name for part in listing.parts] == ["200 Hz", "1 Hz", "all"]
    assert read(path, **listing.parts[2].options).channels == 3
    with pytest.raises(ValueError, match=r"got 'EKG', and a.edf has C3, C4, SpO2"):
        read(path, columns=["EKG"])


def test_notes_are_regions(tmp_path):
    notes = [(1.5, 2.0, "Sleep stage 1"), (4.0, 0.0, "blink"), (11.0, 9.0, "Ärger")]
    signal = read(written(tmp_path / "a.edf", notes=notes))
    found = [(region.start, region.end, region.label) for region in signal.regions]
    assert found == [(1.5, 3.5, "Sleep stage 1"), (4.0, 4.005, "blink"), (11.0, 12.0, "Ärger")]


def patched(path, at, text):
    data = bytearray(path.read_bytes())
    data[at : at + len(text)] = text
    path.write_bytes(data)
    return path


def test_a_date_a_device_made_up_costs_the_date_alone(tmp_path):
    path = patched(written(tmp_path / "a.edf", {"C3": 200}, pyedflib.FILETYPE_EDF), 168, b"99.99.99")
    assert (read(path).start, read(path).sample_rate) == (None, 200)


def test_a_range_that_is_none_costs_the_scale_alone(tmp_path):
    path = patched(written(tmp_path / "a.edf", {"C3": 200}, pyedflib.FILETYPE_EDF), 256 + 104, b"-        ")
    signal = read(path)
    assert kinds(signal) == ["implausible-header"]
    assert "range of 'C3'" in str(signal.warnings[0])


def test_a_recording_that_breaks_off_is_read_as_far_as_it_goes(tmp_path):
    path = written(tmp_path / "a.edf", {"C3": 200}, pyedflib.FILETYPE_EDF)
    path.write_bytes(path.read_bytes()[: 512 + 400 * 5 + 17])
    signal = read(path)
    assert (signal.length, kinds(signal)) == (1000, ["truncated-file"])
    running = patched(path, 236, b"-1      ")
    assert (read(running).length, kinds(read(running))) == (1000, [])
    path.write_bytes(path.read_bytes()[:512])
    with pytest.raises(SignalError, match="no whole record after it"):
        read(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(SignalError, match="breaks off within its header"):
        read(path)


def test_a_record_without_a_length_needs_a_rate(tmp_path):
    path = patched(written(tmp_path / "a.edf", {"C3": 200}, pyedflib.FILETYPE_EDF), 244, b"0       ")
    with pytest.raises(SignalError, match="no sample rate; open it with the option sample_rate"):
        read(path)
    assert read(path, sample_rate=50).sample_rate == 50


@pytest.mark.parametrize("count", [b"0   ", b"-1  ", b"x   ", b"9999"])
def test_a_count_of_channels_that_is_none_is_quoted(tmp_path, count):
    path = patched(written(tmp_path / "a.edf"), 252, count)
    with pytest.raises(SignalError, match=f"has '{count.decode().strip()}' channels"):
        read(path)


def test_an_interrupted_recording_keeps_its_time(tmp_path):
    path = written(tmp_path / "a.edf", {"C3": 200}, notes=[(1.0, 1.0, "x")])
    data = path.read_bytes()
    record = (len(data) - 256 * 3) // SECONDS
    first = 256 * 3
    # Without the records of the seconds 4 and 5.
    cut = data[: first + 4 * record] + data[first + 6 * record :]
    cut = cut[:192] + b"EDF+D" + cut[197:236] + b"10      " + cut[244:]
    path.write_bytes(cut)
    signal = read(path)
    assert (signal.duration, kinds(signal)) == (12, ["time-gaps"])
    np.testing.assert_allclose(signal.samples[0, 1200:], wave("C3", 200)[1200:], atol=0.01)
    assert read(path, missing="zero").samples[0, 900] == 0
    with pytest.raises(SignalError, match="missing or not finite"):
        read(path, missing="error")


def test_channels_of_one_name_are_told_apart(tmp_path):
    path = patched(written(tmp_path / "a.edf", {"C3": 200, "C4": 200}, pyedflib.FILETYPE_EDF), 272, b"C3  ")
    signal = read(path)
    assert (signal.channel_names, kinds(signal)) == (("C3", "C3 (2)"), ["duplicate-names"])
