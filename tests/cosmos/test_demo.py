"""The demo, with its records in Cosmos DB."""

from local.demo import run
from tests.stores import cosmos_for_processes

NOBODY = 9  # the discard port: nothing listens there


def test_the_demo_sees_all_its_stories_come_true_in_cosmos_db(capfd, monkeypatch, tmp_path):
    with cosmos_for_processes() as settings:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        status = run(NOBODY, NOBODY, tmp_path)

    told = capfd.readouterr().out
    assert status == 0, told
    assert "Silence, then SMS: whatsapp, attempt 1, timedOut (noDeliveryReceipt)" in told
