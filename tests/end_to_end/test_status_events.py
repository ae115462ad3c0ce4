"""The events that subscribers of the custom topic get."""


def _published(platform, message_id):
    published = platform.call("GET", f"{platform.local_url}/local/events").body
    return [each["event"] for each in published if each["event"].get("subject") == f"messages/{message_id}"]


def test_every_change_of_status_is_published_with_ids_and_statuses_only(platform):
    silent = {"channel": "whatsapp", "timeout": "PT1S"}
    to = {"whatsapp": "+14255520102", "sms": "+14255520123"}
    message_id = platform.post(to=to, channels=[silent, "sms"], conversationId="conv-told")
    platform.finished(message_id)

    platform.until(lambda: "delivered" in _heard(platform, message_id), "subscribers are told")

    by_id = {event["id"]: event for event in _published(platform, message_id)}
    statuses = [by_id[f"{message_id}-{number}"]["data"]["status"] for number in range(1, len(by_id) + 1)]
    assert statuses == ["accepted", "sending", "sent", "sending", "sent", "delivered"]
    last = by_id[f"{message_id}-6"]
    assert last["eventType"] == "Landfall.Message.StatusChanged"
    told = last["data"]
    assert told.pop("at")
    assert told == {
        "messageId": message_id,
        "conversationId": "conv-told",
        "customerKey": platform.message(message_id)["customerKey"],
        "number": 6,
        "status": "delivered",
        "channel": "sms",
        "attempt": 2,
    }


def test_what_a_caller_names_a_message_by_comes_back_with_it_and_with_its_events(platform):
    named = {"reference": "order-991", "metadata": {"shop": "berlin", "till.no": "4"}}
    message_id = platform.post(to={"sms": "+14255520124"}, channels=["sms"], conversationId="conv-named", **named)
    platform.finished(message_id)

    platform.until(lambda: "delivered" in _heard(platform, message_id), "subscribers are told")

    [listed] = platform.call("GET", "/api/conversations/conv-named/messages").body["messages"]
    heard = [event["data"] for event in _published(platform, message_id)]
    for told in (platform.message(message_id), listed, *heard):
        assert {name: told[name] for name in named} == named


def _heard(platform, message_id):
    return [event["data"]["status"] for event in _published(platform, message_id)]


def test_subscribers_never_hear_that_a_message_was_sent_which_its_provider_refused(platform):
    message_id = platform.post(to={"sms": "+14255550104", "email": "ada@example.com"}, channels=["sms", "email"])
    platform.finished(message_id)

    platform.until(lambda: "delivered" in _heard(platform, message_id), "subscribers are told")

    told = [event["data"] for event in _published(platform, message_id)]
    assert {each["channel"] for each in told if each["status"] == "sent"} == {"email"}
