import copy
import json
import pickle
from pathlib import Path

import pytest

from client import ApiKey, ConfigurationError, InvalidRequestError, Settings
from client.service.dialects import ABILITIES

KEY = "sk-canary-0123456789abcdef"


def test_nothing_set_means_offline_with_results_in_the_users_folder() -> None:
    settings = Settings.from_env({})
    assert settings.offline
    assert settings.endpoint_base == "http://offline.invalid/v1"
    assert settings.results_dir == settings.home / "results"
    assert "qwen-edit-studio" in settings.home.parts


def test_empty_variables_count_as_not_set() -> None:
    names = ("API_KEY", "BASE_URL", "DIALECT", "HOME", "OFFLINE_DELAY", "ALLOWED_HOSTS")
    assert Settings.from_env({f"QWEN_EDIT_{name}": " " for name in names}) == Settings.from_env({})


@pytest.mark.parametrize("variable", ["QWEN_EDIT_API_KEY", "QWEN_EDIT_BASE_URL"])
def test_a_key_or_a_base_url_alone_ends_being_offline(variable: str) -> None:
    value = {"QWEN_EDIT_API_KEY": KEY, "QWEN_EDIT_BASE_URL": "http://127.0.0.1:8000"}[variable]
    assert not Settings.from_env({variable: value}).offline


