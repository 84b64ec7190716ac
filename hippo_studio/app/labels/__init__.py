"""Labelled regions in the window: drawn over the signal, drawn by hand, listed, saved, learned."""
