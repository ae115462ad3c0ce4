"""The bodies of responses about templates, field by field."""

from typing import Any, NotRequired  # pydantic reads those of `typing` from Python 3.12 on only

from typing_extensions import TypedDict


class Template(TypedDict):
    """A version of a template, as it was put. `variables` are the names of data that it may need."""

    name: str
    version: int
    defaultLocale: str
    locales: dict[str, dict[str, Any]]
    variables: list[str]
    createdAt: str
    createdBy: str


class Templates(TypedDict):
    """A page of templates, the latest changed first; without `next` it is the last."""

    data: list[Template]
    next: NotRequired[str]


class ChannelPreview(TypedDict):
    """What a channel carries. `segments`: how many parts of an SMS are charged, in that `encoding`."""

    subject: NotRequired[str]
    text: NotRequired[str]
    html: NotRequired[str]
    encoding: NotRequired[str]
    characters: NotRequired[int]
    segments: NotRequired[int]
    warnings: list[str]


class Preview(TypedDict):
    """What a template says with some data, by channel."""

    name: str
    version: int
    locale: str
    variables: list[str]
    channels: dict[str, ChannelPreview]
