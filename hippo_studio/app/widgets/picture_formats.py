"""The files that a plot can be written as. Free of Qt: options are checked without it."""

PICTURES = (".png", ".svg", ".pdf")
