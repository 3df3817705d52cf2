import pytest
from doubles import edit_request, picture
from pydantic import BaseModel

from client import EditRequest, InvalidRequestError
from client.catalog import MODELS, SEED_MAX, is_known, model_spec
from client.offline import rules


def refusal(**changes: object) -> str:
    with pytest.raises(InvalidRequestError) as refused:
        edit_request(**changes)
    return refused.value.message.code


def test_the_least_that_a_request_needs_is_a_prompt_and_a_picture() -> None:
    request = EditRequest(prompt="make it blue", pictures=(picture(),))
    assert (request.model, request.n, request.size, request.seed) == ("qwen-image-edit-plus", 1, "auto", None)
    assert (request.negative_prompt, request.prompt_extend, request.watermark) == ("", True, False)
    assert request.warnings() == ()


@pytest.mark.parametrize("typed", ["1024*1536", "1024x1536", "1024X1536", "1024×1536", " 1024 * 1536 ", "01024*1536"])
def test_a_size_is_understood_in_every_way_of_typing_it(typed: str) -> None:
    assert edit_request(size=typed).size == "1024*1536"


@pytest.mark.parametrize("typed", ["auto", "AUTO", " Auto "])
def test_automatic_size_is_understood_in_any_writing(typed: str) -> None:
    assert edit_request(size=typed).size == "auto"


@pytest.mark.parametrize("typed", ["", "1024", "1024*", "big", "1024*1536*3", "-512*512", "1e3*512", "100000*512", 5])
def test_a_size_that_is_none_is_refused(typed: object) -> None:
    assert refusal(size=typed) == "request.size"


@pytest.mark.parametrize(
    ("model", "size", "code"),
    [
        ("qwen-image-edit-plus", "511*1024", "request.size_side"),
        ("qwen-image-edit-plus", "1024*2049", "request.size_side"),
        ("qwen-image-edit-max", "2049*512", "request.size_side"),
        ("my-own-model", "1024*511", "request.size_side"),
        ("qwen-image-2.0", "512*511", "request.size_area"),
        ("qwen-image-2.0-pro", "2048*2049", "request.size_area"),
        ("qwen-image-3.0", "4097*512", "request.size_ratio"),
        ("qwen-image-3.0-pro", "256*2049", "request.size_ratio"),
    ],
)
def test_a_size_outside_the_models_limits_is_refused(model: str, size: str, code: str) -> None:
    assert refusal(model=model, size=size) == code


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("qwen-image-edit-plus", "512*2048"),
        ("qwen-image-edit-plus-2025-12-15", "2048*512"),
        ("qwen-image-2.0", "4096*1024"),
        ("qwen-image-2.0", "8192*64"),
        ("qwen-image-3.0", "4096*512"),
        ("qwen-image-edit", "1*1"),
    ],
)
def test_a_size_at_the_models_limits_is_taken(model: str, size: str) -> None:
    assert edit_request(model=model, size=size).size == size


