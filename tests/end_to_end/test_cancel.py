"""Cancelling a message."""


def cancel(platform, message_id):
    return platform.call("POST", f"/api/messages/{message_id}/cancel")


def test_cancelled_while_it_waits_no_further_channel_is_tried(platform):
    message_id = platform.post(to={"sms": "+14255510102", "email": "c@example.com"}, channels=["sms", "email"])
    platform.waiting(message_id)

    answer = cancel(platform, message_id)

    assert answer.status == 202
    assert answer.body == {"messageId": message_id, "status": "cancelling", "mayStillArrive": [1]}
    message = platform.finished(message_id)
    assert (message["status"], len(message["attempts"])) == ("cancelled", 1)
    assert platform.workflow(message_id)["output"]["status"] == "cancelled"


def test_cancelled_before_its_time_nothing_is_sent(platform):
    message_id = platform.post(to={"sms": "+14255510123"}, channels=["sms"], sendAt=platform.in_an_hour())
    assert platform.message(message_id)["status"] == "scheduled"

    assert cancel(platform, message_id).body["mayStillArrive"] == []

    message = platform.finished(message_id)
    assert (message["status"], message["attempts"]) == ("cancelled", [])


def test_cancelled_twice_is_cancelled(platform):
    message_id = platform.post(to={"sms": "+14255510102"}, channels=["sms"])
    platform.waiting(message_id)
    cancel(platform, message_id)
    platform.finished(message_id)

    again = cancel(platform, message_id)

    assert (again.status, again.body["status"]) == (202, "cancelled")


def test_what_has_arrived_cannot_be_cancelled(platform):
    message_id = platform.post(to={"sms": "+14255510123"}, channels=["sms"])
    platform.finished(message_id)

    answer = cancel(platform, message_id)

    assert answer.status == 409
    assert "delivered" in answer.body["detail"]


def test_an_unknown_message_cannot_be_cancelled(platform):
    assert cancel(platform, "nothing").status == 404


def test_cancelled_during_a_send_the_answer_names_it_and_nothing_else_begins(own_platform):
    own_platform.fault(channel="sms", fault="hold")
    message_id = own_platform.post(to={"sms": "+14255510102", "email": "c@example.com"}, channels=["sms", "email"])
    own_platform.until(own_platform.ledger, "the provider has the message")

    answer = cancel(own_platform, message_id)
    own_platform.release()

    assert (answer.status, answer.body["mayStillArrive"]) == (202, [1])
    message = own_platform.finished(message_id)
    assert (message["status"], len(message["attempts"])) == ("cancelled", 1)
