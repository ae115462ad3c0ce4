"""Landfall: carries a message to a customer and knows that it arrived. This list is the map of the app."""

import azure.durable_functions as df
import azure.functions as func

from activities import look_after_shard, names_of_0_1_0, send, take_next_step
from entities import conversation
from orchestrators import deliver_message, look_after_shards
from settings import access_mode, complain_at_start
from telemetry.export import begin_export
from triggers.events import message_processor
from triggers.http import (
    api_docs,
    audit_api,
    cancel_api,
    change_api,
    consents_api,
    conversations_api,
    customer_lists_api,
    customers_api,
    erasures_api,
    errors_page,
    exports_api,
    health,
    imports_api,
    keys_api,
    messages_api,
    openapi,
    preferences_api,
    sending_api,
    suppressions_api,
    templates_api,
    workflow_api,
)
from triggers.timers import announcer, housekeeper, starter, sweeper

complain_at_start()
begin_export()
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS if access_mode() == "roles" else func.AuthLevel.FUNCTION)

for part in (
    messages_api,  # a message comes in
    deliver_message,  # and is carried through its channels
    take_next_step,  # by decisions
    send,  # and sends,
    names_of_0_1_0,  # (also in workflows that an older version began)
    message_processor,  # until a delivery report says that it arrived
    conversation,  # which its conversation remembers.
    workflow_api,
    cancel_api,
    change_api,
    starter,  # for messages that are planned for later
    sweeper,
    announcer,
    housekeeper,
    look_after_shards,  # where many are due at once
    look_after_shard,
    templates_api,  # what is said
    conversations_api,
    customers_api,
    customer_lists_api,
    imports_api,
    exports_api,
    erasures_api,
    consents_api,  # who say what they want,
    preferences_api,
    suppressions_api,  # and what they do not;
    sending_api,  # an operator stops all of it,
    keys_api,  # those who may do so have keys,
    audit_api,  # and what they did is told.
    health,
    openapi,
    api_docs,
    errors_page,
):
    app.register_functions(part.bp)
