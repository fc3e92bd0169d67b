# SPDX-License-Identifier: GPL-3.0-or-later
"""A scheduler on another machine needs TLS or --insecure, so that nobody opens one to strangers by mistake.

Needs no Dask."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from kernelwalk_pipeline.cluster.connection import Connection, TlsFiles, parse_connection
from kernelwalk_pipeline.failures import UsageError

NO_TLS = TlsFiles()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A self-signed certificate and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make a certificate")
    folder = tmp_path_factory.mktemp("certificates")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-out", cert]
    subprocess.run([*command, "-keyout", key], check=True, capture_output=True)
    return TlsFiles(cert, cert, key)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"])
def test_this_machine_needs_no_tls(address, capsys):
    connection = parse_connection(address, NO_TLS, False, False)
    assert connection is not None
    assert connection.tls is None
    assert connection.address.startswith("tcp://")
    assert not capsys.readouterr().err


@pytest.mark.parametrize("address", ["10.0.0.7:8786", "tcp://farm:8786", "tcp://[fe80::1]:8786", "0.0.0.0:8786"])
def test_another_machine_needs_tls_or_insecure(address, files, capsys):
    with pytest.raises(UsageError, match=r"another machine, and a Dask scheduler runs code for anyone who can"):
        parse_connection(address, NO_TLS, False, False)
    assert parse_connection(address, NO_TLS, True, False) == Connection("tcp://" + address.removeprefix("tcp://"))
    assert "without TLS (--insecure)" in capsys.readouterr().err
    if "tcp" not in address:
        assert parse_connection(address, files, False, False) == Connection(f"tls://{address}", files)


def test_tls_needs_three_valid_files(files, tmp_path):
    assert parse_connection("tls://farm:1", files, False, False) == Connection("tls://farm:1", files)
    with pytest.raises(UsageError, match=r"TLS needs --tls-ca, --tls-cert and --tls-key"):
        parse_connection("tls://farm:1", NO_TLS, False, False)
    with pytest.raises(UsageError, match=r"--tls-key: missing"):
        parse_connection("tls://farm:1", TlsFiles(files.ca, files.cert), False, False)
    with pytest.raises(UsageError, match=r"tcp:// does not use TLS.*Write tls://farm:1"):
        parse_connection("tcp://farm:1", files, False, False)
    with pytest.raises(UsageError, match=r"--tls-ca .*cannot be read: No such file"):
        parse_connection("tls://farm:1", TlsFiles(tmp_path / "none", files.cert, files.key), False, False)
    with pytest.raises(UsageError, match=r"contains no certificate"):
        parse_connection("tls://farm:1", TlsFiles(files.key, files.cert, files.key), False, False)
    with pytest.raises(UsageError, match=r"not a certificate and its key"):
        parse_connection("tls://farm:1", TlsFiles(files.ca, files.cert, files.cert), False, False)


@pytest.mark.parametrize(
    "address", ["", "farm", "farm:", ":8786", "tcp://", "farm:port", "farm:0", "farm:65536", "http://farm:1", "a@b:1"]
)
def test_an_invalid_address_is_reported_with_valid_examples(address):
    with pytest.raises(UsageError, match=r"Write for example tcp://127.0.0.1:8786"):
        parse_connection(address, NO_TLS, True, False)


def test_options_for_dask_need_dask(files):
    assert parse_connection(None, NO_TLS, False, False) is None
    for options in ((files, False, False), (NO_TLS, True, False), (NO_TLS, False, True)):
        with pytest.raises(UsageError, match=r"needs --dask"):
            parse_connection(None, *options)
    assert parse_connection("local", NO_TLS, False, True) == Connection("local")
    with pytest.raises(UsageError, match=r"a local cluster cannot be reached from other machines"):
        parse_connection("local", NO_TLS, True, False)


def test_the_command_refuses_before_it_needs_dask_or_blender(call, spec, blender_started, tmp_path):
    ran = call("render", spec(), "-o", "out", "--dask", "10.1.2.3:8786")
    assert ran.code == 2
    assert "--insecure" in ran.complaints[-1]
    assert not (tmp_path / "out").exists()
    assert not blender_started()
