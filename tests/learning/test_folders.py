"""Sounds in a folder per class, files with a table of labels, labelled regions of a signal."""

import os
import shutil
from itertools import combinations

import numpy as np
import pytest
import soundfile

from hippo_studio.learning.augmentation import check_augmentation
from hippo_studio.learning.data import Cancelled, DataError
from hippo_studio.learning.datasets import folder, open_data, store
from hippo_studio.learning.settings import TrainingSettings

SPLITS = ("train", "validation", "test")


def names(data, split):
    part = getattr(data, split)
    return {part[index].name for index in range(len(part))}


def kinds(data):
    return [warning.kind for warning in data.warnings]


@pytest.fixture
def words(tmp_path, tone):
    """Two words by ten speakers, two clips each, and a hum that is no word."""
    root = tmp_path / "words"
    for word, pitch in (("yes", 300), ("no", 700)):
        for speaker in range(10):
            for take in range(2):
                tone(root / word / f"s{speaker}_nohash_{take}.wav", pitch + speaker)
    tone(root / "_background_noise_" / "hum.wav", 50)
    return root


def test_a_folder_is_a_class_and_background_is_none(words):
    data = open_data(str(words))
    assert data.labels == ("no", "yes")
    assert (data.d_input, data.sample_rate, data.channel_names) == (1, 8000, ("mono",))
    assert len(data.train) + len(data.validation) + len(data.test) == 40
    assert data.warnings == ()
    assert data.train.lengths.tolist() == [800] * len(data.train)


def test_background_noise_is_kept_to_be_mixed_in_scaled_as_the_examples(words, tone):
    tone(words / "_background_noise_" / "fan.wav", 60, rate=16000)
    (words / "_background_noise_" / "broken.wav").write_bytes(b"RIFF")
    opened = open_data(str(words))
    assert opened.defaults["background"] > 0
    assert "broken.wav" in str(opened.warnings[0])
    data = opened.prepare()
    piece = data.background.piece(800, np.random.default_rng(0))
    assert piece.shape == (800, 1)
    rms = float(np.sqrt(np.mean(piece**2)))
    assert rms == pytest.approx(0.5 / np.sqrt(2) / data.scale[0], rel=0.05)
    check_augmentation(TrainingSettings(background=0.5), data)
    shutil.rmtree(words / "_background_noise_")
    without = open_data(str(words))
    assert without.background is None
    assert "background" not in without.defaults
    with pytest.raises(ValueError, match="brings no background noise"):
        check_augmentation(TrainingSettings(background=0.5), without)


def test_a_speaker_serves_one_purpose(words):
    data = open_data(str(words), seed=3)
    speakers = [{name.split("/")[1].split("_")[0] for name in names(data, split)} for split in SPLITS]
    assert [len(a & b) for a, b in combinations(speakers, 2)] == [0, 0, 0]
    assert min(len(group) for group in speakers) >= 1


def test_given_lists_are_followed(words):
    (words / "testing_list.txt").write_text("yes/s0_nohash_0.wav\nno/s0_nohash_1.wav\n")
    (words / "validation_list.txt").write_text("yes/s1_nohash_0.wav\n")
    data = open_data(str(words))
    assert names(data, "test") == {"yes/s0_nohash_0.wav", "no/s0_nohash_1.wav"}
    assert names(data, "validation") == {"yes/s1_nohash_0.wav"}
    assert len(data.train) == 37


def test_a_list_that_names_missing_files_is_told(words):
    (words / "testing_list.txt").write_text("yes/s0_nohash_0.wav\nyes/gone.wav\n")
    data = open_data(str(words))
    assert kinds(data) == ["labels-left-aside"]
    assert "1 files that are not there: yes/gone.wav" in data.warnings[0].message


def test_folders_of_parts_hold_folders_of_classes(tmp_path, tone):
    for part in ("train", "test"):
        for word, pitch in (("a", 300), ("b", 600)):
            for take in range(6):
                tone(tmp_path / part / word / f"{take}.wav", pitch)
    data = open_data(str(tmp_path))
    assert data.labels == ("a", "b")
    assert all(name.startswith("test/") for name in names(data, "test"))
    assert len(data.test) == 12


