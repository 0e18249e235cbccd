"""``xpsae export``: what the writers of other formats write, under the name asked for."""

import importlib.util

import pytest

if importlib.util.find_spec("xpsae.interchange") is None:
    pytest.skip("xpsae.interchange is not there", allow_module_level=True)
