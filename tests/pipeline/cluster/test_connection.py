# SPDX-License-Identifier: GPL-3.0-or-later
"""Which schedulers may be reached how: no code runs for strangers by a slip of the hand. Needs no Dask."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from kernelwalk_pipeline.cluster.connection import Connection, TlsFiles, parse_connection
from kernelwalk_pipeline.failures import UsageError

NONE = TlsFiles()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A certificate and its key, which signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make a certificate")
    folder = tmp_path_factory.mktemp("certificates")
    cert, key = folder / "cert.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-out", cert]
    subprocess.run([*words, "-keyout", key], check=True, capture_output=True)
    return TlsFiles(cert, cert, key)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"])
def test_this_machine_is_reached_as_it_is(address, capsys):
    found = parse_connection(address, NONE, False, False)
    assert found is not None
    assert found.tls is None
    assert found.address.startswith("tcp://")
    assert not capsys.readouterr().err


@pytest.mark.parametrize("address", ["10.0.0.7:8786", "tcp://farm:8786", "tcp://[fe80::1]:8786", "0.0.0.0:8786"])
def test_another_machine_wants_tls_or_a_word(address, files, capsys):
    with pytest.raises(UsageError, match=r"another machine, and a Dask scheduler runs code for whoever reaches it"):
        parse_connection(address, NONE, False, False)
    assert parse_connection(address, NONE, True, False) == Connection("tcp://" + address.removeprefix("tcp://"))
    assert "without TLS (--insecure)" in capsys.readouterr().err
    if "tcp" not in address:
        assert parse_connection(address, files, False, False) == Connection(f"tls://{address}", files)


def test_tls_wants_all_three_files_and_they_must_be_such(files, tmp_path):
    assert parse_connection("tls://farm:1", files, False, False) == Connection("tls://farm:1", files)
    with pytest.raises(UsageError, match=r"TLS needs --tls-ca, --tls-cert and --tls-key"):
        parse_connection("tls://farm:1", NONE, False, False)
    with pytest.raises(UsageError, match=r"--tls-key: missing"):
        parse_connection("tls://farm:1", TlsFiles(files.ca, files.cert), False, False)
    with pytest.raises(UsageError, match=r"tcp:// is not TLS.*Write tls://farm:1"):
        parse_connection("tcp://farm:1", files, False, False)
    with pytest.raises(UsageError, match=r"--tls-ca .*cannot be read: No such file"):
        parse_connection("tls://farm:1", TlsFiles(tmp_path / "none", files.cert, files.key), False, False)
    with pytest.raises(UsageError, match=r"holds no certificate"):
        parse_connection("tls://farm:1", TlsFiles(files.key, files.cert, files.key), False, False)
    with pytest.raises(UsageError, match=r"these are no certificate and its key"):
        parse_connection("tls://farm:1", TlsFiles(files.ca, files.cert, files.cert), False, False)


@pytest.mark.parametrize(
    "address", ["", "farm", "farm:", ":8786", "tcp://", "farm:port", "farm:0", "farm:65536", "http://farm:1", "a@b:1"]
)
def test_what_is_no_address_is_told_with_one_that_is(address):
    with pytest.raises(UsageError, match=r"Write for example tcp://127.0.0.1:8786"):
        parse_connection(address, NONE, True, False)


def test_words_of_a_cluster_want_a_cluster(files):
    assert parse_connection(None, NONE, False, False) is None
    for words in ((files, False, False), (NONE, True, False), (NONE, False, True)):
        with pytest.raises(UsageError, match=r"goes with --dask"):
            parse_connection(None, *words)
    assert parse_connection("local", NONE, False, True) == Connection("local")
    with pytest.raises(UsageError, match=r"a local cluster is reached from here alone"):
        parse_connection("local", NONE, True, False)


def test_the_command_refuses_before_it_needs_dask_or_blender(call, spec, blender_started, tmp_path):
    ran = call("render", spec(), "-o", "out", "--dask", "10.1.2.3:8786")
    assert ran.code == 2
    assert "--insecure" in ran.complaints[-1]
    assert not (tmp_path / "out").exists()
    assert not blender_started()
