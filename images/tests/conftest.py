"""What every test of images may rely on."""

import pytest


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep the files of each test in a folder of its own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
