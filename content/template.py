"""A template: what is said, in several languages, on each channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from content.rendering import BadData, BadTemplate, Text, checked
from domain.errors import InvalidValue
from domain.messages.message import Content, Wording
from domain.texts import body_text, header_value

PARTS = ("text", "subject", "html")


@dataclass(frozen=True)
class Template:
    """One version of a template; it never changes. `locales` has the sources of its parts, by language tag.

    `digest` is that of what was sent, so that the same is not taken twice.
    """

    name: str
    version: int
    default_locale: str
    locales: dict[str, Content] = field(repr=False)
    digest: str
    created_at: datetime
    created_by: str
    schema: int = 1

    def check(self) -> None:
        """Raises `BadTemplate`, which begins with the place."""
        for locale, content in self.locales.items():
            for place, text in _texts(content):
                try:
                    checked(text.source)
                except BadTemplate as wrong:
                    raise BadTemplate(f"locales.{locale}.{place} {wrong}") from None

    def locale_for(self, wanted: str | None) -> str:
        """The nearest language that there is: for `fr-CA` that, then `fr`, then the default."""
        by_name = {name.lower(): name for name in self.locales}
        parts = (wanted or "").lower().split("-")
        tags = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
        return next((by_name[tag] for tag in tags if tag in by_name), self.default_locale)

    def variables(self, locale: str) -> list[str]:
        """The names of data that a language of it may need."""
        return sorted({name for _, text in _texts(self.locales[locale]) for name in text.variables()})

    def rendered(self, wanted: str | None, data: Mapping[str, Any]) -> Content:
        """What it says with this data. Raises `BadData` with the name of what is missing or makes a wrong text."""
        locale = self.locale_for(wanted)
        source = self.locales[locale]

        def wording(of: Wording, place: str) -> Wording:
            parts = {name: _rendered(f"{place}{name}", text, data, locale) for name, text in _parts(of)}
            return Wording(**parts)

        whole = wording(source, "")
        channels = {name: wording(each, f"{name}.") for name, each in (source.channels or {}).items()}
        made_from = {"template": f"{self.name}@{self.version}", "locale": locale}
        return replace(Content(**vars(whole)), channels=channels or None, **made_from)


def _parts(of: Wording) -> Iterator[tuple[str, Text]]:
    for name in PARTS:
        if source := getattr(of, name):
            yield name, Text(source, is_html=name == "html")


def _texts(content: Content) -> Iterator[tuple[str, Text]]:
    yield from _parts(content)
    for channel, wording in (content.channels or {}).items():
        for name, text in _parts(wording):
            yield f"channels.{channel}.{name}", text


def _rendered(place: str, text: Text, data: Mapping[str, Any], locale: str) -> str | None:
    """None for what says nothing. Raises `BadData`."""
    written = text.rendered(data, locale).strip()
    if not written:
        return None
    try:
        return header_value(written) if place.endswith("subject") else body_text(written)
    except InvalidValue as wrong:
        raise BadData(place, str(wrong), is_part=True) from None
