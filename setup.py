"""Lists the packages; all else is in pyproject.toml, which can't both search for some and name another."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["hippo_studio", "hippo_studio.*"]), "hippo_studio_resources"])
