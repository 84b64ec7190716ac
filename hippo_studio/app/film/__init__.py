"""Animations of the Memory tab: what is filmed, the stage that is painted, and the camera."""