def test_preparing_decodes_once_standardises_and_keeps(words, cache):
    reports = []
    opened = open_data(str(words))
    raw = opened.train[0].values
    data = opened.prepare(reports.append)
    assert reports[-1] == 1.0
    assert data.preparation is None
    assert data.prepare() is data
    values = np.concatenate([data.train[index].values for index in range(len(data.train))])
    np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=1e-4)
    np.testing.assert_allclose(data.train[0].values, (raw - data.offset) / data.scale, rtol=1e-5)
    (kept,) = cache.iterdir()
    before = (kept / store.VALUES).stat().st_mtime_ns
    open_data(str(words), seed=7).prepare()
    assert [(entry / store.VALUES).stat().st_mtime_ns for entry in cache.iterdir()] == [before]


def test_a_changed_file_is_decoded_anew(words, tone):
    first = open_data(str(words)).prepare()
    for path in (words / "yes").iterdir():
        tone(path, 1000, seconds=0.2)
    second = open_data(str(words)).prepare()
    assert set(first.train.lengths) == {800}
    assert set(second.train.lengths) == {800, 1600}


def test_cancelling_leaves_nothing_and_the_next_use_works(words, cache):
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        open_data(str(words)).prepare(cancelled=lambda: next(asked))
    assert list(cache.iterdir()) == []
    assert len(open_data(str(words)).prepare().train) > 0


def test_what_is_kept_may_be_damaged_or_deleted(words, cache):
    data = open_data(str(words)).prepare()
    (kept,) = cache.iterdir()
    (kept / store.VALUES).unlink()
    (kept / store.VALUES).write_bytes(b"cut off")
    again = open_data(str(words)).prepare()
    np.testing.assert_array_equal(again.train[0].values, data.train[0].values)
    assert store.clear() > 0
    assert not cache.exists()
    assert again.train[0].values.size == 800


def test_two_that_decode_at_once_keep_one(words, cache):
    first = []

    def meanwhile(fraction):
        if not first:
            first.append(open_data(str(words)).prepare())

    second = open_data(str(words)).prepare(meanwhile)
    np.testing.assert_array_equal(first[0].train[0].values, second.train[0].values)
    assert len(list(cache.iterdir())) == 1


def test_what_was_not_used_for_longest_goes_first(words, cache, monkeypatch):
    for age, name in enumerate(("old", "new")):
        (cache / name).mkdir()
        (cache / name / store.VALUES).write_bytes(bytes(100_000))
        import os

        os.utime(cache / name, (1000 + age, 1000 + age))
    monkeypatch.setattr(store, "MOST_BYTES", 250_000)
    open_data(str(words)).prepare()
    assert {entry.name for entry in cache.iterdir()} >= {"new"}
    assert not (cache / "old").exists()


def test_without_room_everything_still_works(words, cache, monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 10)
    data = open_data(str(words)).prepare()
    assert kinds(data) == ["not-kept"]
    assert list(cache.iterdir()) == []
    assert abs(data.train[0].values.std() - 1) < 0.1


def test_mixed_rates_and_channels_are_brought_to_the_commonest(tmp_path, tone):
    for take in range(6):
        tone(tmp_path / "a" / f"{take}.wav", 300)
        tone(
            tmp_path / "b" / f"{take}.wav",
            600,
            rate=16000 if take < 2 else 8000,
            channels=2 if take == 3 else 1,
        )
    data = open_data(str(tmp_path))
    assert kinds(data) == ["resampled", "channels-mixed"]
    assert "2 of 12 recordings are at 16000 Hz" in data.warnings[0].message
    ready = data.prepare()
    assert (ready.sample_rate, ready.d_input) == (8000, 1)
    assert set(ready.train.lengths) == {800}


