"""Fitting a classifier of sequences: data, training, runs. Torch, no Qt, no print.

`data` says what labelled sequences are, `datasets` makes them from whatever holds them. `settings` are one
training in flat values, the keys of CONFIG.toml and of the command line. `trainer` is the loop: settings and
data in, `events` out, a run folder behind it, which `runs` reads; `learner` takes its steps. `portrait` is
what a state space layer looks like at one moment of its training. `use` applies what came of a training,
`sweeping` tries many settings.
"""
