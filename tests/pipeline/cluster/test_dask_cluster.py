# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders on a Dask cluster of real processes on this machine: killed, stopped, cut off, and by whom it may be used."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ..conftest import COMMAND, environment, run_command, tiny_table, toml_of, wait_for
from ..farm import CONFIG, Farm, children_of, count_recorded, count_rendered, is_alive, recorded_frames

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs kernelwalk[cluster]"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux' signals and /proc"),
    pytest.mark.usefixtures("bpy_is_there"),
]

ORDERS = ["rows", "columns", "serpentine"]
SLOW = {"walk": {"frames_per_step": 6, "hold": 1}, "render": {"resolution": [160, 90], "samples": 12}}
CHUNK = 2


@pytest.fixture(scope="session")
def specs(tmp_path_factory):
    """Three specs, of 32 pictures each, that take a while when rendered in whole."""
    folder = tmp_path_factory.mktemp("specs")
    for order in ORDERS:
        (folder / f"{order}.toml").write_text(toml_of(tiny_table({**SLOW, "walk": {**SLOW["walk"], "order": order}})))
    return [folder / f"{order}.toml" for order in ORDERS]


@pytest.fixture(scope="session")
def local(bpy_is_there, specs, tmp_path_factory):
    """Their films, rendered here."""
    folder = tmp_path_factory.mktemp("local")
    ran = run_command("render", *specs, "-o", "out", "--format", "png", cwd=folder)
    assert ran.code == 0, ran.err
    return folder / "out"


@pytest.fixture
def farm(tmp_path):
    with Farm(tmp_path / "farm") as found:
        found.scheduler()
        yield found


@pytest.fixture
def client(tmp_path):
    """Starts the command in the test's folder."""
    started = []

    def begin(*words, stderr=subprocess.PIPE, **env):
        command = [*COMMAND, *map(str, words)]
        options = {"cwd": tmp_path, "env": {**environment(), **env}, "text": True}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, **options))
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def assert_same_films(out, local, watch):
    for order in ORDERS:
        ours, theirs = watch(out / f"{order}.png"), watch(local / f"{order}.png")
        assert np.array_equal(ours.pictures, theirs.pictures)
        assert ours.times == theirs.times


@pytest.mark.parametrize("shared", [True, False], ids=["shared folder", "no shared folder"])
def test_all_films_are_made_whoever_dies_and_only_what_was_lost_is_rendered_again(
    farm, client, specs, local, watch, tmp_path, shared
):
    for name in "abc":
        farm.worker(name)
    farm.ready(*"abc")
    out = tmp_path / "out"
    words = ["render", *specs, "-o", "out", "--format", "png", "--dask", farm.address, "--chunk", CHUNK, "--json"]
    words += ["--full-frames", *([] if shared else ["--no-shared-folder"])]

    kept = []  # what had come, and how often it had been rendered then

    def note():
        come = {(folder, frame) for folder, frames in recorded_frames(out).items() for frame in frames}
        times = count_rendered(farm, out) if shared else {}
        kept.append({each: times.get(each) for each in come})

    first = client(*words)
    wait_for(lambda: len(farm.rendered()) >= 6 and farm.is_at_a_frame("a"))
    farm.send("a", signal.SIGKILL)
    note()
    wait_for(lambda: len(farm.rendered()) >= 14 and farm.is_at_a_frame("b"))
    farm.send("b", signal.SIGSTOP)
    note()
    wait_for(lambda: len(farm.rendered()) >= 48, 100)
    assert {path.name for path in out.glob("*/frames*.jsonl")} == {"frames.jsonl"}, "one process writes of a film"
    assert first.poll() is None
    first.kill()
    first.wait()
    note()
    films = out / ".kernelwalk_films.jsonl"
    done = [order for order in ORDERS if films.exists() and f"{order}.png" in films.read_text()]
    farm.worker("d")

    told, err = client(*words).communicate(timeout=150)
    assert "Traceback" not in err
    outputs = json.loads(told)["outputs"]
    assert [each["code"] for each in outputs] == [0, 0, 0], err
    assert_same_films(out, local, watch)
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{order}.png" for order in ORDERS)

    pictures = 3 * 32
    # of films that are done all is there, be their frames gone yet or not
    others = [frame for folder, frame in kept[-1] if folder.removesuffix(".png.frames") not in done]
    assert sum(each["rendered"] for each in outputs) == pictures - 32 * len(done) - len(others)
    lost = len(farm.rendered()) - pictures
    # what the dead and the stopped one had, and what three had when the client died, each with one that waits for it
    assert 0 <= lost <= CHUNK * (1 + 1 + 4)
    if shared:
        times = count_rendered(farm, out)
        assert all({each: times[each] for each in before} == before for before in kept), "what had come stayed"


