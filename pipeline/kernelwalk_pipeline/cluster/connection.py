# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a Dask scheduler: without TLS on this machine only, or elsewhere with --insecure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from kernelwalk.core.errors import format_value

from ..failures import UsageError

LOCAL = "local"
"""Used instead of an address: start a scheduler and workers on this machine for this command."""

ADDRESS_EXAMPLES = "Write for example tcp://127.0.0.1:8786, tls://farm.example.org:8786, or local"


@dataclass(frozen=True)
class TlsFiles:
    """PEM files for TLS: the authority that signed the cluster's certificates, our own certificate, and its key."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def missing_options(self) -> list[str]:
        """Return the options that name no file."""
        return [f"--tls-{name}" for name, path in vars(self).items() if path is None]


@dataclass(frozen=True)
class Connection:
    """A scheduler's address with its scheme, or LOCAL, and the files if it uses TLS."""

    address: str
    tls: TlsFiles | None = None


def parse_connection(address: str | None, tls: TlsFiles, insecure: bool, has_dask_options: bool) -> Connection | None:
    """Return the connection that --dask and its options describe; None without --dask.

    has_dask_options: whether there are other options that need --dask

    Raises UsageError.
    """
    tls_options = [name for name in ("--tls-ca", "--tls-cert", "--tls-key") if name not in tls.missing_options()]
    if address is None:
        if tls_options or insecure or has_dask_options:
            options = tls_options[0] if tls_options else "--insecure" if insecure else "--chunk and --no-shared-folder"
            raise UsageError(f"{options}: needs --dask. Add --dask ADDRESS, or --dask local")
        return None
    if address == LOCAL:
        if tls_options or insecure:
            option = tls_options[0] if tls_options else "--insecure"
            raise UsageError(f"{option}: a local cluster cannot be reached from other machines. Remove the option")
        return Connection(LOCAL)
    scheme, host, port = _split_address(address)
    if tls_options:
        if missing := tls.missing_options():
            raise UsageError(f"{', '.join(missing)}: missing. TLS needs all three files")
        if scheme == "tcp":
            raise UsageError(
                f"--dask {address}: tcp:// does not use TLS, but {tls_options[0]} is set. Write tls://{host}:{port}"
            )
        _check_files(tls)
        return Connection(f"tls://{host}:{port}", tls)
    if scheme == "tls":
        raise UsageError(f"--dask {address}: TLS needs --tls-ca, --tls-cert and --tls-key")
    if not _is_this_machine(host):
        if not insecure:
            raise UsageError(
                f"--dask {address}: {host.strip('[]')} is another machine, and a Dask scheduler runs code for anyone "
                "who can reach it. Use TLS (--tls-ca, --tls-cert, --tls-key), or --insecure on a trusted network"
            )
        print(f"kernelwalk: {address}: connecting without TLS (--insecure)", file=sys.stderr, flush=True)
    return Connection(f"tcp://{host}:{port}")


def _split_address(address: str) -> tuple[str, str, int]:
    """Return scheme ("" if the address has none), host and port. Raises UsageError."""
    scheme, _, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("", "tcp", "tls"):
        raise UsageError(f"--dask {format_value(address)}: {scheme}:// is not supported. {ADDRESS_EXAMPLES}")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16 or set(host) & set("/@? "):
        raise UsageError(f"--dask {format_value(address)}: not an address with a port. {ADDRESS_EXAMPLES}")
    return scheme, host, int(port)


def _is_this_machine(host: str) -> bool:
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name, which may resolve to any machine
        return False


def _check_files(tls: TlsFiles) -> None:
    """Raise UsageError for unusable files, which Dask would report only after several tries."""
    import ssl  # imported late: it takes as long to load as reading a spec

    for name, path in vars(tls).items():
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(f"--tls-{name} {path}: cannot be read: {error.strerror}. Name a PEM file") from None
    assert tls.cert is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(tls.ca)
    except ssl.SSLError:
        raise UsageError(f"--tls-ca {tls.ca}: contains no certificate. Name a PEM file") from None
    try:
        context.load_cert_chain(tls.cert, tls.key, password="")
    except ssl.SSLError:
        raise UsageError(
            f"--tls-cert {tls.cert}, --tls-key {tls.key}: not a certificate and its key without a password. "
            "Name PEM files that belong together"
        ) from None
