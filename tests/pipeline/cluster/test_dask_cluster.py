# SPDX-License-Identifier: GPL-3.0-or-later
"""Films are rendered on a Dask cluster of real processes that are killed, stopped and cut off."""

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

from ..conftest import COMMAND, environment, run_command, tiny_table, toml_of
from ..farm import CONFIG, Farm, count_recorded, count_rendered, lose, recorded_frames
from ..patience import PATIENCE, wait_for
from ..processes import have_ended, list_descendants

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
    """Three specs of 32 unique frames each, which take a while when rendered in full."""
    folder = tmp_path_factory.mktemp("specs")
    for order in ORDERS:
        (folder / f"{order}.toml").write_text(toml_of(tiny_table({**SLOW, "walk": {**SLOW["walk"], "order": order}})))
    return [folder / f"{order}.toml" for order in ORDERS]


@pytest.fixture(scope="session")
def local(bpy_is_there, specs, tmp_path_factory):
    """Their films, rendered by a pool of Blender processes."""
    folder = tmp_path_factory.mktemp("local")
    ran = run_command("render", *specs, "-o", "out", "--format", "png", cwd=folder)
    assert ran.code == 0, ran.err
    return folder / "out"


@pytest.fixture
def farm(tmp_path):
    with Farm(tmp_path / "farm") as started:
        started.scheduler()
        yield started


@pytest.fixture
def client(tmp_path):
    """Starts the command in the test's folder."""
    started = []

    def start(*argv, stderr=subprocess.PIPE, **env):
        command = [*COMMAND, *map(str, argv)]
        options = {"cwd": tmp_path, "env": {**environment(), **env}, "text": True}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, **options))
        return started[-1]

    yield start
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
def test_all_films_are_made_whichever_process_dies_and_only_lost_frames_are_rendered_again(
    farm, client, specs, local, watch, tmp_path, shared
):
    for name in "abc":
        farm.worker(name)
    farm.ready(*"abc")
    out = tmp_path / "out"
    argv = ["render", *specs, "-o", "out", "--format", "png", "--dask", farm.address, "--chunk", CHUNK, "--json"]
    argv += ["--full-frames", *([] if shared else ["--no-shared-folder"])]

    snapshots = []  # for each recorded frame, how often it had been rendered

    def take_snapshot():
        recorded = {(folder, frame) for folder, frames in recorded_frames(out).items() for frame in frames}
        counts = count_rendered(farm, out) if shared else {}
        snapshots.append({frame: counts.get(frame) for frame in recorded})

    first = client(*argv)
    wait_for(lambda: len(farm.rendered()) >= 6 and farm.is_at_a_frame("a"))
    farm.send("a", signal.SIGKILL)
    take_snapshot()
    wait_for(lambda: len(farm.rendered()) >= 14 and farm.is_at_a_frame("b"))
    farm.send("b", signal.SIGSTOP)
    lose(farm.address, "b")
    take_snapshot()
    wait_for(lambda: len(farm.rendered()) >= 48)
    assert {path.name for path in out.glob("*/frames*.jsonl")} == {"frames.jsonl"}, "one process writes each manifest"
    assert first.poll() is None
    first.kill()
    first.wait()
    take_snapshot()
    films = out / ".kernelwalk_films.jsonl"
    done = [order for order in ORDERS if films.exists() and f"{order}.png" in films.read_text()]
    farm.worker("d")

    stdout, err = client(*argv).communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    outputs = json.loads(stdout)["outputs"]
    assert [output["code"] for output in outputs] == [0, 0, 0], err
    assert_same_films(out, local, watch)
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{order}.png" for order in ORDERS)

    total = 3 * 32
    # the frames of a finished film count as rendered, whether they have been deleted yet or not
    others = [frame for folder, frame in snapshots[-1] if folder.removesuffix(".png.frames") not in done]
    assert sum(output["rendered"] for output in outputs) == total - 32 * len(done) - len(others)
    lost = len(farm.rendered()) - total
    # chunks of the killed and the stopped worker, and of three workers when the client died, each with a waiting one
    assert 0 <= lost <= CHUNK * (1 + 1 + 4)
    if shared:
        counts = count_rendered(farm, out)
        assert all({frame: counts[frame] for frame in before} == before for before in snapshots), "nothing was lost"


