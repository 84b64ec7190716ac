"""Streams on the command line: piped in, and addresses that are none."""

import json
import subprocess
import sys

import numpy as np
import pytest

from hippo_studio.cli import main

COMMAND = [
    sys.executable,
    "-c",
    "import sys; from hippo_studio.cli import main; sys.exit(main(sys.argv[1:]))",
]


def test_what_is_piped_in_is_projected_at_its_end(tmp_path):
    lines = "time,x (V)\n" + "".join(f"{row / 50:.2f},{row % 7}\n" for row in range(200)) + "oops\n"
    out = tmp_path / "c.npz"
    run = subprocess.run(
        [*COMMAND, "project", "-", "--measure", "legs", "--order", "4", "--out", str(out), "--json"],
        input=lines, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert (result["sample_rate"], result["channels"], result["seconds"]) == (50.0, ["x"], 4.0)
    assert result["warnings"] == ["1 line was garbled and left out, the last one 'oops'."]
    assert np.load(out)["coefficients"].shape == (1, 1, 4)
    assert np.load(out)["units"].tolist() == ["V"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["udp://:0"], "names no port from 1 to 65535"),
        (["serial:"], "names no serial port"),
        (["udp://:9000", "tcp://:9001"], "one stream at a time"),
        (["project", "udp:9000"], "names no port"),
        (["project", "udp://:9000"], "has no end; say with --seconds"),
        (["project", "-", "--columns", "a"], "takes --sample-rate and --seconds, and no other option"),
        (["project", "-", "--seconds", "-1"], "--seconds is a positive number; received -1.0"),
        (["project", "walk.csv", "--seconds", "3"], "--seconds goes with a stream"),
    ],
)
def test_a_wrong_address_is_one_sentence_and_status_2(arguments, says, capsys, tmp_path):
    if arguments[0] == "project":
        arguments = [*arguments, "--measure", "legs", "--out", str(tmp_path / "c.npz")]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