def test_a_key_alone_means_the_default_service() -> None:
    assert Settings.from_env({"QWEN_EDIT_API_KEY": KEY}).endpoint_base == "https://onetoken.one/v1"


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("https://api.onetoken.one", "https://api.onetoken.one/v1"),
        ("https://api.onetoken.one/", "https://api.onetoken.one/v1"),
        ("https://api.onetoken.one/v1", "https://api.onetoken.one/v1"),
        ("https://api.onetoken.one/v1//", "https://api.onetoken.one/v1"),
        ("https://api.onetoken.one/v1/images/edits", "https://api.onetoken.one/v1"),
        ("http://gateway:3000/proxy/", "http://gateway:3000/proxy/v1"),
        ("http://192.168.1.5:3000", "http://192.168.1.5:3000/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_a_base_url_is_taken_with_or_without_v1_and_slashes(typed: str, base: str) -> None:
    assert Settings.from_env({"QWEN_EDIT_BASE_URL": typed}).endpoint_base == base


@pytest.mark.parametrize(
    "typed",
    [
        "onetoken.one/v1",
        "ftp://onetoken.one",
        "https://",
        "https://user:secret@onetoken.one",
        "https://onetoken.one/v1?key=1",
        "https://onetoken.one/v1#part",
        "https://onetoken.one:0/v1",
        "https://onetoken.one:99999/v1",
        "https://onetoken.one:x/v1",
        "https://one token.one",
        "https://[::1/v1",
        "https://onetoken.one\\v1",
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^QWEN_EDIT_BASE_URL must be .*\.$"):
        Settings.from_env({"QWEN_EDIT_BASE_URL": typed})


@pytest.mark.parametrize("typed", ["-1", "600.5", "nan", "inf", "soon"])
def test_a_delay_outside_ten_minutes_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError, match=r"QWEN_EDIT_OFFLINE_DELAY .* from 0 to 600"):
        Settings.from_env({"QWEN_EDIT_OFFLINE_DELAY": typed})


@pytest.mark.parametrize(("typed", "seconds"), [("0", 0.0), ("1.5", 1.5), ("600", 600.0)])
def test_a_delay_up_to_ten_minutes_is_taken(typed: str, seconds: float) -> None:
    assert Settings.from_env({"QWEN_EDIT_OFFLINE_DELAY": typed}).offline_delay == seconds


def test_an_unknown_dialect_is_refused_and_a_known_one_is_taken_in_any_writing() -> None:
    assert Settings.from_env({"QWEN_EDIT_DIALECT": "Qwen"}).dialect == "qwen"
    with pytest.raises(ConfigurationError, match="QWEN_EDIT_DIALECT must be qwen"):
        Settings.from_env({"QWEN_EDIT_DIALECT": "smoke-signals"})


@pytest.mark.parametrize("dialect", ABILITIES)
def test_every_dialect_may_be_set_and_says_what_it_can(dialect: str) -> None:
    settings = Settings.from_env({"QWEN_EDIT_DIALECT": dialect})
    assert settings.offline
    assert settings.abilities is ABILITIES[dialect]


@pytest.mark.parametrize(
    ("dialect", "base", "host"),
    [
        ("qwen", "https://onetoken.one/v1", "onetoken.one"),
        ("dashscope", "https://dashscope.aliyuncs.com/api/v1", "dashscope.aliyuncs.com"),
        ("openai", "http://127.0.0.1:8000/v1", "127.0.0.1"),
    ],
)
def test_each_dialect_has_a_service_of_its_own_where_none_is_named(dialect: str, base: str, host: str) -> None:
    settings = Settings.from_env({"QWEN_EDIT_DIALECT": dialect, "QWEN_EDIT_API_KEY": KEY})
    assert (settings.endpoint_base, settings.host) == (base, host)


@pytest.mark.parametrize(
    "typed",
    [
        "https://dashscope-intl.aliyuncs.com",
        "https://dashscope-intl.aliyuncs.com/",
        "https://dashscope-intl.aliyuncs.com/v1",
        "https://dashscope-intl.aliyuncs.com/api/v1",
        "https://dashscope-intl.aliyuncs.com/api/v1/",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/multimodal-generation/generation",
    ],
)
def test_the_address_of_upstream_is_taken_however_its_examples_write_it(typed: str) -> None:
    settings = Settings.from_env({"QWEN_EDIT_DIALECT": "dashscope", "QWEN_EDIT_BASE_URL": typed})
    assert settings.endpoint_base == "https://dashscope-intl.aliyuncs.com/api/v1"


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("http://gpu:30000", "http://gpu:30000/v1"),
        ("http://gpu:30000/v1/", "http://gpu:30000/v1"),
        ("http://gpu:30000/v1/images/edits", "http://gpu:30000/v1"),
        ("https://team.example/gpu-1", "https://team.example/gpu-1/v1"),
        ("https://api.example.com/v1/openai", "https://api.example.com/v1/openai"),
        ("https://api.example.com/v1beta/openai", "https://api.example.com/v1beta/openai"),
        ("https://api.example.com/api/v3", "https://api.example.com/api/v3"),
        ("http://v1", "http://v1/v1"),
        ("https://api.example.com/v1x-images", "https://api.example.com/v1x-images/v1"),
    ],
)
def test_the_address_of_an_openai_server_is_completed_where_it_names_no_version(typed: str, base: str) -> None:
    settings = Settings.from_env({"QWEN_EDIT_DIALECT": "openai", "QWEN_EDIT_BASE_URL": typed})
    assert settings.endpoint_base == base


def test_a_dialect_that_is_not_spoken_is_told_which_ones_are() -> None:
    with pytest.raises(ConfigurationError, match=r"^QWEN_EDIT_DIALECT must be qwen, dashscope or openai\.$"):
        Settings.from_env({"QWEN_EDIT_DIALECT": "anthropic"})


def test_home_may_be_any_folder_but_not_a_file(tmp_path: Path) -> None:
    assert Settings.from_env({"QWEN_EDIT_HOME": str(tmp_path / "new")}).home == tmp_path / "new"
    assert Settings.from_env({"QWEN_EDIT_HOME": "~/pictures"}).home == Path.home() / "pictures"
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="QWEN_EDIT_HOME must be a folder"):
        Settings.from_env({"QWEN_EDIT_HOME": str(tmp_path / "file")})


def test_allowed_hosts_are_a_list_of_names() -> None:
    settings = Settings.from_env({"QWEN_EDIT_ALLOWED_HOSTS": "Studio.example.org, 192.168.1.5,"})
    assert settings.allowed_hosts == ("studio.example.org", "192.168.1.5")