@pytest.mark.parametrize(("target", "then"), [(1e6, 3), (0.0, 1)], ids=["quick", "slow"])
def test_chunk_sizes_follow_from_the_time_per_frame(farm, call, spec, monkeypatch, target, then):
    """Twelve unique frames: the base frame, three chunks of two while the time is unknown, then half of the rest, or
    one where each takes longer than the target time."""
    from kernelwalk_pipeline.cluster import adaptive_queue

    monkeypatch.setattr(adaptive_queue, "TARGET_SECONDS", target)
    farm.worker("a")
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
    argv = ["render", *specs[:2], "-o", "out", "--full-frames", "--dask", farm.address]
    process = client(*argv, stderr=theirs, TERM="xterm", COLUMNS="100")
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # raised at its end
        while data := os.read(ours, 4096):
            output += data
    os.close(ours)
    assert process.wait() == 0, output
    assert len({log for log in farm.folder.glob("blender_*.log") if '"frame_rendered"' in log.read_text()}) == 2, (
        "both rendered frames"
    )
    counters = re.findall(r"(rows|columns) [^\n]*?(\d+)/32", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.decode()))
    for name in ("rows", "columns"):
        counts = [int(count) for counted, count in counters if counted == name]
        assert counts == sorted(counts)
        assert len(set(counts)) > 3, "between none and all"  # the bar is drawn at times, whatever has been counted
    assert counters[-1][1] == "32"


def test_specs_share_the_workers(farm, client, specs, program, local, watch, tmp_path):
    """While one renders only its base frame, another worker renders that of the next."""
    go = tmp_path / "go"
    wait = f'while [ ! -e "{go}" ]; do sleep 0.1; done'
    filter = f'while read -r line; do case $line in *frame_started*) {wait};; esac; echo "$line"; done'
    held = str(program("held", f'"{farm.counting}" "$@" | {filter}'))
    for name in "abc":
        farm.worker(name, BLENDER=held)
    farm.ready(*"abc")
    process = client("render", *specs, "-o", "out", "--format", "png", "--dask", farm.address)
    out = tmp_path / "out"
    try:
        wait_for(lambda: len({path.parent for path in out.glob("*.frames/.kernelwalk/chunk_*")}) == 3)
        assert count_recorded(out) == 0
    finally:
        go.touch()  # otherwise they would wait for ever
    stdout, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert sorted(stdout.splitlines()) == sorted(f"out/{order}.png" for order in ORDERS)
    assert_same_films(tmp_path / "out", local, watch)


def test_a_local_cluster_makes_the_same_films_as_a_pool(client, specs, local, watch, tmp_path):
    argv = ["render", *specs, "-o", "out", "--format", "png", "--dask", "local", "--workers", 2]
    stdout, err = client(*argv).communicate()
    # each is named when it is done, and which is done first depends on the workers
    assert sorted(stdout.splitlines()) == sorted(f"out/{order}.png" for order in ORDERS), err
    assert_same_films(tmp_path / "out", local, watch)


@pytest.mark.parametrize(
    ("where", "number", "signal_number"),
    [
        ("local", 1, signal.SIGINT),
        ("local", 3, signal.SIGTERM),
        ("local", 1, signal.SIGKILL),
        ("address", 1, signal.SIGINT),
        ("address", 3, signal.SIGINT),
        ("address", 3, signal.SIGKILL),
    ],
)
def test_an_interrupt_cancels_pending_chunks(client, specs, tmp_path, where, number, signal_number, farm):
    if where == "address":
        farm.worker("a")
        farm.ready("a")
    address = farm.address if where == "address" else "local"
    argv = ["render", *specs[:number], "-o", "out", "--full-frames", "--dask", address]
    process = client(*argv, BLENDER=str(farm.counting), **CONFIG)
    wait_for(lambda: count_recorded(tmp_path if number == 1 else tmp_path / "out") >= 3)
    mine = list_descendants(process.pid)
    process.send_signal(signal_number)
    stdout, err = process.communicate(timeout=PATIENCE)
    assert not stdout
    assert "Traceback" not in err
    assert "already in use" not in err  # of a port that the scheduler uses
    if signal_number != signal.SIGKILL:
        assert process.returncode == 5
        last = [line for line in err.splitlines() if line.startswith("kernelwalk: ")]
        assert "kernelwalk: rows: interrupted. The same command continues from here" in last
        assert all(line.endswith(": interrupted. The same command continues from here") for line in last)
        assert not list((tmp_path / "out").rglob("chunk_*"))
    wait_for(lambda: have_ended(mine))
    if where == "address":
        wait_for(lambda: not farm.has_tasks())
        wait_for(lambda: not farm.is_at_a_frame("a"))  # the current one is given up


