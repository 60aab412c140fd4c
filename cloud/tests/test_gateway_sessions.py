"""The gateway opens to who signed in, and shuts when their session ends."""

from dataclasses import replace

import pytest

from cloud.tests.factories import get, sign_in
from cloud.tests.wallets import BitcoinWallet, EthereumWallet

pytestmark = pytest.mark.django_db
# A call of tier `adminandfluxteam`, one of tier `admin`.
CLEAR, STOP = "/syncthing/system/error/clear", "/daemon/stop"
USER, TEAM, ADMIN = BitcoinWallet(71), EthereumWallet(72), BitcoinWallet(73)


def test_each_privilege_opens_its_calls_until_the_session_ends(settings):
    settings.CLOUD = replace(settings.CLOUD, admin_id=ADMIN.zelid, team_ids=("0x" + TEAM.zelid[2:].upper(),))
    headers = {wallet: sign_in(wallet)[1] for wallet in (USER, TEAM, ADMIN)}
    calls = [(wallet, path) for wallet in headers for path in (CLEAR, STOP)]
    statuses = [get(path, header=headers[wallet]).status_code for wallet, path in calls]
    assert get(STOP).status_code == 401
    assert statuses == [403, 403, 200, 403, 200, 200]
    get("/id/logoutallsessions", header=headers[ADMIN])
    assert get(STOP, header=headers[ADMIN]).status_code == 401
