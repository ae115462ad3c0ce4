"""Durable HTTP calls. The input says where to."""

import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def calls_once(context):
    call = context.get_input()
    return (yield context.call_http(**call))


@app.orchestration_trigger(context_name="context")
def calls_and_handles(context):
    try:
        yield context.call_http(**context.get_input())
    except Exception as error:  # noqa: BLE001  # 1.x rebuilds every error as a bare Exception
        return str(error)


@app.orchestration_trigger(context_name="context")
def calls_as_itself(context):
    token = df.ManagedIdentityTokenSource("https://vault.example.com")
    try:
        answer = yield context.call_http("GET", context.get_input(), token_source=token)
    except Exception as error:  # noqa: BLE001
        return str(error)
    return answer["content"]