CHANGED = """#!/bin/sh
while [ "$1" != -- ]; do [ "$1" = --python ] && worker=$2; shift; done
"{python}" "$worker" "$2" | {filter}
"""


@pytest.fixture
def changed(tmp_path):
    """A Blender whose output goes through a filter: changed("name", "sed ...")."""

    def write(name, command):
        path = tmp_path / name
        path.write_text(CHANGED.format(python=sys.executable, filter=command))
        path.chmod(0o755)
        return str(path)

    return write


def test_a_worker_with_another_blender_is_rejected_and_the_others_do_the_work(
    farm, client, changed, specs, call, tmp_path, frames_in
):
    old = changed("old", """sed -u 's/"blender": "[^"]*"/"blender": "3.9.9"/'""")
    farm.worker("odd", BLENDER=old)
    for name in "ab":
        farm.worker(name)
    farm.ready("odd", "a", "b")
    stdout, err = client("render", specs[0], "-o", "out", "--dask", farm.address).communicate(timeout=PATIENCE)
    assert stdout == "out\n", err
    (line,) = [line for line in err.splitlines() if "rejected" in line]
    assert "its Blender is 3.9.9, this job uses " in line

    for name in "ab":
        farm.processes[name].terminate()
        farm.processes[name].wait()
    next((tmp_path / "out").glob("frame_00007.png")).unlink()
    again = client("render", specs[0], "-o", "out", "--dask", farm.address)
    stdout, err = again.communicate(timeout=PATIENCE)
    assert again.returncode == 3
    assert "no worker can be used" in err
    assert "its Blender is 3.9.9, the existing frames were rendered with" in err
    assert "Traceback" not in err


ANOTHER = {
    "kernelwalk": ("import kernelwalk; kernelwalk.__version__ = '0.0.9'", "its Kernelwalk is 0.0.9, not "),
    "template": (
        "from kernelwalk.core.spec import templates; real = templates.find_blend_file; "
        "templates.find_blend_file = lambda name: real('dark')",
        "its template of that name is different",
    ),
}


