"""The Memory tab: a signal, the memories that listen to it, and the past as they would tell it."""
