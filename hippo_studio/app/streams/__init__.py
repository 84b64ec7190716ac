"""Live streams in the window: opened by address, followed as they come, kept as signals."""
