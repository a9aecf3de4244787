"""Where the suite may send requests to: which addresses, and which hosts they mean.

Whoever may configure an address must not reach with it what only this server can: its
own ports, the private network, the metadata service of a cloud. A host name is judged
by what it resolves to, and again by what a connection really reached
(``models/outgoing_http.py``), because the answer of a name server may change.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

PORTS = {"https": 443, "http": 80}
MAX_URL = 2000
#: Services that hand out a machine's own credentials: refused in any case.
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd00:ec2::23",
        ),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")

#: Takes a host and a port, returns the addresses: ``socket.getaddrinfo`` in earnest.
Resolver = Callable[[str, int], Iterable[str]]


class Refused(ValueError):
    """The address may not be asked; the text says why and what would help."""


class Target(NamedTuple):
    """What a URL points at."""

    scheme: str
    host: str
    port: int


def parse(url: str, *, allow_http: bool = False) -> Target:
    """Return what ``url`` points at; raises :class:`Refused` for an unfit one.

    >>> parse("https://hc-ping.com/1234")
    Target(scheme='https', host='hc-ping.com', port=443)
    >>> parse("http://hc-ping.com/1234")
    Traceback (most recent call last):
    ...
    odoo.addons.monitor_core.tools.outgoing.Refused: only https:// is allowed here
    """
    if len(url) > MAX_URL or _UNFIT.search(url):
        raise Refused("this is not a web address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("this is not a web address") from None
    if parts.scheme not in PORTS or not host or port == 0:
        raise Refused("this is not a web address")
    if parts.scheme == "http" and not allow_http:
        raise Refused("only https:// is allowed here")
    if parts.username is not None or parts.password is not None:
        raise Refused("an address must not hold a user name or password")
    return Target(parts.scheme, host, port or PORTS[parts.scheme])


def check_address(address: str, *, allow_private: bool = False) -> None:
    """Raise :class:`Refused` unless requests may go to this IP address.

    >>> check_address("93.184.216.34")
    >>> check_address("10.0.0.1", allow_private=True)
    >>> check_address("10.0.0.1")
    Traceback (most recent call last):
    ...
    odoo.addons.monitor_core.tools.outgoing.Refused: 10.0.0.1 is a private address
    """
    known = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if known in METADATA:
        raise Refused(f"{address} gives out credentials of this machine")
    if known.is_multicast or known.is_unspecified:
        raise Refused(f"{address} is not the address of one machine")
    if not known.is_global and not allow_private:
        raise Refused(f"{address} is a private address")


def _unwrapped(address):
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if address.version == 4:
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo and address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or teredo or address


def check_url(
    url: str,
    resolve: Resolver,
    *,
    allow_http: bool = False,
    allow_private: bool = False,
) -> Target:
    """Return what ``url`` points at; raises :class:`Refused` if it may not be asked.

    All addresses of a name must be allowed: a connection may go to any of them.

    >>> check_url("https://intranet", lambda host, port: ["93.184.216.34", "10.0.0.1"])
    Traceback (most recent call last):
    ...
    odoo.addons.monitor_core.tools.outgoing.Refused: 10.0.0.1 is a private address
    """
    target = parse(url, allow_http=allow_http)
    try:
        addresses = list(resolve(target.host, target.port))
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise Refused(f"there is no host {target.host}")
    for address in addresses:
        check_address(address, allow_private=allow_private)
    return target