@pytest.mark.parametrize("typed", ["https://studio.example.org", "studio.example.org:7860", "*", "a b"])
def test_allowed_hosts_that_are_no_names_are_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError, match="QWEN_EDIT_ALLOWED_HOSTS"):
        Settings.from_env({"QWEN_EDIT_ALLOWED_HOSTS": typed})


@pytest.mark.parametrize("typed", ["tiny", "with space in it", "schlüssel-schlüssel", "line\nbreak-in-it", "k" * 257])
def test_a_key_with_what_no_key_has_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        ApiKey.parse(typed)
    assert typed not in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"^QWEN_EDIT_API_KEY must be") as named:
        Settings.from_env({"QWEN_EDIT_API_KEY": typed})
    assert typed not in str(named.value)


def test_a_key_is_shown_by_its_last_four_characters_only() -> None:
    key = ApiKey.parse(f"  {KEY}\n")
    assert key.reveal() == KEY
    written = json.dumps({"key": key}, default=str)
    shown = [repr(key), str(key), f"{key}", f"{key:>9}", repr(Settings(api_key=key)), written]
    assert all("cdef" in text and "canary" not in text for text in shown)
    assert b"canary" not in pickle.dumps(key)
    assert str(pickle.loads(pickle.dumps(key))) == "…cdef"  # noqa: S301 - its own bytes


def test_a_key_typed_for_a_session_replaces_that_of_the_environment() -> None:
    typed = ApiKey.parse("typed-in-the-page")
    settings = Settings(api_key=ApiKey.parse(KEY)).with_key(typed)
    assert settings.api_key == typed
    assert len({settings.api_key, typed, ApiKey.parse(KEY)}) == 2


@pytest.mark.parametrize("public", [{"SPACE_ID": "someone/studio"}, {"QWEN_EDIT_PUBLIC": "1"}])
def test_strangers_never_spend_the_owners_key(public: dict[str, str]) -> None:
    settings = Settings.from_env({"QWEN_EDIT_API_KEY": "sk-owner-0001", **public})
    assert settings.public
    assert settings.api_key is None
    assert settings.offline


def test_the_owner_of_a_private_space_may_use_the_key() -> None:
    settings = Settings.from_env(
        {"QWEN_EDIT_API_KEY": "sk-owner-0001", "SPACE_ID": "someone/studio", "QWEN_EDIT_PUBLIC": "0"}
    )
    assert settings.api_key == ApiKey.parse("sk-owner-0001")
    assert not settings.public


def test_public_is_one_or_nought() -> None:
    with pytest.raises(ConfigurationError, match="QWEN_EDIT_PUBLIC"):
        Settings.from_env({"QWEN_EDIT_PUBLIC": "maybe"})


def test_a_person_may_choose_another_service_for_a_session() -> None:
    own = Settings(api_key=ApiKey.parse(KEY)).connected(dialect="openai", address=" http://127.0.0.1:9000/ ", key=None)
    assert own.dialect == "openai"
    assert own.endpoint_base == "http://127.0.0.1:9000/v1"
    assert own.api_key is None
    assert not own.offline
    assert own.disconnected().offline


def test_an_empty_address_means_the_usual_one_of_the_dialect() -> None:
    assert Settings().connected(dialect="dashscope", address="", key=None).host == "dashscope.aliyuncs.com"


@pytest.mark.parametrize(
    "typed", ["nonsense", "ftp://example.com", "https://user@example.com", "http://", "https://a b"]
)
def test_what_is_no_address_of_a_service_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequestError, match="address"):
        Settings().connected(dialect="qwen", address=typed, key=None)


@pytest.mark.parametrize("typed", ["http://127.0.0.1:8000/v1", "https://example.com", "http://169.254.169.254"])
def test_strangers_cannot_send_requests_to_wherever_they_like(typed: str) -> None:
    with pytest.raises(InvalidRequestError, match="public page"):
        Settings(public=True).connected(dialect="openai", address=typed, key=None)


