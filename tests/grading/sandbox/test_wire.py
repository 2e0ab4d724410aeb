"""Time limits count what a process computes, not what the machine makes it wait."""

import signal
import subprocess
import sys
import time

import pytest

from lrcourse.grading.sandbox._wire import CELL, DONE, PATIENCE, Lost, pair

ANSWER_LATE = """
import socket, sys, time
from lrcourse.grading.sandbox._wire import DONE, HELLO, Wire

wire = Wire(socket.socket(fileno=int(sys.argv[1])), 1 << 20)
wire.send(HELLO)
wire.receive()
due = time.process_time() + float(sys.argv[2])
while time.process_time() < due:
    pass
time.sleep(float(sys.argv[3]))
wire.send(DONE)
"""


@pytest.fixture
def answer_late():
    """Start a process that computes and sleeps before it answers."""
    started = []

    def start(computing, sleeping):
        line, end = pair(1 << 20)
        with end:
            command = [sys.executable, "-c", ANSWER_LATE, end.fileno(), computing, sleeping]
            process = subprocess.Popen(map(str, command), pass_fds=[end.fileno()])
        started.append((line, process))
        line.deadline = time.monotonic() + 30
        line.meet()
        return line, process

    yield start
    for line, process in started:
        process.kill()
        process.wait()
        line.close()


def ask(line, seconds, latest=60.0):
    line.allow(seconds, time.monotonic() + latest)
    line.send(CELL)


def test_who_has_to_wait_for_the_machine_keeps_its_time(answer_late):
    line, process = answer_late(0.2, 0)
    process.send_signal(signal.SIGSTOP)
    ask(line, 0.8)
    time.sleep(1.2)
    process.send_signal(signal.SIGCONT)
    assert line.receive() == (DONE, b"")


def test_who_computes_too_long_is_lost(answer_late):
    line, _ = answer_late(30, 0)
    ask(line, 0.3)
    with pytest.raises(Lost, match="took too long"):
        line.receive()


def test_who_only_waits_is_lost_a_little_later(answer_late):
    line, _ = answer_late(0, 30)
    began = time.monotonic()
    ask(line, 0.2)
    with pytest.raises(Lost, match="took too long"):
        line.receive()
    assert time.monotonic() - began >= 0.2 * PATIENCE


def test_nobody_goes_on_beyond_the_end(answer_late):
    line, _ = answer_late(0, 30)
    began = time.monotonic()
    ask(line, 10, latest=0.3)
    with pytest.raises(Lost, match="took too long"):
        line.receive()
    assert 0.3 <= time.monotonic() - began < 10