def test_silent_and_unreadable_clips_are_left_aside_and_named(words):
    soundfile.write(words / "yes" / "quiet.wav", np.zeros(800), 8000)
    (words / "no" / "broken.wav").write_bytes(b"RIFF????WAVEfmt ")
    data = open_data(str(words)).prepare()
    assert kinds(data) == ["examples-left-aside"] * 2
    told = " ".join(warning.message for warning in data.warnings)
    assert "1 example was left aside as silent: yes/quiet.wav." in told
    assert "left aside as unreadable: no/broken.wav." in told
    everyone = set().union(*(names(data, split) for split in SPLITS))
    assert len(everyone) == 40
    assert "yes/quiet.wav" not in everyone


def test_a_clip_that_cannot_be_used_says_so_before_preparing_too(words):
    (words / "no" / "broken.wav").write_bytes(b"RIFF????WAVEfmt ")
    data = open_data(str(words))
    told = []
    for split in SPLITS:
        part = getattr(data, split)
        for index in range(len(part)):
            try:
                part[index]
            except DataError as error:
                told.append(str(error))
    assert told == ["no/broken.wav is left aside as unreadable."]


def test_only_silence_is_told(tmp_path):
    for word in "ab":
        (tmp_path / word).mkdir()
        for take in range(3):
            soundfile.write(tmp_path / word / f"{take}.wav", np.zeros(800), 8000)
    with pytest.raises(DataError, match=r"nothing can be used: 6 examples were left aside as silent"):
        open_data(str(tmp_path)).prepare()


def test_lengths_from_one_to_a_million_live_in_one_set(tmp_path, tone):
    for word in "ab":
        for take in range(4):
            tone(tmp_path / word / f"{take}.wav", 440)
    soundfile.write(tmp_path / "a" / "click.wav", np.array([0.5]), 8000, subtype="FLOAT")
    long = np.random.default_rng(0).standard_normal(1_000_000).astype(np.float32) * 0.1
    soundfile.write(tmp_path / "b" / "long.wav", long, 8000, subtype="FLOAT")
    data = open_data(str(tmp_path)).prepare()
    lengths = np.concatenate([getattr(data, split).lengths for split in SPLITS])
    assert lengths.max() == 1_000_000
    assert "left aside as silent: a/click.wav" in data.warnings[0].message


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda root: None, "holds no labelled data"),
        (lambda root: (root / "a").mkdir(), "None of the 1 folders"),
        (lambda root: [(root / word).mkdir() for word in "ab"], "None of the 2 folders"),
    ],
)
def test_empty_folders_are_told(tmp_path, make, sentence):
    make(tmp_path)
    with pytest.raises(DataError, match=sentence):
        open_data(str(tmp_path))


def test_one_class_and_one_example_are_told(tmp_path, tone):
    tone(tmp_path / "a" / "1.wav")
    with pytest.raises(DataError, match="a single example"):
        open_data(str(tmp_path))
    tone(tmp_path / "a" / "2.wav")
    with pytest.raises(DataError, match="of one class, 'a'; a classifier needs two or more"):
        open_data(str(tmp_path))
    (tmp_path / "b").mkdir()
    tone(tmp_path / "c" / "1.wav")
    data = open_data(str(tmp_path))
    assert (data.labels, kinds(data)) == (("a", "c"), ["empty-classes"])


def test_one_class_is_enough_to_ask_a_model_for(tmp_path, tone):
    for take in range(3):
        tone(tmp_path / "yes" / f"{take}.wav")
    data = open_data(str(tmp_path), to_learn=False).prepare()
    assert data.labels == ("yes",)
    assert sum(len(getattr(data, split)) for split in SPLITS) == 3
    with pytest.raises(DataError, match="of one class, 'yes'"):
        open_data(str(tmp_path))


