"""HiPPO Studio: a live instrument for HiPPO memories and structured state spaces."""

__version__ = "0.1.0"
