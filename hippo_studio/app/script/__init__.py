"""The Python behind the window: what a person did, as the library's lines that do the same."""
