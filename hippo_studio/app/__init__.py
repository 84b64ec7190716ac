"""The Qt studio: one folder per tab, `widgets/` for what tabs share.

Nothing outside this package imports Qt, and nothing here does arithmetic on signals: a widget takes a model
object and shows it.
"""
