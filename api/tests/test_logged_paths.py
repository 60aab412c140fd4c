"""What of a path is written down: never a parameter of the Flux API, which may be a private key."""

import pytest

from api.logged_paths import logged_path

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/links/7/stats", "/api/links/7/stats"),
        ("/", "/"),
        ("/daemon", "/daemon"),
        ("/daemon/getinfo", "/daemon/getinfo"),
        ("/daemon/getinfo/", "/daemon/getinfo/[cut]"),
        (
            "/daemon/importprivkey/L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ/label",
            "/daemon/importprivkey/[cut]",
        ),
        ("/DAEMON/importprivkey/secret", "/DAEMON/importprivkey/[cut]"),
        ("/daemon/importprivkeyy/secret", "/daemon/importprivkeyy/[cut]"),
        ("/ws/id/1700000000000secret", "/ws/id/[cut]"),
    ],
)
def test_the_name_of_a_call_is_written_and_its_parameters_are_not(path, expected):
    assert logged_path(path) == expected
