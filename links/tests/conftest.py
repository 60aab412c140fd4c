"""What most tests of the API begin with."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from links.tests.factories import full_stack_account, make_client


@pytest.fixture
def account() -> Account:
    """Return an account on the plan Full Stack."""
    return full_stack_account()


@pytest.fixture
def client(account: Account) -> APIClient:
    """Return a client with a key of the account."""
    return make_client(account)
