"""WFDB records, as the package that belongs to the format writes them, and by hand."""

import numpy as np
import pytest

from hippo_studio.signals import SignalError, read

wfdb = pytest.importorskip("wfdb")

RATE, LENGTH = 360, 3600
ECG = np.stack([np.sin(np.arange(LENGTH) / 20), np.cos(np.arange(LENGTH) / 33)])


@pytest.fixture
def record(tmp_path):
    def write(name="100", fmt="212", **options):
        wfdb.wrsamp(
            name,
            fs=RATE,
            units=["mV", "mV"],
            sig_name=["MLII", "V5"],
            p_signal=ECG.T.copy(),
            fmt=[fmt, fmt],
            adc_gain=[200.0, 200.0],
            baseline=[0, 0],
            write_dir=str(tmp_path),
            **options,
        )
        return tmp_path / f"{name}.hea"

    return write


@pytest.mark.parametrize("fmt", ["16", "212", "24"])
def test_a_record_opens_by_its_header_or_its_samples(record, fmt):
    header = record(fmt=fmt)
    for path in (header, header.with_suffix(".dat")):
        signal = read(path)
        np.testing.assert_allclose(signal.samples, ECG, atol=0.51 / 200)
        assert (signal.sample_rate, signal.channel_names, signal.units) == (
            RATE,
            ("MLII", "V5"),
            ("mV", "mV"),
        )
        assert signal.warnings == ()


def test_a_header_is_known_by_its_content(record):
    header = record()
    header.with_name("100.txt").write_bytes(header.read_bytes())
    signal = read(header.with_name("100.txt"))
    assert signal.sample_rate == RATE


def test_annotations_are_regions(record):
    header = record()
    wfdb.wrann(
        "100", "atr", np.array([100, 400, 1800, 2000]), ["+", "N", "+", "V"],
        aux_note=["(N", "", "(AFIB", ""], fs=RATE, write_dir=str(header.parent),
    )  # fmt: skip
    found = [(round(r.start * RATE), round(r.end * RATE), r.label) for r in read(header).regions]
    assert found == [(100, 1800, "(N"), (400, 401, "N"), (1800, LENGTH, "(AFIB"), (2000, 2001, "V")]
    assert read(header.with_suffix(".atr")).regions == read(header).regions
    header.with_suffix(".atr").write_bytes(b"\xff" * 7)
    np.testing.assert_allclose(read(header).samples[0], ECG[0], atol=0.01)


def test_channels_can_be_chosen(record):
    signal = read(record(), columns=["V5"], sample_rate=100)
    assert (signal.channel_names, signal.sample_rate) == (("V5",), 100)


def test_what_is_absent_is_said(record):
    header = record()
    header.with_suffix(".dat").unlink()
    with pytest.raises(SignalError, match=r"100.hea is damaged or cut off .*100\.dat"):
        read(header)


def test_a_header_reaches_no_other_folder(record):
    header = record()
    header.write_text(header.read_text().replace("100.dat", "../100.dat"))
    with pytest.raises(SignalError, match=r"100.hea (says its samples are in|is damaged)"):
        read(header)


def test_a_header_that_claims_too_much_is_refused(record):
    header = record()
    header.write_text(header.read_text().replace(f" {LENGTH}\n", " 99999999999\n", 1))
    with pytest.raises(SignalError, match=r"which no recording does|damaged"):
        read(header)


def test_a_table_of_blanks_is_no_header(tmp_path):
    path = tmp_path / "100.dat"
    path.write_text("100 2 360 650000\n" + "".join(f"{i} 2 {i}.5 1\n" for i in range(9)))
    assert read(path).channels >= 1
