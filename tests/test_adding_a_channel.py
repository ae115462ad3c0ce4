"""A new channel is a folder, a row of traits and its tests. Other places that name one are listed with a reason."""

import ast
import re

from tests.test_repository import ROOT, app_files

PLACES = {
    "channels/sms/acs.py": "what is sent, and how the provider's words become ours",
    "channels/providers.py": "the list of providers",
    "domain/traits.py": "its row of traits",
    "settings.py": "its sender",
    "triggers/http/requests/fields.py": "the name, for type checkers and generated clients",
    "triggers/http/requests/request_bodies.py": "its contact point, for type checkers and generated clients",
    "triggers/http/requests/fingerprints.py": "what a request was in version 1, frozen",
    "triggers/http/responses/response_bodies.py": "the name, for type checkers and generated clients",
    "activities/names_of_0_1_0.py": "former names of activities",
}


def names_sms(source: str) -> bool:
    """Whether code names the channel: in an identifier, or in a text that is no docstring."""
    tree = ast.parse(source)
    prose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        words = [getattr(node, field, None) for field in ("id", "attr", "arg", "name", "module")]
        if isinstance(node, ast.Constant) and node not in prose:
            words.append(node.value)
        if any(isinstance(word, str) and re.search(r"(?<![a-z])sms(?![a-z])", word.lower()) for word in words):
            return True
    return False


def test_adding_a_channel_touches_these_places_and_no_other():
    naming = {str(file.relative_to(ROOT)) for file in app_files() if names_sms(file.read_text())}

    assert naming == set(PLACES)
