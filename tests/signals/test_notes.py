"""What a sensor's recording notes beside its samples: read back as written, nothing senseless believed."""

from __future__ import annotations

from hippo_studio.signals.notes import Notes, packed, unpacked


def test_gaps_are_read_back_with_their_lengths() -> None:
    notes = Notes(100.0, ("x",), ("m",), "udp://:9", 5.0, 2, 1.4, (0.5, 8.1), (1.0, 0.4))
    assert unpacked(packed(notes)[8:]) == notes
    assert notes.spans == ((0.5, 1.5), (8.1, 8.5))


def test_gaps_without_lengths_are_places() -> None:
    assert Notes(1.0, places=(3.0, 4.0), lengths=(0.5,)).spans == ((3.0, 3.5), (4.0, 4.0))


def test_where_room_is_short_places_and_lengths_give_way_together() -> None:
    many = tuple(float(place) for place in range(1000))
    found = unpacked(packed(Notes(1.0, places=many, lengths=many), 2000)[8:])
    assert found is not None
    assert 50 < len(found.places) == len(found.lengths) < 500


def test_gaps_before_the_beginning_are_not_believed() -> None:
    assert unpacked(b'{"sample_rate": 1, "places": [-1]}') is None
    assert unpacked(b'{"sample_rate": 1, "places": [1], "lengths": [-1]}') is None