@pytest.mark.parametrize(("pause", "target", "then"), [(0.0, 10.0, 3), (0.6, 1.0, 1)], ids=["quick", "slow"])
def test_chunks_follow_from_what_frames_take(farm, call, spec, program, monkeypatch, pause, target, then):
    """Of twelve pictures: the still one, three chunks of two before anything is known, then half of what is left, or as
    many as take the time that a chunk is to take."""
    from kernelwalk_pipeline.cluster import adaptive_queue

    monkeypatch.setattr(adaptive_queue, "TARGET", target)
    wait = f'while read -r line; do echo "$line"; case $line in *begin*) sleep {pause};; esac; done'
    farm.worker("a", BLENDER=str(program("slow", f'"{farm.counting}" "$@" | {wait}')))
    farm.ready("a")
    ran = call("render", spec(), "-o", "out", "--dask", farm.address)
    assert ran.code == 0, ran.err
    sizes = [len(chunk) for chunk in farm.chunks()]
    assert (sizes[:5], sum(sizes)) == ([1, 2, 2, 2, then], 12)


def test_the_bar_counts_the_frames_of_all_workers(farm, client, specs, tmp_path):
    import pty  # not on Windows

    for name in "ab":
        farm.worker(name)
    farm.ready(*"ab")
    ours, theirs = pty.openpty()
    words = ["render", *specs[:2], "-o", "out", "--full-frames", "--dask", farm.address]
    process = client(*words, stderr=theirs, TERM="xterm", COLUMNS="100")
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # so it ends
        while more := os.read(ours, 4096):
            told += more
    os.close(ours)
    assert process.wait() == 0, told
    assert len({log for log in farm.folder.glob("blender_*.log") if '"frame"' in log.read_text()}) == 2, (
        "both have work"
    )
    shown = re.findall(r"(rows|columns) [^\n]*?(\d+)/32", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode()))
    for name in ("rows", "columns"):
        counts = [int(count) for each, count in shown if each == name]
        assert counts == sorted(counts)
        assert len(set(counts)) > 10
    assert shown[-1][1] == "32"


def test_specs_share_the_workers(farm, client, specs, program, local, watch, tmp_path):
    """While one has only its still frame to render, another worker has the next one's."""
    go = tmp_path / "go"
    wait = f'while [ ! -e "{go}" ]; do sleep 0.1; done'
    filter = f'while read -r line; do case $line in *begin*) {wait};; esac; echo "$line"; done'
    held = str(program("held", f'"{farm.counting}" "$@" | {filter}'))
    for name in "abc":
        farm.worker(name, BLENDER=held)
    farm.ready(*"abc")
    process = client("render", *specs, "-o", "out", "--format", "png", "--dask", farm.address)
    out = tmp_path / "out"
    try:
        wait_for(lambda: len({path.parent for path in out.glob("*.frames/.kernelwalk/order_*")}) == 3)
        assert count_recorded(out) == 0
    finally:
        go.touch()  # or they would wait for ever
    told, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    assert sorted(told.splitlines()) == sorted(f"out/{order}.png" for order in ORDERS)
    assert_same_films(tmp_path / "out", local, watch)


def test_a_local_cluster_does_what_a_crew_does(client, specs, local, watch, tmp_path):
    told, err = client(
        "render", *specs, "-o", "out", "--format", "png", "--dask", "local", "--workers", 2
    ).communicate()
    assert told.splitlines() == [f"out/{order}.png" for order in ORDERS], err
    assert_same_films(tmp_path / "out", local, watch)