def test_a_disk_is_not_walked_through_for_examples(tmp_path, tone, monkeypatch):
    monkeypatch.setattr(folder, "SEEN", 20)
    tone(tmp_path / "usr" / "0.wav")
    for number in range(15):
        (tmp_path / "usr" / "lib" / str(number)).mkdir(parents=True)
        (tmp_path / "usr" / "lib" / str(number) / "x.so").touch()
    walked = []
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda top: (walked.append(step) or step for step in walk(top)))
    monkeypatch.setattr(folder, "READABLE", 0.1)
    with pytest.raises(DataError, match=r"Of the first 2\d files and folders in .*usr, 1 can be read"):
        open_data(str(tmp_path))
    assert len(walked) < 10


def test_a_path_that_is_not_there_is_told():
    with pytest.raises(DataError, match=r"no file or folder .*nowhere"):
        open_data("/nowhere")


def test_series_in_files_of_other_kinds_are_a_class_per_folder_too(tmp_path):
    random = np.random.default_rng(0)
    for word in "ab":
        (tmp_path / word).mkdir()
        for take in range(5):
            table = random.standard_normal((30 + take, 2))
            np.savetxt(tmp_path / word / f"{take}.csv", table, delimiter=",", header="x,y", comments="")
    data = open_data(str(tmp_path)).prepare()
    assert (data.d_input, data.channel_names, data.sample_rate) == (2, ("x", "y"), None)
    assert sorted(np.concatenate([getattr(data, split).lengths for split in SPLITS])) == sorted(
        [*range(30, 35)] * 2
    )


# A test part of its own


def test_other_data_may_be_the_test(words, tmp_path, tone):
    (words / "testing_list.txt").write_text("yes/s0_nohash_0.wav\n")
    other = tmp_path / "other"
    for word in ("yes", "no", "maybe"):
        tone(other / word / "1.wav", 500, rate=16000)
    data = open_data(str(words), test=str(other)).prepare()
    assert names(data, "test") == {"yes/1.wav", "no/1.wav"}
    assert set(data.test.lengths) == {800}
    assert kinds(data) == ["labels-left-aside"]
    assert "of classes that are not learned: maybe" in data.warnings[0].message
    assert len(data.train) + len(data.validation) == 39  # what was held back is not learned from


def test_a_test_without_a_known_class_is_told(words, tmp_path, tone):
    tone(tmp_path / "other" / "maybe" / "1.wav")
    with pytest.raises(DataError, match=r"has the classes maybe, none of which words has \(no, yes\)"):
        open_data(str(words), test=str(tmp_path / "other"))


# Files and a table of their labels


@pytest.fixture
def listed(tmp_path, tone):
    rows = ["file,label,subject,split"]
    for index in range(12):
        tone(tmp_path / "clips" / f"{index}.wav", 300 + 10 * index)
        rows.append(
            f"clips/{index}.wav,{'low' if index < 6 else 'high'},p{index // 2},{'test' if index == 5 else ''}"
        )
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    return tmp_path


@pytest.mark.parametrize("name", ["", "labels.csv"])
def test_a_table_labels_files(listed, name):
    data = open_data(str(listed / name))
    assert data.labels == ("high", "low")
    assert names(data, "test") == {"clips/5.wav"}
    assert data.train.groups is not None


def test_labels_without_files_are_told(listed):
    for index in range(3):
        (listed / "clips" / f"{index}.wav").unlink()
    data = open_data(str(listed))
    assert (
        "labels 3 files that are not there: clips/0.wav, clips/1.wav, clips/2.wav."
        in data.warnings[0].message
    )
    for path in (listed / "clips").iterdir():
        path.unlink()
    with pytest.raises(
        DataError, match=r"labels 12 files, none of which is in .* put the files beside the table"
    ):
        open_data(str(listed / "labels.csv"))


def test_a_table_cannot_lead_out_of_its_folder(listed, tone):
    tone(listed.parent / "secret.wav")
    with (listed / "labels.csv").open("a") as file:
        file.write(f"\n../secret.wav,low,p9,\n{listed.parent / 'secret.wav'},low,p9,")
    data = open_data(str(listed))
    assert "labels 2 files that are not there" in data.warnings[0].message


# Labelled regions


