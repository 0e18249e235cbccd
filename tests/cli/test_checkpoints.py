"""``xpsae fit`` in pieces: checkpoints, resuming, Ctrl-C and SIGTERM."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import xpsae
from xpsae.checkpoints import read_checkpoint


@pytest.fixture
def data(tmp_path):
    np.save(tmp_path / "data.npy", np.random.default_rng(0).random((200, 12)))
    return tmp_path / "data.npy"


def test_a_run_goes_on_where_it_stopped(run, data):
    folder = data.parent
    words = ["--hidden", 5, "--sparsity-target", 0.2, "-q"]
    assert run("fit", data, "-o", folder / "whole", *words, "--iterations", 12).code == 0
    ending = run("fit", data, "-o", folder / "part", *words, "--iterations", 5, "--checkpoint", folder / "run.ckpt")
    assert ending.code == 0
    ending = run("fit", data, "-o", folder / "part", "-q", "--resume", folder / "run.ckpt", "--iterations", 12)
    assert ending.code == 0
    np.testing.assert_array_equal(xpsae.load(folder / "part").theta, xpsae.load(folder / "whole").theta)


def test_other_options_than_those_of_the_run_are_refused_by_their_flags(run, data):
    folder = data.parent
    run("fit", data, "-o", folder / "m", "-q", "--iterations", 2, "--hidden", 5, "--checkpoint", folder / "run.ckpt")
    again = ["fit", data, "-o", folder / "m", "-q", "--resume", folder / "run.ckpt"]
    assert run(*again, "--hidden", 5).code == 0
    ending = run(*again, "--weight-decay", 0.5)
    assert ending.code == 1
    assert ending.err.startswith(
        "xpsae: error: --weight-decay: expected that of the run, 0.0001, got 0.5. Leave it out."
    )


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_what_was_found_is_written(data, number):
    model = data.parent / "model"
    np.save(data, np.random.default_rng(0).random((2000, 40)))  # enough not to be done before the signal comes
    words = ["fit", data, "-o", model, "--hidden", "20", "--iterations", "1000000", "--ftol", "0", "--gtol", "0"]
    command = [
        sys.executable,
        "-m",
        "xpsae",
        *map(str, words),
        "--no-quiet",
        "--sparsity-weight",
        "0",
        "--weight-decay",
        "0",
    ]
    # Where tests run in the background, SIGINT is ignored, and what is ignored is inherited.
    usual = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **usual)
    shown = ""
    while not shown.endswith("0/1000000"):  # the bar, which is there once signals are noted
        shown += process.stderr.read(1)
        assert process.poll() is None, shown
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the run converged before the signal came")
    assert process.returncode == 130, err
    assert "xpsae: interrupted, what was found is written" in err
    assert xpsae.load(model).result.message == "Interrupted: this is the best point so far."


# What the process imports first: its tenth evaluation lasts until Ctrl-C ends it, and says how far it has come.
HELD = """
import signal, sys, time
from xpsae import interrupts, recording

signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background, it is ignored
evaluate = recording.Recorder.__call__

def held(self, theta):
    if self._evaluations == 9:
        print("evaluating", file=sys.stderr, flush=True)
        while not interrupts._listening[-1].requested:
            time.sleep(0.01)
        print("noted", file=sys.stderr, flush=True)
        while True:
            time.sleep(0.01)
    return evaluate(self, theta)

recording.Recorder.__call__ = held
"""


@pytest.fixture
def held(tmp_path):
    """The command line as a process of its own that `HELD` holds; it is killed if it never ends."""
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "sitecustomize.py").write_text(HELD)
    path = [tmp_path / "first", Path(xpsae.__file__).parents[1], os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    started = []

    def start(*words):
        command = [sys.executable, "-m", "xpsae", *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, env=environment, **pipes))
        started.append(threading.Timer(300, started[0].kill))
        started[1].start()
        return started[0]

    yield start
    for end in (started[1].cancel, started[0].kill, started[0].communicate):
        end()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_twice_ends_the_process_at_once_and_the_last_checkpoint_stays(run, data, held):
    folder = data.parent
    words = ["--hidden", 5, "--sparsity-target", 0.2, "-q", "--iterations", 20]
    kept = ["--checkpoint", folder / "run.ckpt", "--checkpoint-every", 1]
    process = held("fit", data, "-o", folder / "model", *words, *kept)
    assert process.stderr.readline() == "evaluating\n"
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "noted\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "\nxpsae: interrupted\n")
    assert not (folder / "model").exists()
    assert [file.name for file in folder.iterdir() if "ckpt" in file.name] == ["run.ckpt"]
    assert 0 < read_checkpoint(folder / "run.ckpt").numbers["nit"] < 10
    assert run("fit", data, "-o", folder / "on", "-q", "--resume", folder / "run.ckpt").code == 0
    assert run("fit", data, "-o", folder / "whole", *words).code == 0
    np.testing.assert_array_equal(xpsae.load(folder / "on").theta, xpsae.load(folder / "whole").theta)
