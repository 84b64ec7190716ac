"""Sound in the window: what plays, what is heard of a memory, and what is recorded."""
