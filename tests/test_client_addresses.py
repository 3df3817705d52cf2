import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import InvalidRequestError
from client.service.addresses import is_public_address, is_result_link, picture_link

HOSTILE_HOSTS = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "sub.localhost",
    "printer.local",
    "metadata.google.internal",
    "router.lan",
    "me.localdomain",
    "router.home.arpa",
    "gateway",
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "169.254.169.254",
    "10.0.0.1",
    "8.8.8.8",
    "1.2.3.0x",
    "example.0x10",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[2606:4700::1111]",
    "１２７.0.0.1",  # noqa: RUF001 - disguised on purpose
    "127。0。0。1",
    "ｌｏｃａｌｈｏｓｔ",  # noqa: RUF001 - disguised on purpose
    "local\u00adhost.example",
    "user@pictures.example",
    "user:secret@pictures.example",
    "pictures.example:0",
    "pictures.example:99999",
    "pictures.example:http",
    "pictures..example",
    ".example.com",
    "pictures.example..",
    "%31%32%37.0.0.1",
    "pic*.example",
    "a" * 64 + ".example",
    "",
]
HOSTILE_LINKS = [
    "ftp://pictures.example/cat.png",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "//pictures.example/cat.png",
    "pictures.example/cat.png",
    "https:pictures.example/cat.png",
    "https://pictures.example/a cat.png",
    "https://pictures.example/cat.png\nHost: evil",
    "https://pictures.example/\tcat.png",
    "https://pictures.example\\@127.0.0.1/",
    "https://pictures.example/\x00",
    "https://[::1",
    "https://pictures.example/\ud83d",
    "https://pictures.example/" + "x" * (2049 - len("https://pictures.example/")),
    "oss://",
    "oss://127.0.0.1/cat.png",
    "",
]


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_typed_link_to_a_private_or_disguised_host_is_refused(host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(InvalidRequestError):
            picture_link(f"{scheme}://{host}/cat.png")


@pytest.mark.parametrize("link", HOSTILE_LINKS)
def test_what_is_no_link_to_a_picture_is_refused(link: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        picture_link(link)
    assert refused.value.message.code == "request.url"


@pytest.mark.parametrize(
    "link",
    [
        "https://pictures.example/cat.png",
        "HTTP://Pictures.Example:8080/cat.png?x=%2B#part",
        "https://pictures.example./cat.png",
        "https://bücher.example/katze.png",
        "https://bücher。example/katze.png",
        "https://my_bucket.oss-cn-beijing.aliyuncs.com/cat.png?Signature=a%2Bb%3D",
        "oss://bucket/2026-01-01/cat.png",
        "https://pictures.example/" + "x" * (2048 - len("https://pictures.example/")),
    ],
)
def test_a_public_link_is_taken_as_it_was_typed(link: str) -> None:
    assert picture_link(f" {link}\n") == link


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - to be refused
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2606:4700::1111%1",
    ],
)
def test_an_address_that_is_not_on_the_internet_is_refused(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "100.63.255.255"])
def test_an_address_on_the_internet_is_taken(address: str) -> None:
    assert is_public_address(address)


PUBLIC = "https://onetoken.one/v1"
OWN_HTTP = "http://gateway:3000/v1"
LOOPBACK = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("link", "base", "taken"),
    [
        ("https://x.oss-cn-beijing.aliyuncs.com/a.png?Signature=%2B", PUBLIC, True),
        ("http://x.oss-cn-beijing.aliyuncs.com/a.png", PUBLIC, True),
        ("https://anything.example/a.png", PUBLIC, True),
        ("http://anything.example/a.png", PUBLIC, False),
        ("http://evilaliyuncs.com/a.png", PUBLIC, False),
        ("http://img.onetoken.one/a.png", "https://api.onetoken.one/v1", True),
        ("http://onetoken.one/a.png", "https://api.onetoken.one/v1", True),
        ("http://onetoken.one/a.png", PUBLIC, False),
        ("https://onetoken.one:8443/a.png", PUBLIC, True),
        ("http://anything.example/a.png", OWN_HTTP, False),
        ("http://gateway:3000/a.png", OWN_HTTP, True),
        ("http://gateway/a.png", OWN_HTTP, True),
        ("https://gateway/a.png", OWN_HTTP, True),
        ("http://other:3000/a.png", OWN_HTTP, False),
        ("http://127.0.0.1:8000/a.png", LOOPBACK, True),
        ("http://localhost:8000/a.png", LOOPBACK, True),
        ("http://[::1]:8000/a.png", LOOPBACK, True),
        ("http://127.0.0.1:8000/a.png", PUBLIC, False),
        ("https://127.0.0.1/a.png", PUBLIC, False),
        ("http://169.254.169.254/latest", LOOPBACK, False),
        ("http://192.168.1.5/a.png", "http://192.168.1.5:3000/v1", True),
        ("http://192.168.1.6/a.png", "http://192.168.1.5:3000/v1", False),
        ("https://user@anything.example/a.png", PUBLIC, False),
        ("ftp://anything.example/a.png", PUBLIC, False),
        ("oss://bucket/a.png", PUBLIC, False),
        ("/a.png", PUBLIC, False),
        ("http://img.onetoken.one/a.png", "https://www.onetoken.one/v1", True),
        ("https://anything.example/" + "x" * (8192 - len("https://anything.example/")), PUBLIC, True),
        ("https://anything.example/" + "x" * (8193 - len("https://anything.example/")), PUBLIC, False),
    ],
)
def test_a_result_comes_from_https_or_from_the_service_itself(link: str, base: str, *, taken: bool) -> None:
    assert is_result_link(link, base) is taken


@pytest.mark.parametrize("host", [host for host in HOSTILE_HOSTS if not host.endswith("8.8.8.8")])
def test_a_result_is_never_taken_from_a_disguised_host(host: str) -> None:
    assert not is_result_link(f"https://{host}/a.png", PUBLIC)


@given(st.sampled_from(["", "https://", "http://", "oss://", "https://[", "https://x.example:"]), st.text(max_size=60))
def test_no_text_whatever_ends_in_anything_but_a_link_or_a_refusal(start: str, rest: str) -> None:
    link = start + rest
    assert is_result_link(link, PUBLIC) in {True, False}
    with contextlib.suppress(InvalidRequestError):
        assert picture_link(link) == link.strip()


@given(st.ip_addresses())
def test_no_ip_address_is_taken_for_a_name(address: object) -> None:
    written = f"[{address}]" if ":" in str(address) else str(address)
    assert not is_result_link(f"https://{written}/a.png", PUBLIC)