@pytest.mark.parametrize(
    ("dialect", "typed", "base"),
    [
        ("qwen", "https://onetoken.one", "https://onetoken.one/v1"),
        ("qwen", "https://onetoken.one/v1/", "https://onetoken.one/v1"),
        ("qwen", "https://api.onetoken.one", "https://api.onetoken.one/v1"),
        ("qwen", "https://onetoken.one/v1/images/edits", "https://onetoken.one/v1"),
        ("qwen", "HTTPS://OneToken.one:443/v1", "https://onetoken.one/v1"),
        ("dashscope", "https://dashscope.aliyuncs.com/api/v1", "https://dashscope.aliyuncs.com/api/v1"),
        ("dashscope", "https://dashscope-intl.aliyuncs.com/api/v1", "https://dashscope-intl.aliyuncs.com/api/v1"),
        (
            "dashscope",
            "https://dashscope-intl.aliyuncs.com:/compatible-mode/v1",
            "https://dashscope-intl.aliyuncs.com/api/v1",
        ),
        ("openai", "https://onetoken.one", "https://onetoken.one/v1"),
    ],
)
def test_strangers_may_write_the_address_of_a_known_service_as_its_own_pages_do(
    dialect: str, typed: str, base: str
) -> None:
    chosen = Settings(public=True).connected(dialect=dialect, address=typed, key=None)
    assert (chosen.dialect, chosen.endpoint_base) == (dialect, base)


@pytest.mark.parametrize(
    "typed",
    [
        "http://onetoken.one",
        "https://onetoken.one:8443",
        "https://onetoken.one:80/v1",
        "https://onetoken.one.example.com",
        "https://evil-onetoken.one",
        "https://xn--onetken-7ib.one/v1",
        "https://www.onetoken.one",
        "https://onetoken.one/other",
        "https://onetoken.one/../v1",
        "https://onetoken.one//v1",
        "https://onetoken.one/%76%31",
        "https://dashscope-us.aliyuncs.com",
        "https://127.0.0.1/v1",
        "https://[::1]/v1",
    ],
)
@pytest.mark.parametrize("dialect", ["qwen", "dashscope"])
def test_what_only_looks_like_a_known_service_is_refused_to_strangers(dialect: str, typed: str) -> None:
    with pytest.raises(InvalidRequestError, match="public page"):
        Settings(public=True).connected(dialect=dialect, address=typed, key=None)


@pytest.mark.parametrize(
    "typed",
    [
        "https://key@onetoken.one/v1",
        "https://onetoken.one@evil.example/v1",
        "https://evil.example\\@onetoken.one/v1",
        "https://onetoken.one/v1?to=evil.example",
        "https://onetoken.one/v1#evil",
        "https://ｏnetoken.one/v1",  # noqa: RUF001 - disguised on purpose
        "https://оnetoken.one/v1",  # noqa: RUF001 - disguised on purpose
        "https://onetoken.one./v1",
    ],
)
def test_a_known_service_in_disguise_is_no_address_at_all(typed: str) -> None:
    with pytest.raises(InvalidRequestError, match="address of a service"):
        Settings(public=True).connected(dialect="qwen", address=typed, key=None)


def test_strangers_may_write_the_operators_own_address_in_another_way() -> None:
    operated = Settings(public=True, base_url="http://Images.example.com:80")
    chosen = operated.connected(dialect="qwen", address="http://images.example.com/v1/", key=None)
    assert chosen.base_url == "http://Images.example.com:80"
    with pytest.raises(InvalidRequestError, match="public page"):
        operated.connected(dialect="qwen", address="http://images.example.com:8080", key=None)


def test_strangers_may_choose_the_known_services_and_the_operators_own() -> None:
    operated = Settings(public=True, base_url="https://images.example.com")
    assert operated.connected(dialect="openai", address="https://images.example.com", key=None).dialect == "openai"
    assert operated.connected(dialect="dashscope", address="https://dashscope-intl.aliyuncs.com", key=None).public


def test_a_copy_of_a_key_is_the_key_while_it_stays_in_the_program() -> None:
    settings = Settings(api_key=ApiKey.parse(KEY))
    assert copy.deepcopy(settings).api_key == settings.api_key
