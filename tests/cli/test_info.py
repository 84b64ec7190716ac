"""`hippo-studio info`: what a file, a data set or this machine holds."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.learning.datasets import holds_examples
from tests.cli.command import Run

LONG = "series,time,value,label\n" + "".join(
    f"{row // 5},{row / 100},{row % 7},{'ab'[row // 5 % 2]}\n" for row in range(200)
)
ROWS = "".join("\t".join(map(str, (row % 2, *range(20)))) + "\n" for row in range(40))


def test_info_says_what_a_file_holds(run: Run, wave: Path) -> None:
    assert run("info", wave) == 0
    assert re.search(r"^sample rate +1000 Hz$", run.out, re.MULTILINE)
    assert re.search(r"^seconds +0\.5 s$", run.out, re.MULTILINE)
    assert re.search(r"^channels +2$", run.out, re.MULTILINE)
    assert run("info", wave, "--json") == 0
    facts = json.loads(run.out)
    assert facts["samples"] == 500
    assert facts["channels"][0]["rms"] == pytest.approx(np.sqrt(np.mean(np.sin(0.014 * np.arange(500)) ** 2)))


@pytest.mark.parametrize(
    ("stamp", "options", "start"),
    [
        ("2024-05-14 12:00:0{k}", (), "2024-05-14T12:00:00"),
        ("2024-05-14T12:00:0{k}Z", (), "2024-05-14T12:00:00+00:00"),
        ("2024-05-14 12:00:0{k}", ("--time-zone", "+02:00"), "2024-05-14T10:00:00+00:00"),
        ("171568800{k}", (), "2024-05-14T12:00:00+00:00"),
    ],
)
def test_a_start_is_told_with_a_zone_only_where_there_is_one(
    run: Run, tmp_path: Path, stamp: str, options: tuple[str, ...], start: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_text("time,a\n" + "".join(f"{stamp.format(k=k)},{k}\n" for k in range(9)))
    assert run("info", path, "--json", *options) == 0
    assert json.loads(run.out)["start"] == start


def test_info_passes_on_what_the_reader_had_to_assume(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n2\n\n4\n")
    assert run("info", tmp_path / "t.csv") == 0
    assert run.err.startswith("note: ")
    run("info", tmp_path / "t.csv", "--json")
    assert json.loads(run.out)["warnings"]
    assert run.err == ""


def test_info_tells_programs_the_kind_and_the_line_of_each_warning(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("time,x,x\n0,1,2\n0.1,nan,3\n0.2,3,4\n")
    assert run("info", path, "--json") == 0
    found = json.loads(run.out)["warning_details"]
    assert [(one["kind"], one["line"]) for one in found] == [("duplicate-names", 1), ("missing-values", 3)]


def test_info_lists_and_reads_the_series_of_an_archive(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_text("@classLabel true up down\n@data\n1,2,3:up\n6,5:down\n")
    assert run("info", path, "--series", "2", "--json") == 0
    facts = json.loads(run.out)
    assert (facts["samples"], facts["channels"][0]["greatest"]) == (2, 6)
    assert [(part["detail"], part["options"]) for part in facts["parts"]] == [
        ("up", {"series": 1}),
        ("down", {"series": 2}),
    ]
    assert run("info", path, "--series", "9") == 2
    assert "from 1 to 2" in run.err


def test_info_says_what_labelled_data_hold(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"{row},2,3:{'ab'[row % 5 == 0]}\n" for row in range(40))
    (tmp_path / "x.ts").write_text(f"@classLabel true a b\n@data\n{rows}?,?:a\n")
    assert run("info", tmp_path / "x.ts") == 0
    assert re.search(r"^classes +a 32, b 8$", run.out, re.MULTILINE)
    assert "The classes are uneven" in run.out
    assert "1 example was left aside" in run.err
    assert run("info", tmp_path / "x.ts", "--json") == 0
    assert json.loads(run.out)["examples"] == {"train": 27, "validation": 5, "test": 8}
    assert "no built-in task 'x'" in run.refused("info", "task:x")
    assert "holds no labelled data" in run.refused("info", tmp_path)


@pytest.mark.parametrize(
    ("name", "write", "kind", "length", "rate"),
    [
        ("a.npz", lambda path: np.savez(path, x=np.eye(40, 30), y=np.arange(40) % 2, fs=50), "NumPy", 30, 50),
        ("a.csv", lambda path: path.write_text(LONG), "Table", 5, 100),
        ("a.tsv", lambda path: path.write_text(ROWS), "UCR/UEA", 20, None),
    ],
)
def test_info_knows_a_data_set_of_one_file(
    run: Run, tmp_path: Path, name: str, write: Callable[[Path], object], kind: str, length: int,
    rate: float | None,
) -> None:  # fmt: skip
    write(tmp_path / name)
    assert run("info", tmp_path / name, "--json") == 0
    facts = json.loads(run.out)
    assert facts["kind"].startswith(f"labelled examples, {kind}")
    assert list(facts["classes"].values()) == [20, 20]
    assert sum(facts["examples"].values()) == 40
    assert facts["moments"]["longest"] == length
    assert facts["sample_rate"] == (None if rate is None else pytest.approx(rate))
    assert run("info", tmp_path / name) == 0
    assert re.search(r"^classes +\S+ 20, \S+ 20$", run.out, re.MULTILINE)
    assert "left aside" not in run.err


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("xy.npz", lambda path: np.savez(path, x=np.arange(9.0), y=np.arange(9.0) % 2)),
        ("regression.npz", lambda path: np.savez(path, x=np.ones((9, 4)), y=np.arange(9) / 7)),
        ("record.csv", lambda path: path.write_text("time,x,label\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")),
        ("remarks.csv", lambda path: path.write_text("time,x,remark\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")),
        ("plain.tsv", lambda path: path.write_text("".join(f"{row}\t{row % 3}\t5\n" for row in range(30)))),
    ],
)
def test_info_takes_a_signal_for_a_signal(
    run: Run, tmp_path: Path, name: str, write: Callable[[Path], object]
) -> None:
    write(tmp_path / name)
    assert run("info", tmp_path / name, "--json") == 0
    assert "samples" in json.loads(run.out)


def test_info_of_a_signal_with_labels_says_where_they_are(run: Run, tmp_path: Path) -> None:
    record = tmp_path / "record.csv"
    record.write_text("time,x,label\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")
    assert run("info", record) == 0
    assert f"one for each moment, in the column 'label'; train --data {record} learns from them" in run.out
    assert run.err == ""
    run("info", record, "--json")
    assert json.loads(run.out)["warnings"] == []
    record.write_text("time,x,label,note\n0,1,a,p\n1,2,a,p\n2,1,b,q\n3,2,b,q\n")
    run("info", record, "--json")
    assert json.loads(run.out)["warnings"] == ["Line 1: 'label', 'note' hold text; left aside."]
    record.write_text("time,x,remark\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")
    assert run("info", record) == 0
    assert "'remark' holds text; left aside." in run.err
    (tmp_path / "record.labels.csv").write_text("start,end,label\n0,2,a\n2,4,b\n")
    assert run("info", record) == 0
    assert f"in record.labels.csv beside it; train --data {record} learns from them" in run.out
    assert run("info", tmp_path / "record.labels.csv") == 0
    assert "shortest 2, median 2, longest 2" in run.out


def test_an_archive_is_judged_by_its_headers_and_labels(tmp_path: Path) -> None:
    file = tmp_path / "xy.npz"
    x, y = np.ones((40, 500)), np.arange(40) % 2
    np.savez(file, x=x, y=y)
    content = bytearray(file.read_bytes())
    content[content.index(x[0].tobytes())] ^= 1  # who reads x meets its checksum
    file.write_bytes(content)
    assert holds_examples(file)
    np.savez(file, x=x, y=y / 7)
    assert not holds_examples(file)
    np.savez(file, x=x[:9], y=y)
    assert not holds_examples(file)
    np.savez(file, x=np.array([[{}]] * 40, object), y=y)
    assert not holds_examples(file)


def test_info_describes_data_of_which_nothing_can_be_learned(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ts").write_text("@classLabel true a\n@data\n1,2,3:a\n")
    assert run("info", tmp_path / "x.ts") == 0
    assert "All examples are of one class; a classifier needs two or more." in run.out
    assert "1 example to learn from" in run.out
    assert "; 1 class." in run.out


def test_an_empty_folder_and_a_file_without_values_are_called_by_their_names(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert f"The folder {tmp_path / 'empty'} is empty" in run.refused("info", tmp_path / "empty")
    np.savez(tmp_path / "nan.npz", x=np.full((8, 5), np.nan), y=np.arange(8) % 2)
    assert run.refused("info", tmp_path / "nan.npz").startswith(f"{tmp_path / 'nan.npz'} holds no series")


def test_info_describes_this_machine(run: Run) -> None:
    assert run("info", "--system", "--json") == 0
    facts = json.loads(run.out)
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["cores"] >= 1
    assert facts["sound"]
    assert "torch" in facts["training"]
    assert run("info", "--system") == 0
    assert re.search(r"^packages +numpy \d", run.out, re.MULTILINE)


def test_info_says_when_portaudio_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert run("info", "--system", "--json") == 0
    assert json.loads(run.out)["sound"] == "PortAudio is missing; install libportaudio2 to hear and record."


@pytest.mark.parametrize("arguments", [[], ["--system", "a.wav"]])
def test_info_of_nothing_or_of_two_things_is_refused(run: Run, arguments: list[str]) -> None:
    assert "give one of the two" in run.refused("info", *arguments)
