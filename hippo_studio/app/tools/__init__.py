"""Signal tools in the window: the chain of the current signal, and what applies it."""
