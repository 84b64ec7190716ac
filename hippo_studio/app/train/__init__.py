"""The Train tab: fit a classifier, watch it learn, use it."""
