"""What the README promises, as a newcomer tries it."""

from tests.end_to_end.processes import Platform

RECIPE = {
    "customerId": "customer-123",
    "message": "Hello from multi-channel platform",
    "channels": ["email", "sms", "whatsapp"],
    "priority": "normal",
}
ADA = {"sms": "+14255550123", "email": "ada@example.com", "whatsapp": "+14255550123"}


def test_the_recipe_delivers_by_the_first_channel(platform):
    assert platform.call("PUT", "/api/customers/customer-123", {"contactPoints": ADA}).status in (200, 201)

    accepted = platform.call("POST", "/api/MessageRouter", RECIPE)

    assert accepted.status == 202
    assert accepted.headers["Location"] == accepted.body["statusQueryGetUri"]
    assert accepted.headers["Retry-After"] == "5"
    assert (accepted.body["status"], accepted.body["channel"]) == ("accepted", "email")
    message = platform.finished(accepted.body["messageId"])
    [attempt] = message["attempts"]
    assert (message["status"], message["channel"]) == ("delivered", "email")
    assert (attempt["channel"], attempt["status"], attempt["tries"]) == ("email", "delivered", 1)
    assert message["skipped"] == []
    texts = [each["content"]["text"] for each in platform.inbox("ada@example.com")]
    assert RECIPE["message"] in texts


def test_the_status_query_reads_running_and_then_completed(platform):
    to = {"sms": "+14255560102"}
    accepted = platform.call(
        "POST",
        "/api/messages",
        {"customerId": "c", "message": "x", "to": to, "channels": [{"channel": "sms", "timeout": "PT1S"}]},
    ).body

    platform.waiting(accepted["messageId"])
    running = platform.call("GET", accepted["statusQueryGetUri"])
    platform.finished(accepted["messageId"])
    completed = platform.call("GET", accepted["statusQueryGetUri"])

    assert (running.status, running.body["runtimeStatus"]) == (202, "Running")
    assert running.body["customStatus"]["status"] == "sent"
    assert (completed.status, completed.body["runtimeStatus"]) == (200, "Completed")
    assert completed.body["output"] == {"status": "undelivered", "channel": None, "attempt": None}


def test_a_customer_comes_back_as_it_was_put_on_file(platform):
    body = {
        "contactPoints": ADA,
        "locale": "en-GB",
        "timeZone": "Europe/London",
        "channels": ["sms", "email"],
        "quietHours": [{"from": "21:00", "to": "08:00", "days": ["sat", "sun"]}],
        "preferredHours": [{"from": "18:00", "to": "20:00", "days": ["mon"]}],
        "otherContactPoints": {"sms": ["+14255550199"]},
        "tags": ["plan:gold", "vip"],
        "attributes": {"firstName": "Grace", "age": 37, "isMember": True},
    }

    new = platform.call("PUT", "/api/customers/grace@example.com", body)
    again = platform.call("PUT", "/api/customers/grace@example.com", body)
    read = platform.call("GET", "/api/customers/grace@example.com")

    assert (new.status, again.status, read.status) == (201, 200, 200)
    assert read.body.pop("customerKey")
    assert read.body.pop("updatedAt")
    assert read.body == {"customerId": "grace@example.com", **body}


def test_the_channels_a_customer_prefers_are_the_route_of_a_message_that_names_none(platform):
    body = {"contactPoints": ADA, "channels": ["sms", "email"]}
    platform.call("PUT", "/api/customers/prefers-sms", body)

    message = platform.finished(platform.post(customerId="prefers-sms"))

    assert message["channel"] == "sms"


def test_subject_and_html_reach_the_mailbox(platform):
    content = {"subject": "Your parcel", "text": "is here", "html": "<p>is here</p>"}
    address = "subject@example.com"
    body = {"customerId": "c", "content": content, "to": {"email": address}, "channels": ["email"]}

    platform.finished(platform.call("POST", "/api/messages", body).body["messageId"])

    [received] = platform.inbox(address)
    assert received["content"] == content


def test_what_does_not_exist_is_not_found(platform):
    assert platform.call("GET", "/api/messages/nothing").status == 404
    assert platform.call("GET", "/api/customers/nobody").status == 404
    assert platform.call("GET", "/api/nowhere").status == 404


def test_the_conversation_remembers_what_became_of_its_messages(platform):
    message_id = platform.post(to={"sms": "+14255550123"}, channels=["sms"], conversationId="conv-1")
    platform.finished(message_id)

    url = "/runtime/webhooks/durabletask/entities/conversation/conv-1"
    platform.until(lambda: platform.call("GET", url).status == 200, "the conversation shows it")
    last = {"messageId": message_id, "status": "delivered", "channel": "sms"}
    assert platform.call("GET", url).body["last"] == last


def test_urls_that_could_stop_a_workflow_are_kept_back_where_the_settings_say_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MANAGEMENT_URLS", "status")
    careful = Platform(tmp_path)
    careful.start()

    body = {"customerId": "c", "message": "x", "to": {"sms": "+14255550123"}}
    accepted = careful.call("POST", "/api/messages", body).body

    assert sorted(accepted) == ["channel", "id", "messageId", "status", "statusQueryGetUri"]
    careful.stop()


def test_on_a_laptop_the_urls_that_steer_a_workflow_are_told_beside_its_status(platform):
    body = {"customerId": "c", "message": "x", "to": {"sms": "+14255560102"}, "channels": ["sms"]}
    accepted = platform.call("POST", "/api/messages", body).body

    steered = platform.call("POST", accepted["terminatePostUri"].replace("{text}", "enough"))

    assert accepted["statusQueryGetUri"].startswith(f"{platform.url}/api/messages/{accepted['id']}/workflow?token=")
    assert steered.status == 202
    platform.until(lambda: platform.call("GET", accepted["statusQueryGetUri"]).status == 200, "it is terminated")
