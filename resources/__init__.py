"""Data that ships with HiPPO Studio: sample signals, icons. Importable as hippo_studio_resources."""