@pytest.mark.parametrize("part", ANOTHER)
def test_a_worker_with_another_kernelwalk_or_template_is_rejected_and_the_others_do_the_work(
    farm, client, specs, tmp_path, part
):
    code, reason = ANOTHER[part]
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "sitecustomize.py").write_text(code)
    farm.worker("odd", PYTHONPATH=os.pathsep.join([str(tmp_path / "odd"), os.environ.get("PYTHONPATH", "")]))
    farm.worker("a")
    farm.ready("odd", "a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    stdout, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stdout) == (0, "out\n"), err
    (line,) = [line for line in err.splitlines() if "rejected" in line]
    assert reason in line


def test_a_worker_whose_blender_stops_starting_is_rejected(farm, client, changed, specs, tmp_path):
    """It started when the worker was probed, and has died since."""
    command = 'while read -r line; do echo "$line"; case $line in *frame_started*) kill -9 0;; esac; done'
    dying = changed("dying", command)
    script, mark = Path(dying), tmp_path / "started"
    script.write_text(script.read_text().replace("while", f'[ -e "{mark}" ] && exit 1\n: >"{mark}"\nwhile', 1))
    farm.worker("a", BLENDER=dying)
    farm.worker("b")
    farm.ready(*"ab")
    process = client("render", specs[0], "-o", "out", "--full-frames", "--chunk", "1", "--dask", farm.address)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    (line,) = [line for line in err.splitlines() if "rejected" in line]
    assert "Blender failed with exit code 1" in line
    assert len(recorded_frames(tmp_path)["out"]) >= 32


def test_a_frame_that_kills_every_blender_is_named_and_the_others_are_rendered(farm, client, changed, specs, tmp_path):
    dying = changed(
        "dying", "while read -r line; do echo \"$line\"; case $line in *frame_started*' 7}') kill -9 0;; esac; done"
    )
    farm.worker("a", BLENDER=dying)
    farm.worker("b", BLENDER=dying)
    farm.ready(*"ab")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "rows: frames 7 failed 3 times each, the others are done" in err
    assert "Traceback" not in err
    assert recorded_frames(tmp_path)["out"] == {int(path.name[6:11]) for path in (tmp_path / "out").glob("frame_*.png")}
    assert len(recorded_frames(tmp_path)["out"]) == 31


def test_a_frame_that_kills_every_worker_is_named_and_the_others_are_rendered(client, changed, specs, tmp_path):
    """For example by its need for memory. A local cluster replaces its workers."""
    kill = "case $line in *frame_started*' 7}') kill -9 $PPID;; esac"
    killing = changed("killing", f'while read -r line; do echo "$line"; {kill}; done')
    config = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", "BLENDER": killing}
    options = ["--dask", "local", "--workers", "2", "--chunk", "4"]
    process = client("render", specs[0], "-o", "out", *options, **config)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3, err
    assert "rows: frames 7 failed 3 times each, the others are done" in err
    assert "Traceback" not in err
    assert len(recorded_frames(tmp_path)["out"]) == 31


def test_a_folder_that_is_not_shared_is_reported(farm, client, specs, tmp_path):
    """Another mount hides the folder from the worker, as if it were on another machine."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root, to hide a folder from a worker")
    (tmp_path / "hidden").mkdir()
    hide = f'mount -t tmpfs none "{tmp_path / "hidden"}" && exec "$@"'
    farm.worker("a", prefix=["unshare", "-m", "sh", "-c", hide, "sh"])
    farm.ready("a")
    process = client("render", specs[0], "-o", "hidden/out", "--dask", farm.address)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "cannot be written from here" in err
    assert "--no-shared-folder" in err
    process = client("render", specs[0], "-o", "hidden/out", "--dask", farm.address, "--no-shared-folder")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def test_a_missing_or_lost_scheduler_is_reported(farm, client, specs, tmp_path):
    farm.worker("a")
    farm.ready("a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address, "--full-frames")
    wait_for(lambda: count_recorded(tmp_path) >= 3)
    farm.send("scheduler", signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert err.splitlines()[-1].endswith("Finished frames are kept: run the same command again to continue")
    assert "Traceback" not in err
    process = client("render", specs[0], "-o", "out", "--dask", farm.address)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "no scheduler answers within 10 s" in err
    assert "Traceback" not in err


def is_idle(pid):
    """Return whether a process uses no processor time for a second."""

    def read_ticks():
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]

    before = read_ticks()
    time.sleep(1)
    return read_ticks() == before


def test_an_interrupt_ends_the_command_even_if_the_scheduler_does_not_answer(farm, client, specs, tmp_path):
    farm.worker("a")
    farm.ready("a")
    process = client("render", specs[0], "-o", "out", "--dask", farm.address, "--full-frames")
    wait_for(lambda: count_recorded(tmp_path) >= 3)
    farm.send("scheduler", signal.SIGSTOP)
    wait_for(lambda: is_idle(process.pid))  # it asks the scheduler, and waits for the answer
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert "rows: interrupted" in err
    assert "Traceback" not in err


def openssl(folder, *argv):
    subprocess.run(["openssl", *map(str, argv)], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    """Make an authority and a certificate that it has signed."""
    folder.mkdir()
    new = ["req", "-newkey", "rsa:2048", "-nodes"]
    openssl(folder, *new, "-x509", "-days", 2, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, *new, "-subj", "/CN=somebody", "-keyout", "key.pem", "-out", "request.pem")
    by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    openssl(folder, "x509", "-req", "-days", 2, "-in", "request.pem", *by, "-out", "cert.pem")
    return folder


def test_with_tls_only_clients_with_a_certificate_are_served(client, specs, local, watch, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make certificates")
    ours, others = make_certificates(tmp_path / "ours"), make_certificates(tmp_path / "others")
    files = {"ca-file": "ca", "cert": "cert", "key": "key"}
    options = [f"--tls-{option}={ours / name}.pem" for option, name in files.items()]
    with Farm(tmp_path / "farm", scheme="tls", options=options) as farm:
        farm.scheduler()
        farm.worker("a")
        farm.worker("b")
        farm.ready("a", "b")

        def tls(folder, ca):
            return ["--tls-ca", ca / "ca.pem", "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"]

        render = ["render", specs[0], "-o", "rows.png", "--no-shared-folder", "--dask"]
        for options, code, reason in (
            ([farm.address], 2, "TLS needs --tls-ca, --tls-cert and --tls-key"),
            ([farm.address.replace("tls", "tcp")], 3, "no scheduler answers"),
            ([farm.address, *tls(others, ours)], 3, "the scheduler rejects this certificate"),
            (
                [farm.address, *tls(others, others)],
                3,
                "rejects this certificate, or its own was not signed by this authority",
            ),
        ):
            process = client(*render, *options)
            _, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == code, err
            assert reason in err
            assert "Traceback" not in err
        process = client(*render, farm.address, *tls(ours, ours))
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    assert np.array_equal(watch(tmp_path / "rows.png").pictures, watch(local / "rows.png").pictures)


def ip(*argv):
    return subprocess.run(["ip", *argv], check=True, capture_output=True)


@pytest.fixture
def hosts():
    """Three hosts on a network of their own: the name of its bridge, and those of the hosts."""
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


def run_on_host(prefix, farm, name):
    """Make the scheduler lose a worker, by a process on its own host."""
    code = f"from tests.pipeline.farm import lose; lose({farm.address!r}, {name!r})"
    options = {"capture_output": True, "text": True, "cwd": Path(__file__).parents[3]}
    return subprocess.run([*prefix, sys.executable, "-c", code], check=False, **options)


@pytest.mark.parametrize("shared", [True, False], ids=["shared folder", "no shared folder"])
def test_films_are_made_although_a_host_is_cut_off_for_a_while(hosts, specs, local, watch, tmp_path, shared):
    """The scheduler and the client are on the first host, workers on all three."""
    bridge, names = hosts
    prefixes = [["ip", "netns", "exec", name] for name in names]
    with Farm(tmp_path / "farm", host="10.77.0.1") as farm:
        farm.scheduler(prefix=prefixes[0])
        for number in range(3):
            farm.worker(f"w{number}", host=f"10.77.0.{number + 1}", prefix=prefixes[number])
        farm.ready("w0", "w1", "w2")
        argv = ["render", *specs, "-o", "out", "--format", "png", "--full-frames", "--dask", farm.address, "--json"]
        argv += ["--chunk", CHUNK, "--insecure", *([] if shared else ["--no-shared-folder"])]
        command = [*prefixes[0], *COMMAND, *map(str, argv)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment()}
        process = subprocess.Popen(command, cwd=tmp_path, **options)
        try:
            wait_for(lambda: len(farm.rendered()) >= 6)
            ip("-n", bridge, "link", "set", names[1], "down")
            reached = run_on_host(prefixes[0], farm, "w1")
            assert reached.returncode == 0, reached.stderr
            rendered = len(farm.rendered())
            wait_for(lambda: len(farm.rendered()) >= min(rendered + 30, 90))
            ip("-n", bridge, "link", "set", names[1], "up")
            _, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        assert process.returncode == 0, err
        assert_same_films(tmp_path / "out", local, watch)
        lost = len(farm.rendered()) - 3 * 32
        assert 0 <= lost <= CHUNK * 4
