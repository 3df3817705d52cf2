import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from client import Message
from client.messages import ENGLISH as CLIENT_ENGLISH
from ui.examples import EXAMPLES, TEMPLATES
from ui.prompt import named_pictures
from ui.words import Language, advise, say, sentences, tell

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = list(Language)
ENGLISH, CHINESE = (sentences(language) for language in LANGUAGES)
# After these there is nothing that a person could do differently.
NOTHING_TO_DO = {"error.stopped", "error.stopped_sent", "error.unexpected"}
# Names, addresses and numbers, which are the same in every language.
WITHOUT_WORDS = re.compile(r"[\W\d]*(sk-|https://)?[\W\d]*")
# English says them alike, other languages need not.
SAID_ALIKE = [
    {"status.working", "step.working"},  # what goes on now, and a step that may be past or ahead
    {"status.working_offline", "step.working_offline"},
    {"act.fetch", "step.fetch"},  # a button, and a step
    {"example.colours", "template.colours"},  # each has a prompt of its own, and may change its name with it
]

Call = tuple[Path, ast.Call]


@cache
def templates() -> tuple[nodes.Template, ...]:
    """Parse every template of the page."""
    return tuple(
        Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
        for file in sorted((ROOT / "ui" / "html").glob("*.html"))
    )


def said_in_templates() -> list[nodes.Call]:
    """Find every place where a template says something."""
    found = [call for template in templates() for call in template.find_all(nodes.Call)]
    return [call for call in found if isinstance(call.node, nodes.Name) and call.node.name == "say"]


@cache
def code(folder: str) -> tuple[tuple[Path, ast.AST], ...]:
    """List every piece of the code in a folder, with the file that it stands in."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return tuple((file, node) for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def calls(folder: str, *names: str) -> list[Call]:
    """Find all calls of functions and methods with these names."""
    return [
        (file, node)
        for file, node in code(folder)
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


def joined(node: nodes.Concat) -> str:
    """Return a regular expression for what a template puts together."""
    return "".join(re.escape(str(each.value)) if isinstance(each, nodes.Const) else ".*" for each in node.nodes)


def keys_of(spoken: ast.Call) -> ast.expr:
    return spoken.args[0 if getattr(spoken.func, "id", "") == "english" else 1]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def asked(key: str) -> set[str]:
    """Name the facts that a sentence needs; where there are plural forms, what chooses between them is one."""
    return placeholders(ENGLISH[key]["other"]) | ({"count"} if len(ENGLISH[key]) > 1 else set())


def unused(keys: set[str], folder: str) -> list[str]:
    """List the keys that stand nowhere in the code, neither as they are nor as what an f-string may be."""
    python = [node for file, node in code(folder) if file.name != "messages.py"]
    written = {node.value for node in python if isinstance(node, ast.Constant)}
    written |= {const.value for template in templates() for const in template.find_all(nodes.Const)}
    patterns = [found for node in python if isinstance(node, ast.JoinedStr) and (found := pattern(node))]
    patterns += [joined(each) for template in templates() for each in template.find_all(nodes.Concat)]
    return [key for key in keys if key not in written and not any(re.fullmatch(found, key) for found in patterns)]


def page_keys() -> set[str]:
    """List the sentences of the page itself; advice is found by the codes of the client's messages."""
    return {key for key in ENGLISH if key not in CLIENT_ENGLISH and not key.startswith("advice.")}


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for key, forms in ENGLISH.items():
        assert placeholders(forms["other"]) == placeholders(CHINESE[key]["other"]), key


def test_a_plural_form_is_one_that_its_language_has() -> None:
    for key, forms in ENGLISH.items():
        assert set(forms) in ({"other"}, {"one", "other"}), key
        assert placeholders(forms.get("one", "")) <= placeholders(forms["other"]), key
    assert all(set(forms) == {"other"} for forms in CHINESE.values())


