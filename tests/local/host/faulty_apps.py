"""Apps whose functions Azure would not load, or would run otherwise than they are written."""

APP = """
import typing, azure.functions as func, azure.durable_functions as df
app = df.DFApp()
"""
ACTIVITY = """
@app.activity_trigger(input_name="payload")
def {name}(payload: str) -> str:
    return payload
"""
TIMER = """
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
def tick(timer):
    pass
"""
ACTIVITY_OF = """
@app.activity_trigger(input_name="payload")
def work(payload: {kind}):
    pass
"""
CLIENT = """
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@app.durable_client_input(client_name="client")
{definition}
    pass
"""
HTTP = """
@app.route("x")
def answer{signature}:
    return ""
"""
ENTITY = """
@app.entity_trigger(context_name="context")
{definition}
    pass
"""
BACKOFF = "strategy='exponential_backoff', max_retry_count='3'"

REFUSED_THERE_TOO: list[tuple[str, list[str]]] = [
    (TIMER + TIMER, ["line 5; ", "line 9: Function tick does not have a unique function name"]),
    ("@app.function_name('idle')\ndef idle(): pass", ["line 4: Function idle does not have a trigger"]),
    (
        '@app.blob_output(arg_name="out", path="p", connection="c")' + TIMER,
        ["The function tick has a binding of the type blob, named out"],
    ),
    (
        ACTIVITY_OF.format(kind="dict[str, int]"),
        ["line 5: The parameter payload of the function work", "dict[str, int]"],
    ),
    (ACTIVITY_OF.format(kind="typing.Tuple[int, str]"), ["annotated typing.Tuple[int, str]"]),
    (ACTIVITY_OF.format(kind="typing.Literal['a']"), ["annotated typing.Literal['a']"]),
    (ACTIVITY_OF.format(kind="typing.Optional[int]"), ["annotated typing.Optional[int]"]),
    (ACTIVITY_OF.format(kind="func.Out[str]"), ["The parameter payload of the function work", "an input"]),
    (TIMER.replace("(timer)", "(timer: func.Out[str])"), ["The parameter timer of the function tick", "an input"]),
    (ACTIVITY_OF.format(kind="int | None"), ["The parameter payload of the function work is annotated int | None"]),
    (
        ENTITY.format(definition="def count(ctx):").replace('"context"', '"ctx"'),
        ["line 5: The function count must have context_name='context'"],
    ),
    (
        TIMER.replace("(timer)", "(timer, when)"),
        ["No binding of the function tick has the name of its parameter when"],
    ),
    (TIMER.replace("(timer)", "()"), ["The function tick has no parameter timer, but a binding"]),
    (
        TIMER.replace("(timer)", "(timer: dict)"),
        ["The parameter timer", "does not fit its binding, a timerTrigger"],
    ),
    (TIMER.replace("(timer)", "(timer: 'Clock')"), ["line 5: An annotation of the function tick cannot be read"]),
    (TIMER.replace("(timer)", "(timer, context: dict)"), ["The parameter context", "must be a func.Context"]),
    (
        HTTP.format(signature="(req) -> None"),
        ["The function answer is annotated to return", "func.HttpResponse or"],
    ),
    (HTTP.format(signature="(req) -> str | None"), ["The function answer is annotated to return str | None"]),
    (
        TIMER.replace("\ndef", "\n@app.retry(strategy='fixed_delay', max_retry_count='3')\ndef"),
        ["delay_interval is None, and must be a duration such as '00:00:10'"],
    ),
]
"""What is appended to `APP`, and parts of what is said about it. Azure's worker loads no function of such an app."""

REFUSED_HERE_ALONE: list[tuple[str, list[str], str]] = [
    (
        ACTIVITY.format(name="work") + ACTIVITY.format(name="Work"),
        ["line 9: Two", "named Work", "line 5 "],
        "the host would take the one for the other",
    ),
    (
        ACTIVITY.format(name="work")
        + ACTIVITY.format(name="other").replace("@app.activity_trigger(", '@app.activity_trigger(activity="Work", '),
        ["Two functions are named Work, the other in", "line 5 "],
        "the host would take the one for the other",
    ),
    (
        '@app.queue_trigger(arg_name="item", queue_name="q", connection="c")\ndef take(item): pass',
        ["line 4: The function take has a binding of the type queueTrigger, named item"],
        "it works there",
    ),
    (
        '@app.route("x", binding_arg_name="answer")\ndef f(req, answer): pass',
        ["The function f has a binding of the type http, named answer"],
        "it works there",
    ),
    (
        CLIENT.format(definition="def start(timer, client):"),
        ["line 5: The function start", "must be async"],
        "every call fails: the SDK awaits it",
    ),
    (
        ENTITY.format(definition="async def count(context):"),
        ["line 5: The function count", "must not be async"],
        "nothing of it would run: the SDK never awaits it",
    ),
    (
        ENTITY.format(definition="async def tell(context):").replace("entity", "orchestration"),
        ["line 5: The function tell", "must not be async"],
        "nothing of it would run: the SDK never awaits it",
    ),
    (
        HTTP.format(signature="(req: bytes)"),
        ["The parameter req", "does not fit its binding, a httpTrigger"],
        "every call fails: the worker has no text of a request",
    ),
    (
        HTTP.format(signature="(req)").replace("x", "{a:word}"),
        ["The route of the function answer", "no constraint word()"],
        "the host reads routes, and not the worker",
    ),
    (
        HTTP.format(signature="(req)").replace("x", "{a?:int}"),
        ["cannot be read: '{a?:int}' is no parameter"],
        "the host reads routes, and not the worker",
    ),
    (
        HTTP.format(signature="(req)").replace("x", "{a:min(b)}"),
        ["there is no constraint min(b)"],
        "the host reads routes, and not the worker",
    ),
    (
        TIMER.replace("\ndef", "\n@app.retry(strategy='linear', max_retry_count='3')\ndef"),
        ["The retry policy of the function tick cannot be followed: strategy is 'linear'"],
        "the worker takes every other word for exponential_backoff",
    ),
    (
        TIMER.replace("\ndef", f"\n@app.retry({BACKOFF}, minimum_interval='00:00:10')\ndef"),
        ["maximum_interval is None, and must be a duration such as '00:00:10'"],
        "the worker of Python 3.12 asks for both, and that of 3.13 no more",
    ),
    (
        TIMER.replace("\ndef", f"\n@app.retry({BACKOFF}, maximum_interval='00:00:10')\ndef"),
        ["minimum_interval is None, and must be a duration such as '00:00:10'"],
        "the worker of Python 3.12 asks for both, and that of 3.13 no more",
    ),
    (
        TIMER.replace("\ndef", f"\n@app.retry({BACKOFF})\ndef"),
        ["minimum_interval is None, and must be a duration such as '00:00:10'"],
        "the worker of Python 3.12 asks for both, and that of 3.13 no more",
    ),
]
"""The same for what the worker would load, and why it is still refused here."""
