import pytest

from store.masking import masked_email

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("jane.doe@example.com", "j***@example.com"),
        ("j@example.com", "j***@example.com"),
        ('"a@b"@example.com', '"***@example.com'),
        ("émile@exämple.com", "é***@exämple.com"),
    ],
)
def test_an_address_shows_its_first_character_and_its_domain(email, masked):
    assert masked_email(email) == masked
