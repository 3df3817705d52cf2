import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from client.messages import ENGLISH as CLIENT_ENGLISH
from ui.examples import EXAMPLES
from ui.notes import named_pictures
from ui.templates import TEMPLATES, Template
from ui.text import ADVICE, SENTENCES, Language, say
from ui.words.chinese import CHINESE
from ui.words.client_chinese import CLIENT_CHINESE
from ui.words.english import ENGLISH

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = list(Language)
# After these there is nothing that a person could do differently.
NOTHING_TO_DO = {"error.stopped", "error.unexpected"}
# Names, addresses and numbers, which are the same in every language.
WITHOUT_WORDS = re.compile(r"[\W\d]*(sk-|https://)?[\W\d]*")

Call = tuple[Path, ast.Call]


@cache
def nodes(folder: str) -> tuple[tuple[Path, ast.AST], ...]:
    """List every piece of the code in a folder, with the file that it stands in."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return tuple((file, node) for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def calls(folder: str, *names: str) -> list[Call]:
    """Find all calls of functions and methods with these names."""
    return [
        (file, node)
        for file, node in nodes(folder)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names
    ]


def literal(node: ast.expr) -> list[str]:
    """List what an expression may be, as far as it is written down: a text, or one of two."""
    if isinstance(node, ast.IfExp):
        return literal(node.body) + literal(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def pattern(node: ast.JoinedStr) -> str:
    """Return a regular expression for what an f-string may be; an empty one for those that are no key."""
    parts = [re.escape(each.value) if isinstance(each, ast.Constant) else ".*" for each in node.values]
    written = "".join(part for part in parts if part != ".*").replace("\\", "")
    return "".join(parts) if re.fullmatch(r"[a-z_.]*[._][a-z_.]*", written) else ""


def keys_of(spoken: ast.Call) -> ast.expr:
    return spoken.args[0 if getattr(spoken.func, "id", "") == "english" else 1]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def unused(table: Mapping[str, str], folder: str) -> list[str]:
    """List the keys that stand nowhere in the code, neither as they are nor as what an f-string may be."""
    code = [node for file, node in nodes(folder) if "words" not in file.parts and file.name != "messages.py"]
    written = {node.value for node in code if isinstance(node, ast.Constant)}
    patterns = [found for node in code if isinstance(node, ast.JoinedStr) and (found := pattern(node))]
    return [key for key in table if key not in written and not any(re.fullmatch(found, key) for found in patterns)]


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for key, sentence in ENGLISH.items():
        assert placeholders(sentence) == placeholders(CHINESE[key]), key


def test_everything_the_client_says_has_a_chinese_sentence() -> None:
    assert CLIENT_ENGLISH.keys() == CLIENT_CHINESE.keys()


def test_chinese_sentences_are_chinese() -> None:
    english = [
        key
        for key, sentence in CHINESE.items()
        if not re.search(r"[\u4e00-\u9fff]", sentence) and not WITHOUT_WORDS.fullmatch(re.sub(r"\{\w+\}", "", sentence))
    ]
    assert english == []


def test_english_sentences_hold_no_chinese() -> None:
    assert [key for key, sentence in ENGLISH.items() if re.search(r"[\u3000-\u9fff]", sentence)] == []


def test_every_failure_comes_with_advice_in_both_languages() -> None:
    failures = {code for code in CLIENT_ENGLISH if code.startswith("error.")}
    for language in LANGUAGES:
        assert failures - ADVICE[language].keys() == NOTHING_TO_DO
    assert ADVICE[Language.ENGLISH].keys() == ADVICE[Language.CHINESE].keys()
    assert ADVICE[Language.ENGLISH].keys() <= CLIENT_ENGLISH.keys()


def test_advice_asks_for_no_facts_that_its_message_has_not() -> None:
    for language in LANGUAGES:
        for code, advice in ADVICE[language].items():
            assert placeholders(advice) <= placeholders(CLIENT_ENGLISH[code]), code


def test_the_page_says_only_what_has_words() -> None:
    spoken = calls("ui", "say", "english")
    assert len(spoken) > 50
    for file, call in spoken:
        key = keys_of(call)
        assert all(each in ENGLISH for each in literal(key)), f"{file.name}:{call.lineno}"
        if isinstance(key, ast.JoinedStr):
            assert any(re.fullmatch(pattern(key), each) for each in ENGLISH), f"{file.name}:{call.lineno}"


def test_the_page_gives_each_sentence_the_facts_it_asks_for() -> None:
    for file, call in calls("ui", "say", "english"):
        given = {keyword.arg for keyword in call.keywords}
        for key in literal(keys_of(call)) if None not in given else []:
            assert placeholders(ENGLISH[key]) <= given, f"{file.name}:{call.lineno}"


def test_the_client_gives_each_message_the_facts_it_asks_for() -> None:
    made = calls("client", "of")
    codes = [code for _, call in made if call.args for code in literal(call.args[0]) if code in CLIENT_ENGLISH]
    assert len(codes) > 20
    for file, call in made:
        given = {keyword.arg for keyword in call.keywords}
        for code in literal(call.args[0]) if call.args and None not in given else []:
            if code in CLIENT_ENGLISH:
                assert placeholders(CLIENT_ENGLISH[code]) == given, f"{file.name}:{call.lineno}"


def test_no_sentence_is_left_over() -> None:
    own = {key: sentence for key, sentence in ENGLISH.items() if key not in CLIENT_ENGLISH}
    assert unused(own, "ui") == []


def test_no_message_of_the_client_is_left_over() -> None:
    assert unused(CLIENT_ENGLISH, "client") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_a_template_names_as_many_pictures_as_it_says(template: Template, language: Language) -> None:
    assert named_pictures(template.prompt(language)) == tuple(range(1, template.pictures + 1))


def test_a_template_is_listed_with_the_number_of_its_pictures() -> None:
    names = {template.key: template.name("en") for template in TEMPLATES}
    assert len(names) == len(TEMPLATES)
    assert names["background"] == "Replace the background · 1 picture"
    assert names["outfit"] == "Clothes and pose · 3 pictures"
    assert {template.name("zh") for template in TEMPLATES if template.pictures == 2} >= {"试穿服装 · 2 张图"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_names_the_pictures_it_brings(language: Language) -> None:
    for example in EXAMPLES:
        named = named_pictures(say(language, f"{example.key}_prompt"))
        assert named == tuple(range(1, len(example.pictures) + 1))
        assert all(file.is_file() for file in (*example.pictures, example.after))


def test_a_language_that_is_not_spoken_is_an_error() -> None:
    with pytest.raises(ValueError, match="fr"):
        say("fr", "run")
    assert set(SENTENCES) == set(Language)