@pytest.mark.parametrize(
    ("key", "facts", "one", "several"),
    [
        ("count.results", {}, "1 result", "2 results"),
        ("price.about", {"price": "0.20"}, "1 result · about ¥0.20", "2 results · about ¥0.20"),
        ("history.count", {}, "1 edit", "2 edits"),
        ("connection.works", {}, "It answers, and lists 1 model.", "It answers, and lists 2 models."),
        ("template.listed", {"name": "Add text"}, "Add text · 1 picture", "Add text · 2 pictures"),
    ],
)
def test_english_has_a_form_for_one_and_one_for_more(
    key: str, facts: Mapping[str, str], one: str, several: str
) -> None:
    assert say("en", key, count=1, **facts) == one
    assert say("en", key, count=2, **facts) == several
    assert say("en", key, count=0, **facts) == several.replace("2", "0", 1)
    assert say("zh", key, count=1, **facts) == say("zh", key, count=2, **facts).replace("2", "1", 1)


def test_nothing_is_named_twice() -> None:
    named: dict[str, set[str]] = {}
    # Several failures may call for the same advice.
    for key in page_keys():
        named.setdefault(ENGLISH[key]["other"], set()).add(key)
    assert [keys for keys in named.values() if len(keys) > 1 and keys not in SAID_ALIKE] == []
    assert all(any(keys == alike for keys in named.values()) for alike in SAID_ALIKE)


def test_chinese_sentences_are_chinese() -> None:
    english = [
        key
        for key, forms in CHINESE.items()
        if not re.search(r"[\u4e00-\u9fff]", forms["other"])
        and not WITHOUT_WORDS.fullmatch(re.sub(r"\{\w+\}", "", forms["other"]))
    ]
    assert english == []


def test_english_sentences_hold_no_chinese() -> None:
    assert [key for key, forms in ENGLISH.items() if re.search(r"[\u3000-\u9fff]", str(forms))] == []


def test_every_failure_comes_with_advice() -> None:
    advised = {key.removeprefix("advice.") for key in ENGLISH if key.startswith("advice.")}
    assert advised <= CLIENT_ENGLISH.keys()
    assert {code for code in CLIENT_ENGLISH if code.startswith("error.")} - advised == NOTHING_TO_DO
    for code in advised:
        assert asked(f"advice.{code}") <= placeholders(CLIENT_ENGLISH[code]), code


def test_what_the_client_says_is_said_and_advised_in_the_readers_language() -> None:
    message = Message.of("error.server", said="{odd} <b>")
    assert tell("en", message) == str(message) == "The service failed: {odd} <b>"
    assert tell("zh", message) == "服务出错：{odd} <b>"
    assert advise("en", message) == "Wait a little before you try again."
    assert advise("zh", Message.of("error.stopped")) == ""


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
            assert asked(key) <= given, f"{file.name}:{call.lineno}"


def test_the_templates_say_only_what_has_words_with_the_facts_it_asks_for() -> None:
    said = said_in_templates()
    assert len(said) > 25
    for call in said:
        given = {keyword.key for keyword in call.kwargs}
        for const in (call.args[1], *call.args[1].find_all(nodes.Const)):
            if isinstance(const, nodes.Const) and not isinstance(call.args[1], nodes.Concat):
                assert const.value in ENGLISH, f"line {call.lineno}"
                assert asked(const.value) <= given, const.value


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
    assert unused(page_keys(), "ui") == []


def test_no_message_of_the_client_is_left_over() -> None:
    # Histories of earlier versions hold this one.
    assert unused(set(CLIENT_ENGLISH), "client") == ["error.size_with_n"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_names_as_many_pictures_as_it_says(template: str, language: Language) -> None:
    named = named_pictures(say(language, f"template.{template}_prompt"))
    assert named == tuple(range(1, TEMPLATES[template] + 1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_names_the_pictures_it_brings(language: Language) -> None:
    for example in EXAMPLES:
        named = named_pictures(say(language, f"{example.key}_prompt"))
        assert named == tuple(range(1, len(example.pictures) + 1))
        assert all(file.is_file() for file in (*example.pictures, example.after))


def test_a_language_that_is_not_spoken_is_an_error() -> None:
    with pytest.raises(ValueError, match="fr"):
        say("fr", "act.run")