@pytest.fixture
def day(tmp_path, tone):
    tone(tmp_path / "day.wav", 440, seconds=2.0)
    rows = [f"{0.1 * index:.1f},{0.1 * index + 0.05:.2f},{'ab'[index % 2]}" for index in range(16)]
    (tmp_path / "day.labels.csv").write_text("\n".join(["start,end,label", *rows]))
    return tmp_path


@pytest.mark.parametrize("name", ["day.wav", "day.labels.csv", ""])
def test_regions_are_cut_out_of_their_signal(day, name):
    data = open_data(str(day / name)).prepare()
    assert data.labels == ("a", "b")
    assert set(data.train.lengths) == {400}
    assert len(data.train) + len(data.validation) + len(data.test) == 16
    whole, rate = soundfile.read(day / "day.wav")
    example = data.train[0]
    start = round(float(example.name.split()[1].split("–")[0]) * rate)
    np.testing.assert_allclose(
        example.values[:, 0] * data.scale + data.offset, whole[start : start + 400], atol=1e-4
    )


def test_all_regions_of_a_file_serve_one_purpose(tmp_path, tone):
    for index in range(6):
        tone(tmp_path / f"{index}.wav", 440)
        rows = "\n".join(f"{0.01 * part},{0.01 * part + 0.01},{'ab'[part % 2]}" for part in range(4))
        (tmp_path / f"{index}.labels.csv").write_text(f"start,end,label\n{rows}")
    data = open_data(str(tmp_path))
    files = [{name.split()[0] for name in names(data, split)} for split in SPLITS]
    assert [len(a & b) for a, b in combinations(files, 2)] == [0, 0, 0]
    assert [len(group) for group in files] == [4, 1, 1]


def test_regions_that_overlap_serve_one_purpose(day):
    rows = [
        f"{0.1 * index:.1f},{0.1 * index + (0.15 if index % 4 else 0.1):.2f},{'ab'[index % 2]}"
        for index in range(16)
    ]
    (day / "day.labels.csv").write_text("\n".join(["start,end,label", *rows]))
    data = open_data(str(day))
    spans = [
        [tuple(map(float, name.split()[1].split("–"))) for name in names(data, split)] for split in SPLITS
    ]
    for first, second in combinations(spans, 2):
        assert not any(a[0] < b[1] and b[0] < a[1] for a in first for b in second)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("start,end,label\n5,6,a\n7,8,b\n", "left aside as outside its recording"),
        ("start,end,label\n1,0.5,a\nx,1,b\n", "hold no region"),
        ("from_here,label\n1,a\n", "start, end and label are needed"),
        ("start,end,label\n", "a header and at least one row"),
    ],
)
def test_regions_that_mean_nothing_are_told(day, table, sentence):
    (day / "day.labels.csv").write_text(table)
    with pytest.raises(DataError, match=sentence):
        open_data(str(day / "day.wav")).prepare()


def test_a_table_of_regions_without_its_signal_is_told(day):
    (day / "day.wav").unlink()
    with pytest.raises(DataError, match=r"no signal lies beside day\.labels\.csv"):
        open_data(str(day))


def test_test_examples_keep_their_sounds_when_their_table_of_labels_changes(words, tmp_path, tone):
    other = tmp_path / "other"
    for name, pitch in (("a", 300), ("b", 700), ("c", 1500)):
        tone(other / f"{name}.wav", pitch)
    heard = {}
    for unknown in "ab":
        labels = {"a": "yes", "b": "yes", "c": "no", unknown: "maybe"}
        table = "\n".join(f"{name}.wav,{label}" for name, label in labels.items())
        (other / "labels.csv").write_text(f"file,label\n{table}\n")
        test = open_data(str(words), test=str(other)).prepare().test
        heard = {test[index].name: test[index].values for index in range(len(test))} | heard
    crossings = {name: int((np.diff(np.sign(values[:, 0])) != 0).sum()) for name, values in heard.items()}
    assert crossings["a.wav"] < crossings["b.wav"] < crossings["c.wav"]