@pytest.mark.parametrize(
    ("where", "number", "what"),
    [
        ("local", 1, signal.SIGINT),
        ("local", 3, signal.SIGTERM),
        ("local", 1, signal.SIGKILL),
        ("address", 1, signal.SIGINT),
        ("address", 3, signal.SIGINT),
        ("address", 3, signal.SIGKILL),
    ],
)
def test_an_interrupt_cancels_what_was_ordered(client, specs, tmp_path, where, number, what, farm):
    if where == "address":
        farm.worker("a")
        farm.ready("a")
    address = farm.address if where == "address" else "local"
    words = ["render", *specs[:number], "-o", "out", "--full-frames", "--dask", address]
    process = client(*words, BLENDER=str(farm.counting), **CONFIG)
    wait_for(lambda: count_recorded(tmp_path if number == 1 else tmp_path / "out") >= 3)
    mine = children_of(process.pid)
    process.send_signal(what)
    told, err = process.communicate(timeout=30)
    assert not told
    assert "Traceback" not in err
    assert "already in use" not in err  # a port, which the farm's scheduler has
    if what != signal.SIGKILL:
        assert process.returncode == 5
        last = [line for line in err.splitlines() if line.startswith("kernelwalk: ")]
        assert "kernelwalk: rows: interrupted. The same command goes on from here" in last
        assert all(line.endswith(": interrupted. The same command goes on from here") for line in last)
        assert not list((tmp_path / "out").rglob("order_*"))
    wait_for(lambda: not any(map(is_alive, mine)), 10)
    time.sleep(2)  # the frame at hand is given up
    before = len(farm.rendered())
    time.sleep(2)
    assert len(farm.rendered()) == before


CHANGED = """#!/bin/sh
while [ "$1" != -- ]; do [ "$1" = --python ] && worker=$2; shift; done
"{python}" "$worker" "$2" | {filter}
"""


@pytest.fixture
def changed(tmp_path):
    """A Blender whose words go through a filter: changed("name", "sed ...")."""

    def write(name, words):
        path = tmp_path / name
        path.write_text(CHANGED.format(python=sys.executable, filter=words))
        path.chmod(0o755)
        return str(path)

    return write


def test_a_worker_with_another_blender_is_refused_and_the_others_do_it(
    farm, client, changed, specs, call, tmp_path, frames_in
):
    old = changed("old", """sed -u 's/"blender": "[^"]*"/"blender": "3.9.9"/'""")
    farm.worker("odd", BLENDER=old)
    for name in "ab":
        farm.worker(name)
    farm.ready("odd", "a", "b")
    told, err = client("render", specs[0], "-o", "out", "--dask", farm.address).communicate(timeout=100)
    assert told == "out\n", err
    (line,) = [line for line in err.splitlines() if "refused" in line]
    assert "its Blender is 3.9.9, this job's is " in line

    for name in "ab":
        farm.processes[name].terminate()
        farm.processes[name].wait()
    next((tmp_path / "out").glob("frame_00007.png")).unlink()
    again = client("render", specs[0], "-o", "out", "--dask", farm.address)
    told, err = again.communicate(timeout=100)
    assert again.returncode == 3
    assert "no worker can be used" in err
    assert "its Blender is 3.9.9, these frames were begun with" in err
    assert "Traceback" not in err


ANOTHER = {
    "kernelwalk": ("import kernelwalk; kernelwalk.__version__ = '0.0.9'", "it has Kernelwalk 0.0.9, not "),
    "template": (
        "from kernelwalk.core.spec import templates; real = templates.blend_file; "
        "templates.blend_file = lambda name: real('dark')",
        "its template of that name is another",
    ),
}