@pytest.mark.parametrize("n", [1, 6])
def test_one_to_six_results_may_be_asked_for(n: int) -> None:
    assert edit_request(n=n).n == n


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"n": 0}, "request.n"),
        ({"n": 7}, "request.n"),
        ({"n": 2, "model": "qwen-image-edit"}, "request.n_single"),
        ({"n": "many"}, "request.field"),
        ({"prompt": ""}, "request.no_prompt"),
        ({"prompt": " \n"}, "request.no_prompt"),
        ({"prompt": 5}, "request.field"),
        ({"pictures": ()}, "request.no_picture"),
        ({"pictures": (picture(),) * 4}, "request.too_many_pictures"),
        ({"pictures": None}, "request.field"),
        ({"pictures": (5,)}, "request.field"),
        ({"seed": -1}, "request.seed"),
        ({"seed": SEED_MAX + 1}, "request.seed"),
        ({"seed": "lucky"}, "request.seed"),
        ({"seed": 1.5}, "request.seed"),
        ({"model": " "}, "request.model"),
        ({"model": "m" * 129}, "request.model_name"),
        ({"model": "qwen\nimage"}, "request.model_name"),
        ({"model": None}, "request.field"),
        ({"colour": "blue"}, "request.field"),
        ({"pictures": ("http://localhost/cat.png",)}, "request.url"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(changes: dict[str, object], code: str) -> None:
    assert refusal(**changes) == code


def test_a_refusal_is_a_sentence_that_names_what_was_asked_for() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        edit_request(model="qwen-image-edit-plus", size="511x1024")
    assert str(refused.value) == (
        "qwen-image-edit-plus takes widths and heights from 512 to 2048 pixels; 511×1024 was asked for."
    )
    with pytest.raises(InvalidRequestError, match="“colour” cannot be used: extra inputs are not permitted"):
        edit_request(colour="blue")


def test_validation_by_other_ways_in_is_refused_in_the_same_words() -> None:
    with pytest.raises(InvalidRequestError):
        EditRequest.model_validate({"prompt": "x", "pictures": ()})
    with pytest.raises(InvalidRequestError):
        EditRequest.model_validate("not a request")


def test_a_model_that_nobody_knows_is_treated_like_plus_and_said() -> None:
    request = edit_request(model=" my-own-model ", n=6, size="2048*2048")
    assert request.model == "my-own-model"
    assert [warning.code for warning in request.warnings()] == ["warn.unknown_model"]


def test_prompts_of_exactly_the_limit_are_not_warned_about() -> None:
    assert edit_request(prompt="p" * 800, negative_prompt="n" * 500).warnings() == ()


def test_long_prompts_are_kept_whole_and_the_cut_is_announced() -> None:
    request = edit_request(prompt="图" * 801, negative_prompt="n" * 501)
    assert len(request.prompt) == 801
    assert [str(warning) for warning in request.warnings()] == [
        "The prompt has 801 characters; the service cuts what follows the first 800.",
        "The negative prompt has 501 characters; the service cuts what follows the first 500.",
    ]


def test_half_a_character_does_not_keep_a_prompt_from_being_sent() -> None:
    assert edit_request(prompt="half \ud83d", negative_prompt="\udc00").prompt == "half ?"


def test_links_are_kept_as_typed_and_an_oss_address_is_warned_about_once() -> None:
    typed = ("https://pictures.example/Katze%20ü.png?a=%2B&b=c", "oss://bucket/cat.png", "OSS://bucket/dog.png")
    request = edit_request(pictures=typed)
    assert request.pictures == typed
    assert [warning.code for warning in request.warnings()] == ["warn.oss"]


def test_a_seed_is_drawn_only_where_none_was_given() -> None:
    request = edit_request(seed=None)
    drawn = {request.with_seed().seed for _ in range(20)}
    assert len(drawn) > 1
    assert all(seed is not None and 0 <= seed <= SEED_MAX for seed in drawn)
    assert edit_request(seed=0).with_seed().seed == 0


def test_requests_are_equal_by_content_and_cannot_be_changed() -> None:
    assert edit_request() == edit_request()
    assert edit_request() != edit_request(seed=8)
    assert issubclass(EditRequest, BaseModel)
    with pytest.raises(Exception, match="frozen"):
        edit_request().prompt = "other"  # type: ignore[misc]


def test_the_catalog_holds_every_model_of_the_reference_with_its_limits() -> None:
    specs = {spec.name: spec for spec in MODELS}
    assert list(specs) == [
        "qwen-image-edit-plus",
        "qwen-image-edit-plus-2025-12-15",
        "qwen-image-edit-plus-2025-10-30",
        "qwen-image-edit",
        "qwen-image-edit-max",
        "qwen-image-edit-max-2026-01-16",
        "qwen-image-2.0",
        "qwen-image-2.0-pro",
        "qwen-image-3.0",
        "qwen-image-3.0-pro",
    ]
    plain = specs["qwen-image-edit"]
    assert (plain.max_n, plain.size, plain.prompt_extend, plain.price_cny) == (1, None, False, 0.3)
    assert all(spec.max_n == 6 and spec.size and spec.prompt_extend for spec in MODELS if spec is not plain)
    assert all(spec.max_pictures == 3 for spec in MODELS)
    assert [specs[name].price_cny for name in ("qwen-image-edit-plus", "qwen-image-edit-max")] == [0.2, 0.5]
    assert specs["qwen-image-3.0"].price_cny is None


def test_an_unlisted_model_has_the_limits_of_plus_and_no_price() -> None:
    spec = model_spec("my-own-model")
    assert (spec.name, spec.max_n, spec.price_cny) == ("my-own-model", 6, None)
    assert spec.size == model_spec("qwen-image-edit-plus").size
    assert is_known("qwen-image-edit-plus")
    assert not is_known("my-own-model")


def test_the_offline_engine_knows_the_models_of_the_catalog_with_the_same_limits() -> None:
    assert {spec.name for spec in MODELS} == rules.MODELS.keys()
    for spec in MODELS:
        limits = rules.MODELS[spec.name]
        assert (limits.most_results, limits.takes_prompt_extend) == (spec.max_n, spec.prompt_extend)
        assert spec.max_pictures == rules.MOST_PICTURES
        assert limits.takes_size == (spec.size is not None)
        if spec.size is not None:
            kind = "area" if limits.by_area else "side"
            rule = (kind, limits.smallest, limits.largest, limits.slimmest)
            assert rule == (spec.size.kind, spec.size.low, spec.size.high, spec.size.max_ratio)
    assert rules.LARGEST_SEED == SEED_MAX
