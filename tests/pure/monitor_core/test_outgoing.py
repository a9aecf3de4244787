"""Which addresses requests may go to."""

import pytest

from odoo.addons.monitor_core.tools.outgoing import (
    MAX_URL,
    Refused,
    Target,
    check_address,
    check_url,
    parse,
)

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]
PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "0.0.0.1",
    "240.0.0.1",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]
NO_MACHINE = ["224.0.0.1", "ff02::1", "0.0.0.0", "::", "::ffff:0.0.0.0"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", ("https", "example.org", 443)),
        ("https://example.org:8443/a?b=c#d", ("https", "example.org", 8443)),
        ("HTTPS://Example.ORG/", ("https", "example.org", 443)),
        ("https://[2001:db8::1]:444/", ("https", "2001:db8::1", 444)),
        ("https://10.0.0.1/", ("https", "10.0.0.1", 443)),
    ],
)
def test_what_an_address_points_at(url, expected):
    target = parse(url)

    assert target == Target(*expected)
    assert (target.scheme, target.host, target.port) == expected


def test_http_only_where_it_is_allowed():
    assert parse("http://example.org", allow_http=True).port == 80
    assert parse("https://example.org", allow_http=True).port == 443
    with pytest.raises(Refused, match="^only https:// is allowed here$"):
        parse("http://example.org")
    with pytest.raises(Refused, match="^only https:// is allowed here$"):
        check_url("http://example.org", lambda host, port: PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://:443/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:port/",
        "https://[::1/",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://exa\tmple.org/",
        "https://example.org\\@evil.org/",
        "https://example.org/\x7f",
        "https://example.org/" + "x" * (MAX_URL - 19),
    ],
)
def test_what_is_no_web_address(url):
    with pytest.raises(Refused, match="^this is not a web address$"):
        parse(url, allow_http=True)


def test_the_longest_address():
    assert MAX_URL == 2000
    assert parse("https://example.org/" + "x" * (MAX_URL - 20)).host == "example.org"


@pytest.mark.parametrize("user", ["user", "user:secret", ":secret", "", ":"])
def test_credentials_in_an_address_are_refused(user):
    with pytest.raises(Refused, match="^an address must not hold a user name or pass"):
        parse(f"https://{user}@example.org/")


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("allow_private", [True, False])
def test_public_addresses(address, allow_private):
    check_address(address, allow_private=allow_private)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_only_where_they_are_allowed(address):
    check_address(address, allow_private=True)
    with pytest.raises(Refused) as refused:
        check_address(address)
    assert str(refused.value) == f"{address} is a private address"


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("allow_private", [True, False])
def test_metadata_services_never(address, allow_private):
    with pytest.raises(Refused) as refused:
        check_address(address, allow_private=allow_private)
    assert str(refused.value) == f"{address} gives out credentials of this machine"


@pytest.mark.parametrize("address", NO_MACHINE)
@pytest.mark.parametrize("allow_private", [True, False])
def test_addresses_of_no_machine_never(address, allow_private):
    with pytest.raises(Refused) as refused:
        check_address(address, allow_private=allow_private)
    assert str(refused.value) == f"{address} is not the address of one machine"


def test_what_stands_for_a_public_address_is_one():
    for address in ("::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::"):
        check_address(address)


class Resolver:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def __call__(self, host, port):
        self.asked.append((host, port))
        if isinstance(self.answer, Exception):
            raise self.answer
        return iter(self.answer)


def test_a_name_is_judged_by_what_it_resolves_to():
    resolve = Resolver(PUBLIC)

    target = check_url("https://example.org:8443/x", resolve)

    assert target == ("https", "example.org", 8443)
    assert resolve.asked == [("example.org", 8443)]


@pytest.mark.parametrize("answer", [PRIVATE[:1], PUBLIC + PRIVATE[:1]])
def test_every_address_of_a_name_must_be_allowed(answer):
    with pytest.raises(Refused, match=r"^127\.0\.0\.1 is a private address$"):
        check_url("https://example.org", Resolver(answer))
    assert check_url("https://example.org", Resolver(answer), allow_private=True)


@pytest.mark.parametrize(
    "answer", [[], OSError("no such name"), UnicodeError("label too long")]
)
def test_a_name_that_does_not_exist(answer):
    with pytest.raises(Refused, match=r"^there is no host nowhere\.example$"):
        check_url("https://nowhere.example/", Resolver(answer))


def test_both_permissions_are_apart():
    resolve = Resolver(PRIVATE[:1])

    assert check_url("http://box/", resolve, allow_http=True, allow_private=True)
    with pytest.raises(Refused, match="private"):
        check_url("http://box/", resolve, allow_http=True)
    with pytest.raises(Refused, match="https"):
        check_url("http://box/", resolve, allow_private=True)


def test_nothing_is_resolved_for_an_address_that_is_refused_anyway():
    resolve = Resolver(PUBLIC)

    with pytest.raises(Refused):
        check_url("http://example.org/", resolve)
    assert resolve.asked == []