@pytest.mark.parametrize("what", ANOTHER)
def test_a_worker_with_another_kernelwalk_or_template_is_refused_and_the_others_do_it(
    farm, client, specs, tmp_path, what
):
    program, why = ANOTHER[what]
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "sitecustomize.py").write_text(program)
    farm.worker("odd", PYTHONPATH=os.pathsep.join([str(tmp_path / "odd"), os.environ.get("PYTHONPATH", "")]))
    farm.worker("a")
    farm.ready("odd", "a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    told, err = process.communicate(timeout=100)
    assert (process.returncode, told) == (0, "out\n"), err
    (line,) = [line for line in err.splitlines() if "refused" in line]
    assert why in line


def test_a_worker_whose_blender_does_not_start_any_more_is_left_out(farm, client, changed, specs, tmp_path):
    """It could be started when the worker was asked, and died in between."""
    dying = changed("dying", 'while read -r line; do echo "$line"; case $line in *begin*) kill -9 0;; esac; done')
    script, mark = Path(dying), tmp_path / "started"
    script.write_text(script.read_text().replace("while", f'[ -e "{mark}" ] && exit 1\n: >"{mark}"\nwhile', 1))
    farm.worker("a", BLENDER=dying)
    farm.worker("b")
    farm.ready(*"ab")
    process = client("render", specs[0], "-o", "out", "--full-frames", "--chunk", "1", "--dask", farm.address)
    _, err = process.communicate(timeout=150)
    assert process.returncode == 0, err
    (line,) = [line for line in err.splitlines() if "refused" in line]
    assert "Blender failed with exit code 1" in line
    assert len(recorded_frames(tmp_path)["out"]) >= 32


def test_a_frame_that_ends_every_blender_is_named_and_the_others_are_done(farm, client, changed, specs, tmp_path):
    dying = changed(
        "dying", "while read -r line; do echo \"$line\"; case $line in *begin*' 7}') kill -9 0;; esac; done"
    )
    farm.worker("a", BLENDER=dying)
    farm.worker("b", BLENDER=dying)
    farm.ready(*"ab")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    _, err = process.communicate(timeout=150)
    assert process.returncode == 3
    assert "rows: frames 7 failed 3 times each, the others are done" in err
    assert "Traceback" not in err
    assert recorded_frames(tmp_path)["out"] == {int(path.name[6:11]) for path in (tmp_path / "out").glob("frame_*.png")}
    assert len(recorded_frames(tmp_path)["out"]) == 31


def test_a_frame_that_ends_every_worker_is_named_and_the_others_are_done(client, changed, specs, tmp_path):
    """As one does that takes more memory than there is. Workers of a local cluster are started again."""
    killing = changed(
        "killing", "while read -r line; do echo \"$line\"; case $line in *begin*' 7}') kill -9 $PPID;; esac; done"
    )
    config = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", "BLENDER": killing}
    words = ["--dask", "local", "--workers", "2", "--chunk", "4"]
    process = client("render", specs[0], "-o", "out", *words, **config)
    _, err = process.communicate(timeout=250)
    assert process.returncode == 3, err
    assert "rows: frames 7 failed 3 times each, the others are done" in err
    assert "Traceback" not in err
    assert len(recorded_frames(tmp_path)["out"]) == 31


def test_a_folder_that_is_not_shared_is_told(farm, client, specs, tmp_path):
    """The worker has another root, as another machine has: here, by a folder it may not enter."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root, to hide a folder from a worker")
    (tmp_path / "hidden").mkdir()
    hide = f'mount -t tmpfs none "{tmp_path / "hidden"}" && exec "$@"'
    farm.worker("a", prefix=["unshare", "-m", "sh", "-c", hide, "sh"])
    farm.ready("a")
    process = client("render", specs[0], "-o", "hidden/out", "--dask", farm.address)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 3
    assert "cannot be written from here" in err
    assert "--no-shared-folder" in err
    process = client("render", specs[0], "-o", "hidden/out", "--dask", farm.address, "--no-shared-folder")
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err


def test_a_scheduler_that_is_not_there_or_goes_is_told(farm, client, specs, tmp_path):
    farm.worker("a")
    farm.ready("a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address, "--full-frames")
    wait_for(lambda: count_recorded(tmp_path) >= 3)
    farm.send("scheduler", signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert err.splitlines()[-1].endswith("What came is kept: the same command goes on")
    assert "Traceback" not in err
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "no scheduler answers within 10 s" in err
    assert "Traceback" not in err


def test_an_interrupt_ends_the_command_though_the_scheduler_does_not_answer(farm, client, specs, tmp_path):
    farm.worker("a")
    farm.ready("a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address, "--full-frames")
    wait_for(lambda: count_recorded(tmp_path) >= 3)
    farm.send("scheduler", signal.SIGSTOP)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=40)
    assert process.returncode == 5
    assert "rows: interrupted" in err
    assert "Traceback" not in err


def openssl(folder, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)


def certificates(folder):
    """An authority and a certificate that it has signed."""
    folder.mkdir()
    new = ["req", "-newkey", "rsa:2048", "-nodes"]
    openssl(folder, *new, "-x509", "-days", 2, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, *new, "-subj", "/CN=somebody", "-keyout", "key.pem", "-out", "request.pem")
    by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    openssl(folder, "x509", "-req", "-days", 2, "-in", "request.pem", *by, "-out", "cert.pem")
    return folder


def test_with_tls_only_those_with_a_certificate_are_served(client, specs, local, watch, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make certificates")
    ours, others = certificates(tmp_path / "ours"), certificates(tmp_path / "others")
    words = [f"--tls-{what}={ours / name}.pem" for what, name in (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))]
    with Farm(tmp_path / "farm", scheme="tls", words=words) as farm:
        farm.scheduler()
        farm.worker("a")
        farm.worker("b")
        farm.ready("a", "b")

        def tls(folder, ca):
            return ["--tls-ca", ca / "ca.pem", "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"]

        render = ["render", specs[0], "-o", "rows.png", "--no-shared-folder", "--dask"]
        for names, code, why in (
            ([farm.address], 2, "TLS needs --tls-ca, --tls-cert and --tls-key"),
            ([farm.address.replace("tls", "tcp")], 3, "no scheduler answers"),
            ([farm.address, *tls(others, ours)], 3, "the scheduler does not take this certificate"),
            (
                [farm.address, *tls(others, others)],
                3,
                "does not take this certificate, or its own is not of this authority",
            ),
        ):
            process = client(*render, *names)
            _, err = process.communicate(timeout=60)
            assert process.returncode == code, err
            assert why in err
            assert "Traceback" not in err
        process = client(*render, farm.address, *tls(ours, ours))
        _, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
    assert np.array_equal(watch(tmp_path / "rows.png").pictures, watch(local / "rows.png").pictures)


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def hosts():
    """Three hosts on a network of their own, each with its address; one of them may be cut off: hosts.cut(name)."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and ip, to make network namespaces")
    mark = f"kw{os.getpid() % 10000}"
    names = [f"{mark}{letter}" for letter in "abc"]
    bridge = f"{mark}br"
    try:
        ip("netns", "add", bridge)
        ip("-n", bridge, "link", "add", bridge, "type", "bridge")
        ip("-n", bridge, "link", "set", bridge, "up")
        for number, name in enumerate(names, start=1):
            ip("netns", "add", name)
            ip("-n", bridge, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-n", bridge, "link", "set", name, "master", bridge, "up")
            ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
    except subprocess.CalledProcessError as error:
        _remove(bridge, names)
        pytest.skip(f"network namespaces cannot be made here: {error.stderr.decode().strip()}")
    yield bridge, names
    _remove(bridge, names)


def _remove(bridge, names):
    for name in [*names, bridge]:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@pytest.mark.parametrize("shared", [True, False], ids=["shared folder", "no shared folder"])
def test_a_host_may_be_cut_off_for_half_a_minute(hosts, specs, local, watch, tmp_path, shared):
    """The scheduler and the client are on the first host, workers on all three."""
    bridge, names = hosts
    at = [["ip", "netns", "exec", name] for name in names]
    with Farm(tmp_path / "farm", host="10.77.0.1") as farm:
        farm.scheduler(prefix=at[0])
        for number in range(3):
            farm.worker(f"w{number}", host=f"10.77.0.{number + 1}", prefix=at[number])
        farm.ready("w0", "w1", "w2")
        words = ["render", *specs, "-o", "out", "--format", "png", "--full-frames", "--dask", farm.address, "--json"]
        words += ["--chunk", CHUNK, "--insecure", *([] if shared else ["--no-shared-folder"])]
        command = [*at[0], *COMMAND, *map(str, words)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment()}
        process = subprocess.Popen(command, cwd=tmp_path, **options)
        try:
            wait_for(lambda: len(farm.rendered()) >= 6)
            ip("-n", bridge, "link", "set", names[1], "down")
            time.sleep(30)
            ip("-n", bridge, "link", "set", names[1], "up")
            _, err = process.communicate(timeout=200)
        finally:
            process.kill()
        assert process.returncode == 0, err
        assert_same_films(tmp_path / "out", local, watch)
        lost = len(farm.rendered()) - 3 * 32
        assert 0 <= lost <= CHUNK * 4
