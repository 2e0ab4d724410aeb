"""A stranger's code and the tests on it, in real processes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lrcourse.grading.sandbox import Ran, Sandbox, SandboxError, protection
from lrcourse.grading.sandbox import _host as host

Run = Callable[..., dict[str, Ran]]

pytestmark = pytest.mark.slow

HIDE = "### BEGIN HIDDEN TESTS"


def student(source: str) -> tuple[str, str]:
    return "student", source


def checks(source: str) -> tuple[str, str]:
    return "tests", source


def locked(source: str) -> tuple[str, str]:
    return "locked", source


def test_right_and_wrong_answers_are_told_apart(run: Run) -> None:
    results = run(
        imports=locked("import numpy as np"),
        double=student("def double(x):\n    return 2 * x"),
        test_double=checks("assert (double(np.ones(2)) == [2, 2]).all()"),
        half=student("def half(x):\n    return 2 * x"),
        test_half=checks("x = 3\nassert half(x) == 1.5, half(x)"),
    )
    assert results["test_double"].status == "ok"
    failure = results["test_half"].failure
    assert failure
    assert (failure.kind, failure.message, failure.hidden) == ("AssertionError", "6", False)
    assert failure.line == (2, "assert half(x) == 1.5, half(x)")


def test_what_cells_show_is_kept_and_bounded(run: Run) -> None:
    results = run(
        shows=student("import sys\nprint('out')\nprint('err', file=sys.stderr)\n[1, 2]"),
        rich=student("from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))"),
        fails=student("1 / 0"),
        unreadable=student("def f(:"),
        endless=student("for _ in range(10**6): print('spam ' * 20)"),
    )
    first, second, value = results["shows"].outputs
    assert (first["name"], first["text"]) == ("stdout", "out\n")
    assert (second["name"], second["text"]) == ("stderr", "err\n")
    assert value["data"]["text/plain"] == "[1, 2]"
    assert results["rich"].outputs[0]["data"]["text/html"] == "<b>x</b>"
    assert results["fails"].failure
    assert results["fails"].failure.line == (1, "1 / 0")
    assert results["unreadable"].failure
    assert results["unreadable"].failure.kind == "SyntaxError"
    assert sum(len(str(output)) for output in results["endless"].outputs) < 1_200_000


def test_a_learners_exception_reaches_the_test_as_what_it_is(run: Run) -> None:
    results = run(
        strict=student(
            "def strict(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x"
        ),
        test_strict=checks(
            "try:\n    strict(-1)\nexcept ValueError as error:\n"
            "    assert 'negative' in str(error)\n"
            "else:\n    raise AssertionError('no error')"
        ),
        own=student("class Mine(KeyError): pass\ndef own(): raise Mine('k')"),
        test_own=checks(
            "try:\n    own()\nexcept KeyError as error:\n    assert error.args == ('k',)"
        ),
        stops=student("def stops(): raise StopIteration"),
        test_stops=checks("for _ in [1]:\n    stops()"),
    )
    assert results["test_strict"].status == results["test_own"].status == "ok"
    assert results["test_stops"].failure
    assert results["test_stops"].failure.kind == "StrangeError"


def test_a_test_may_lend_functions_and_objects(run: Run) -> None:
    results = run(
        imports=locked("import numpy as np"),
        descend=student(
            "def descend(grad, x, steps):\n    for _ in range(steps):\n"
            "        x = x - 0.5 * grad(x)\n    return x"
        ),
        test_descend=checks("assert abs(descend(lambda x: 2 * x, 1.0, 3)) == 0"),
        compose=student("def twice(f, x):\n    return f(f(x))\ndef inc(x):\n    return x + 1"),
        test_compose=checks(
            "assert twice(inc, 1) == 3\nassert twice(lambda x: inc(x) * 2, 1) == 10"
        ),
        read=student("def read(point, many):\n    return point.x + sum(many)"),
        test_read=checks(
            "class Point:\n    x = 2\nassert read(Point(), (i for i in range(3))) == 5\n"
            "from decimal import Decimal\nassert twice(abs, Decimal(-1)).adjusted() == 0"
        ),
    )
    assert [results[name].status for name in ("test_descend", "test_compose", "test_read")] == [
        "ok"
    ] * 3


def test_a_learners_objects_can_be_used(run: Run) -> None:
    results = run(
        code=student(
            "class Counter:\n    def __init__(self): self.n = 0\n"
            "    def step(self, by=1):\n        self.n += by\n        return self\n"
            "def evens():\n    n = 0\n    while True:\n        yield n\n        n += 2\n"
            "rate = 0.1"
        ),
        test_code=checks(
            "counter = Counter()\nassert counter.step().step(by=3).n == 4\n"
            "numbers = evens()\nassert [next(numbers) for _ in range(3)] == [0, 2, 4]\n"
            "assert rate == 0.1\nassert 'Counter' in repr(counter)"
        ),
    )
    assert results["test_code"].status == "ok", results["test_code"].failure


def test_a_process_that_ends_costs_its_own_question(run: Run) -> None:
    results = run(
        first=student("def first(): return 1"),
        test_first=checks("assert first() == 1"),
        dies=student("import os\ndef dies(): os._exit(0)"),
        test_dies=checks("dies()"),
        hangs=student(
            "def hangs():\n    while True:\n        try:\n            while True: pass\n"
            "        except BaseException: pass"
        ),
        test_hangs=checks("hangs()"),
        crashes=student("import ctypes\nctypes.string_at(0)"),
        last=student("def last(): return first() + 1"),
        test_last=checks(f"assert last() == 2\n{HIDE}\nassert last() == 2"),
    )
    assert results["test_first"].status == results["test_last"].status == "ok"
    for name in ("test_dies", "test_hangs", "crashes"):
        assert results[name].status == "stopped", name


def test_nothing_shown_to_the_learner_comes_after_a_hidden_test(run: Run) -> None:
    """Outputs are complete before any test, and visible tests run before any hidden one."""
    results = run(
        spy=student(
            "import json, os, mmap\nshared = mmap.mmap(-1, 4096)\nseen = []\n"
            "def spy(x):\n    seen.append(x)\n    shared.write(str(x).encode())\n"
            "    open('notes', 'a').write(str(x))\n    return x"
        ),
        test_spy=checks(f"assert spy(1) == 1\n{HIDE}\nassert spy(777) == 777"),
        leak=student(
            "print(seen, shared[:20], os.path.exists('notes'))\n"
            "def leak():\n    return [seen, shared[:20], open('notes').read()]"
        ),
        test_leak=checks(f"assert leak() == 0, leak()\n{HIDE}\npass"),
    )
    assert results["test_spy"].status == "ok"
    assert "777" not in str(results["leak"].outputs)
    assert results["test_leak"].failure
    assert "777" not in results["test_leak"].failure.message


def test_a_test_splits_at_its_first_hidden_line(run: Run) -> None:
    results = run(
        f=student("def f(x): return x if x < 5 else 0"),
        test_f=checks(f"base = 1\nassert f(base) == 1\n{HIDE}\nassert f(base + 5) == 6\n### END"),
        test_g=checks(f"for x in (1, 2):\n    assert f(x) == x\n    {HIDE}\n    assert f(x) == x"),
        test_h=checks(f"assert f(9) == 9\n{HIDE}\nassert f(1) == 2, 'secret'"),
    )
    assert results["test_f"].failure
    assert results["test_f"].failure.hidden
    assert results["test_f"].failure.line == (4, "assert f(base + 5) == 6")
    assert results["test_g"].status == "ok"
    assert results["test_h"].failure
    assert not results["test_h"].failure.hidden


def test_the_tests_own_names_cannot_be_replaced(run: Run) -> None:
    results = run(
        imports=locked("import numpy as np\nfrom lrcourse.grading.expect import expect"),
        forged=student(
            "import builtins, numpy, lrcourse.grading.expect as e\n"
            "e.expect = expect = lambda *a, **k: None\nnumpy.allclose = lambda *a, **k: True\n"
            "builtins.abs = lambda x: 0\nhelper = lambda *a: None\ndef forged(): return 7"
        ),
        test_forged=checks(
            "def helper(x):\n    assert abs(x - 8) < 1 and np.allclose(x, 8)\n"
            "expect(7, 7)\nhelper(forged())"
        ),
    )
    assert results["test_forged"].status == "error"


@pytest.mark.parametrize(
    "trick",
    [
        "class Same:\n    __eq__ = lambda *a: True\n    __lt__ = __gt__ = __eq__\n"
        "def f(): return Same()",
        "class Num(float):\n    __eq__ = lambda *a: True\n    __sub__ = lambda *a: 0.0\n"
        "def f(): return Num(1)",
        "import numpy\nclass A(numpy.ndarray):\n    __eq__ = lambda *a: True\n"
        "def f(): return numpy.ones(3).view(A)",
        "def f(): raise SystemExit(0)",
        "def f(): raise KeyboardInterrupt",
        "def f(): raise type('Skipped', (Exception,), {})()",
        "import sys\ndef f(): sys.exit(0)",
        "def f(): return 'x' * 100_000_000",
        "def f(x=[]):\n    x.append(x)\n    return x",
        'import os, struct\ndone = b\'{"failure": null, "value": null, "fetched": []}\'\n'
        "def f():\n    for end in range(3, 256):\n"
        "        try: os.write(end, struct.pack('<Ic', len(done), b'd') + done)\n"
        "        except OSError: pass\n    return 4",
    ],
)
def test_no_trick_passes_for_the_right_answer(run: Run, trick: str) -> None:
    results = run(
        f=student(trick), test_f=checks("x = f()\nassert x == 5 and type(x) in (int, float)")
    )
    assert results["test_f"].status != "ok"


def test_memory_processes_and_files_are_bounded(run: Run) -> None:
    results = run(
        right=student("def right(): return 1"),
        test_right=checks("assert right() == 1"),
        memory=student("x = bytearray(30 << 30)"),
        bomb=student(
            "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(1)"
        ),
        disk=student("for i in range(10**6):\n    open(f'f{i}', 'wb').write(b'x' * 10**6)"),
        after=student("def after(): return 2"),
        test_after=checks("assert after() == 2"),
    )
    assert results["memory"].failure
    assert results["memory"].failure.kind == "MemoryError"
    assert results["bomb"].failure
    assert results["bomb"].failure.message == "started too many processes"
    assert results["disk"].failure
    assert results["disk"].failure.message == "wrote too much to its folder"
    assert results["test_right"].status == results["test_after"].status == "ok"


def test_no_process_outlives_its_notebook(sandbox: Sandbox, run: Run) -> None:
    marker = "outlives_its_notebook"
    run(
        leaves=student(
            f"import os, time\nif os.fork() == 0:\n    try: os.setsid()\n    except OSError: pass\n"
            "    if os.fork() == 0:\n"
            f"        {marker} = b'{marker}' * 1000\n        time.sleep(60)\n"
            "    os._exit(0)\n"
        )
    )
    time.sleep(0.3)
    left = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if "-I" in (folder / "cmdline").read_text().split("\0"):
                left.append((folder.name, (folder / "cwd").readlink()))
        except OSError:
            continue
    assert not [one for one in left if Path(sandbox._students._scratch) in one[1].parents]


def test_nothing_is_reached_outside(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("keep out")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        results = run(
            reads=student(f"print(open({str(secret)!r}).read())"),
            writes=student(f"open({str(tmp_path / 'new')!r}, 'w')"),
            lists=student(f"import os\nprint(os.listdir({str(tmp_path)!r}))"),
            connects=student(
                f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)"
            ),
            signals=student(f"import os\nos.kill({os.getpid()}, 9)"),
            everyone=student("import os\nos.kill(-1, 9)"),
            runs=student("import subprocess\nsubprocess.run(['true'])"),
            environment=student("import os\nprint(dict(os.environ))"),
            mine=student("open('mine', 'w').write('x')\nprint(open('mine').read())"),
        )
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    assert secret.read_text() == "keep out"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]
    for name in ("reads", "writes", "lists", "connects", "signals", "everyone", "runs"):
        assert results[name].status in ("error", "stopped"), name
        assert "keep out" not in str(results[name].outputs)
    assert str(Path.home()) not in str(results["environment"].outputs)
    assert results["mine"].status == "ok"


def test_data_files_are_there_and_cannot_shadow_packages(run: Run) -> None:
    files = {"data/x.csv": b"1,2\n", "numpy.py": b"raise SystemExit", "helpers.py": b"two = 2\n"}
    results = run(
        files,
        reads=student("import numpy, helpers\ndef read(): return open('data/x.csv').read()"),
        test_reads=checks("import helpers\nassert read() == '1,2\\n' and helpers.two == 2"),
    )
    assert results["reads"].status == "ok"
    assert results["test_reads"].status == "error"  # the tests import nothing from there


def test_partial_credit_is_the_value_of_the_last_expression(run: Run) -> None:
    results = run(
        f=student("def f(): return 0.5"),
        test_f=checks("score = f() * 3\nscore"),
        test_g=checks("f() > 0"),
        test_h=checks(f"1.0\n{HIDE}\n2.0"),
    )
    assert [results[name].value for name in ("test_f", "test_g", "test_h")] == [1.5, None, 2.0]


def test_an_inside_test_runs_beside_the_code_and_says_little(run: Run) -> None:
    results = run(
        f=student("class F:\n    pass\nx = [1]"),
        test_f=("inside", "assert isinstance(F(), F)\nx.append(2)"),
        test_g=("inside", "assert x == [1]\nraise ValueError('why')"),
    )
    assert results["test_f"].status == "ok"
    assert results["test_g"].failure
    assert (results["test_g"].failure.kind, results["test_g"].failure.hidden) == (
        "ValueError",
        True,
    )


def test_the_same_notebook_gives_the_same_results(run: Run) -> None:
    cells = {
        "draw": student(
            "import numpy, random\nprint(numpy.random.rand(), random.random(), hash('a'))"
        ),
    }
    assert run(**cells) == run(**cells)


def test_a_sandbox_whose_process_dies_starts_again(sandbox: Sandbox, run: Run) -> None:
    sandbox._students._process.kill()
    results = run(f=student("def f(): return 1"), test_f=checks("assert f() == 1"))
    assert results["test_f"].status == "ok"


def test_bubblewrap_is_refused_where_it_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert protection("auto").level == "process"
    with pytest.raises(SandboxError, match="not installed"):
        protection("bwrap")
    with pytest.raises(ValueError, match="'docker'"):
        protection("docker")


def test_a_machine_without_landlock_and_seccomp_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host._confine, "landlock_version", lambda: 0)
    monkeypatch.setattr(host._confine, "has_seccomp", lambda: False)
    missing = protection("process").missing
    assert "no network" in missing
    assert "files outside the private folder out of reach" in missing
