# SPDX-License-Identifier: GPL-3.0-or-later
"""How a Dask scheduler may be reached: on this machine as it is, elsewhere by TLS or by saying that it is insecure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core.errors import format_value

from ..failures import UsageError

LOCAL = "local"
"""In place of an address: a scheduler and workers of our own, on this machine, for as long as we run."""

ADDRESS_EXAMPLES = "Write for example tcp://127.0.0.1:8786, tls://farm.example.org:8786, or local"


@dataclass(frozen=True)
class TlsFiles:
    """The files that TLS needs: the authority that signed the cluster's certificates, our own, and its key."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def missing_options(self) -> list[str]:
        """The options that were not given."""
        return [f"--tls-{name}" for name, path in vars(self).items() if path is None]


@dataclass(frozen=True)
class Connection:
    """Where the scheduler is (LOCAL, or an address with its scheme), and what TLS needs if it is used."""

    address: str
    tls: TlsFiles | None = None


def parse_connection(address: str | None, tls: TlsFiles, insecure: bool, has_dask_options: bool) -> Connection | None:
    """The scheduler that --dask names, None where it does not.

    more: whether other words were given that go with --dask alone
    Raises UsageError.
    """
    given = [name for name in ("--tls-ca", "--tls-cert", "--tls-key") if name not in tls.missing_options()]
    if address is None:
        if given or insecure or has_dask_options:
            what = given[0] if given else "--insecure" if insecure else "--chunk and --no-shared-folder"
            raise UsageError(f"{what}: goes with --dask. Name a scheduler: --dask ADDRESS, or --dask local")
        return None
    if address == LOCAL:
        if given or insecure:
            raise UsageError(
                f"{given[0] if given else '--insecure'}: a local cluster is reached from here alone. Leave it out"
            )
        return Connection(LOCAL)
    scheme, host, port = _split_address(address)
    if given:
        if missing := tls.missing_options():
            raise UsageError(f"{', '.join(missing)}: missing, TLS needs all three files")
        if scheme == "tcp":
            raise UsageError(f"--dask {address}: tcp:// is not TLS, but {given[0]} is given. Write tls://{host}:{port}")
        _check_files(tls)
        return Connection(f"tls://{host}:{port}", tls)
    if scheme == "tls":
        raise UsageError(f"--dask {address}: TLS needs --tls-ca, --tls-cert and --tls-key")
    if not _is_this_machine(host):
        if not insecure:
            raise UsageError(
                f"--dask {address}: {host.strip('[]')} is another machine, and a Dask scheduler runs code for whoever "
                "reaches it. Use TLS (--tls-ca, --tls-cert, --tls-key), or say --insecure on a network that you trust"
            )
        print(f"kernelwalk: {address}: reached without TLS (--insecure)", file=sys.stderr, flush=True)
    return Connection(f"tcp://{host}:{port}")


def _split_address(address: str) -> tuple[str, str, int]:
    """Scheme (empty where none is given), host and port."""
    scheme, _, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("", "tcp", "tls"):
        raise UsageError(f"--dask {format_value(address)}: {scheme}:// is not spoken here. {ADDRESS_EXAMPLES}")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16 or set(host) & set("/@? "):
        raise UsageError(f"--dask {format_value(address)}: this is no address with a port. {ADDRESS_EXAMPLES}")
    return scheme, host, int(port)


def _is_this_machine(host: str) -> bool:
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False


def _check_files(tls: TlsFiles) -> None:
    """Refuse files that TLS cannot use, before Dask tries for a while."""
    import ssl  # which takes as long to load as reading a spec

    for name, path in vars(tls).items():
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(f"--tls-{name} {path}: cannot be read: {error.strerror}. Give a PEM file") from None
    assert tls.cert is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(tls.ca)
    except ssl.SSLError:
        raise UsageError(f"--tls-ca {tls.ca}: holds no certificate. Give a PEM file") from None
    try:
        context.load_cert_chain(tls.cert, tls.key, password="")
    except ssl.SSLError:
        raise UsageError(
            f"--tls-cert {tls.cert}, --tls-key {tls.key}: these are no certificate and its key without a password. "
            "Give PEM files that belong together"
        ) from None
