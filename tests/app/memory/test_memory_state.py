import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.app.memory.state import LARGEST_ORDER, MemoryState
from hippo_studio.hippo import MEASURES, METHODS, get_measure


def test_measures_stand_in_the_order_of_the_registry_and_once():
    state = MemoryState(measures=["legs-lti", "legs", "legt", "legs"])
    assert state.measures == ("legt", "legs", "legs-lti")


def test_toggling_twice_changes_nothing():
    state = MemoryState()
    for name in MEASURES:
        assert (name in state.toggled(name).measures) != (name in state.measures)
        assert state.toggled(name).toggled(name) == state


def test_no_measure_at_all_is_a_state():
    assert MemoryState(measures=()).memories() == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"order": 0}, "order N must lie between 1 and 512; received 0"),
        ({"order": 2.5}, "whole number; received 2.5"),
        ({"order": math.nan}, "whole number; received nan"),
        ({"order": True}, "whole number; received True"),
        ({"order": LARGEST_ORDER + 1}, "between 1 and 512"),
        ({"theta": 0.0}, "window θ must lie between"),
        ({"theta": math.nan}, "finite number; received nan"),
        ({"theta": "long"}, "finite number; received 'long'"),
        ({"method": "rk4"}, "one of forward, backward, bilinear, gbt, zoh; received 'rk4'"),
        ({"alpha": 1.5}, "between 0 and 1; received 1.5"),
        ({"measures": ("legt", "lstm")}, "one of legt, legs, lagt, fout, legs-lti; received 'lstm'"),
        ({"measures": "legt"}, "list of names; received 'legt'"),
        ({"normalization": "none"}, "normalization is 'none'"),
        ({"lagt_alpha": 1.0}, "GLagT's α"),
        ({"lagt_beta": 0.0}, "GLagT's β"),
        ({"follow": "spectrum"}, "received 'spectrum'"),
        ({"view": "all"}, "received 'all'"),
        ({"span": -1.0}, "at least 0 s; received -1.0"),
        ({"channel": 3}, "named by text; received 3"),
        ({"ages": "yes"}, "true or false; received 'yes'"),
    ],
)
def test_what_cannot_be_true_is_refused_in_one_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(").replace(".", r"\.")):
        MemoryState().replace(**changes)


states = st.builds(
    MemoryState,
    measures=st.lists(st.sampled_from(list(MEASURES))),
    order=st.integers(1, 512),
    theta=st.floats(1e-4, 1e5),
    method=st.sampled_from(list(METHODS)),
    alpha=st.floats(0, 1),
    normalization=st.sampled_from(["orthonormal", "lmu"]),
    lagt_alpha=st.floats(-0.9, 0.9),
    lagt_beta=st.floats(0.1, 10),
    channel=st.text(),
    follow=st.sampled_from(["waveform", "envelope"]),
    view=st.sampled_from(["window", "past", "signal"]),
    span=st.floats(0, 1e6),
    ages=st.booleans(),
    optimum=st.booleans(),
)


@given(states)
def test_plain_values_make_the_same_state_again(state):
    assert MemoryState.from_dict(state.to_dict()) == state
    assert MemoryState.restored(state.to_dict()) == state
    assert hash(MemoryState.from_dict(state.to_dict())) == hash(state)


def test_a_preset_with_a_name_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no setting 'ordr'"):
        MemoryState.from_dict({"ordr": 64})


def test_a_broken_session_keeps_what_is_still_possible():
    values = {"order": 10_000, "theta": 2.0, "measures": ["legs", "gone"], "gone": 1, "view": "signal"}
    assert MemoryState.restored(values) == MemoryState(theta=2.0, view="signal")


def test_memories_carry_each_measure_with_its_own_options():
    state = MemoryState(
        measures=tuple(MEASURES), order=7, theta=2.0, normalization="lmu", lagt_alpha=0.25, lagt_beta=2.0
    )
    memories = {memory.measure.name: memory for memory in state.memories()}
    assert memories["legt"].measure == get_measure("legt", normalization="lmu")
    assert memories["lagt"].measure == get_measure("lagt", alpha=0.25, beta=2.0)
    assert memories["fout"].theta == 2.0
    assert {memory.order for memory in state.memories()} == {7}


def test_the_view_follows_theta_until_a_span_is_chosen():
    assert MemoryState(theta=0.4).shown_span() == 0.5
    assert MemoryState(theta=0.4, span=3.0).shown_span() == 3.0


def test_what_does_not_concern_a_memory_leaves_it_alone():
    state = MemoryState(measures=("legt", "legs"))
    legt, legs = state.replace(theta=3.0).memories()
    assert legs == state.memories()[1]
    assert legt != state.memories()[0]
    assert state.replace(alpha=0.9).memories() == state.memories()
    assert state.replace(lagt_beta=3.0, view="signal", channel="x").memories() == state.memories()
    gbt = state.replace(method="gbt")
    assert gbt.replace(alpha=0.9).memories() != gbt.memories()
