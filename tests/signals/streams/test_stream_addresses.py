"""Addresses of streams: what each kind says, and the sentence that a wrong one gets."""

import pytest

from hippo_studio.signals.streams import EXAMPLES, StreamError, is_address, parse_address


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("udp://:9000", "udp", {"host": "", "port": 9000, "listen": True}),
        ("UDP://239.1.2.3:5000?rate=250", "udp", {"host": "239.1.2.3", "rate": 250.0}),
        ("tcp://sensor.local:7", "tcp", {"host": "sensor.local", "port": 7, "listen": False}),
        ("tcp://:7", "tcp", {"listen": True}),
        ("tcp://127.0.0.1:7?listen", "tcp", {"host": "127.0.0.1", "listen": True}),
        ("tcp://[::1]:7", "tcp", {"host": "::1"}),
        ("serial:/dev/ttyUSB0?baud=9600", "serial", {"place": "/dev/ttyUSB0", "baud": 9600}),
        ("serial:COM3", "serial", {"place": "COM3", "baud": 115_200}),
        ("lsl:My Amp?type=EEG", "lsl", {"place": "My Amp", "wanted": {"type": "EEG"}}),
        ("lsl:", "lsl", {"place": ""}),
        ("pipe:/tmp/fifo", "pipe", {"place": "/tmp/fifo"}),
        ("-", "pipe", {"place": ""}),
    ],
)
def test_an_address_is_taken_apart(text, kind, fields):
    address = parse_address(text)
    assert address.kind == kind
    assert {name: getattr(address, name) for name in fields} == fields


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_an_address(text):
    assert is_address(text)
    assert parse_address(text).text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("udp://:0", "names no port from 1 to 65535"),
        ("udp://:70000", "names no port"),
        ("udp:9000", "names no port"),
        ("tcp://host", "names no port"),
        ("serial:", "names no serial port"),
        ("serial:/dev/x?baud=fast", "baud='fast'"),
        ("udp://:9000?rate=-3", "rate='-3'"),
        ("udp://:9000?rate=inf", "rate='inf'"),
        ("udp://:9000?baud=3", "an option 'baud' that udp lacks"),
        ("http://x:1", "no address of a stream"),
        ("walk.csv", "no address of a stream"),
        ("", "no address of a stream"),
    ],
)
def test_a_wrong_address_gets_one_sentence_that_quotes_it(text, says):
    with pytest.raises(StreamError) as caught:
        parse_address(text)
    assert says in str(caught.value)
    assert repr(text) in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "text", ["walk.csv", "./-", "C:\\data\\tcp.csv", "/tmp/udp://x", "http://x", "lsl.csv"]
)
def test_names_of_files_are_no_addresses(text):
    assert not is_address(text)
