"""The stop button on the whole platform, with crashes in between. `LANDFALL_PAUSED=10000` makes it a crowd."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.processes import Platform
from tests.stores import on_one_store

MANY = int(os.environ.get("LANDFALL_PAUSED", "60"))
SECONDS = 60 + MANY / 10

pytestmark = [pytest.mark.timeout(4 * SECONDS), on_one_store]


def test_after_the_answer_nothing_leaves_and_after_resume_everything_leaves_once(tmp_path):
    platform = Platform(tmp_path)
    platform.start()

    def post(number: int) -> str:
        return platform.post(to={"sms": "+14255550123"}, channels=["sms"], reference=f"order-{number}")

    def sent() -> Counter[str]:
        return Counter(effect["attemptId"] for effect in platform.ledger())

    with ThreadPoolExecutor(8) as callers:
        before = [callers.submit(post, number) for number in range(MANY // 2)]
        platform.until(lambda: len(sent()) > MANY // 10, "some have left", SECONDS)
        pause = platform.call("POST", "/api/sending/pause", {"reason": "a drill"})
        left = sent()
        after = [callers.submit(post, number) for number in range(MANY // 2, MANY)]
        ids = [accepted.result() for accepted in (*before, *after)]
    time.sleep(2)  # real: what must not happen would happen now
    assert (pause.status, sent()) == (200, left)

    platform.restart()  # kill -9
    time.sleep(2)
    assert sent() == left

    resume = platform.call("POST", "/api/sending/resume", {})
    platform.restart()  # before most of them were woken; the pass of the next minute finds them
    platform.until(lambda: len(sent()) == MANY, "everything leaves", 150 + SECONDS)

    assert resume.status == 200
    assert set(sent().values()) == {1}
    for message_id in ids[:: max(1, MANY // 50)]:
        platform.until(lambda: platform.message(message_id)["status"] == "delivered", "it is delivered", SECONDS)  # noqa: B023
    platform.stop()
