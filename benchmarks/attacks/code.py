"""Attacks by what is in the cells: classes 1 to 7."""

from __future__ import annotations

from benchmarks.attacks.course import NOTHING, Attack

NO_DOUBLE = {"double": 0}


def _function(body: str) -> dict[str, str]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {"double": f"def double(x):\n{lines}"}


def _cell(code: str) -> dict[str, str]:
    """Code at top level of the cell, after a function that would be right."""
    return {"double": f"def double(x):\n    return 2 * x\n\n{code}"}


def _list(kind: str, cases: dict[str, tuple[dict[str, str], dict[str, float]]]) -> list[Attack]:
    return [
        Attack(kind, name, answers=answers, earned=earned)
        for name, (answers, earned) in cases.items()
    ]


_STUBBORN = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
FOR_EVER = _list(
    "1 never ending",
    {
        "loop in a function": (_function("while True:\n    pass"), NO_DOUBLE),
        "loop that catches everything": (
            _function(
                "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
            ),
            NO_DOUBLE,
        ),
        "output without end": (_function("while True:\n    print('spam' * 1000)"), NO_DOUBLE),
        "sleep": (_function("import time\ntime.sleep(10_000)"), NO_DOUBLE),
        "wait for input": (_function("return input()"), NO_DOUBLE),
        "deadlock": (
            _function("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"),
            NO_DOUBLE,
        ),
        "regular expression": (
            _function("import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
            NO_DOUBLE,
        ),
        "huge power": (_function("return 9 ** 9 ** 9"), NO_DOUBLE),
        "alarm switched off": (
            _function(
                "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
                "signal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass"
            ),
            NO_DOUBLE,
        ),
        "loop at top level": ({"double": "while True:\n    pass"}, NO_DOUBLE),
        "loop at top level that catches everything": (
            {"double": _STUBBORN},
            NO_DOUBLE,
        ),
        "output at top level": (
            {"double": "while True:\n    print('spam' * 1000)"},
            NO_DOUBLE,
        ),
    },
)
FOR_EVER += [
    Attack("1 never ending", "loop in an added first cell", first="while True: pass"),
    Attack("1 never ending", "loop in an added last cell", last="while True: pass"),
    Attack("1 never ending", "input() in an added cell", first="name = input('who? ')"),
]

RESOURCES = _list(
    "2 resources",
    {
        "30 GB in a function": (
            _function("import numpy as np\nreturn np.ones(4 * 10**9)[0] * 2 * x"),
            NO_DOUBLE,
        ),
        "30 GB piece by piece": (
            _function("kept = []\nwhile True:\n    kept.append(bytearray(10**8))"),
            NO_DOUBLE,
        ),
        "processes without end": (
            _function("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
            NO_DOUBLE,
        ),
        "processes at top level": (
            {"double": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"},
            NO_DOUBLE,
        ),
        "threads": (
            _function(
                "import threading, time\nfor _ in range(5000):\n"
                "    threading.Thread(target=time.sleep, args=(1000,)).start()"
            ),
            NO_DOUBLE,
        ),
        "a full disk": (
            _function("with open('big', 'wb') as file:\n    while True: file.write(bytes(10**7))"),
            NO_DOUBLE,
        ),
        "many files": (
            _function("for k in range(10**7): open(f'file-{k}', 'w').close()"),
            NO_DOUBLE,
        ),
        "a huge list": (_function("return [0] * 10**8"), NO_DOUBLE),
        "a huge text": (_function("return 'x' * 10**9"), NO_DOUBLE),
        "an endless answer": (
            _function("import itertools\nreturn list(itertools.count())"),
            NO_DOUBLE,
        ),
        "a huge broadcast array": (
            _function("import numpy as np\nreturn np.broadcast_to(0.0, (10**6, 10**6))"),
            NO_DOUBLE,
        ),
        "an answer that is nested for ever": (
            _function("deep = []\nfor _ in range(10**6): deep = [deep]\nreturn deep"),
            NO_DOUBLE,
        ),
        "an answer that holds itself": (
            _function("loop = []\nloop.append(loop)\nreturn loop"),
            NO_DOUBLE,
        ),
        "a huge repr": (
            _cell("class Long:\n    def __repr__(self): return 'x' * 10**8\nLong()"),
            {},
        ),
        "a repr beyond all memory": (
            _cell("class Long:\n    def __repr__(self): return 'x' * 10**10\nLong()"),
            {},
        ),
        "recursion": (
            _function("import sys\nsys.setrecursionlimit(10**9)\nreturn double(x)"),
            NO_DOUBLE,
        ),
        "a child that stays": (
            _cell(
                "import os, time\nif os.fork() == 0:\n    try: os.setsid()\n"
                "    except OSError: pass\n    if os.fork() == 0: time.sleep(1000)\n    os._exit(0)"
            ),
            {},
        ),
    },
)
DYING = _list(
    "3 dying",
    {
        "os._exit in a function": (_function("import os\nos._exit(0)"), NO_DOUBLE),
        "os._exit at top level": ({"double": "import os\nos._exit(0)"}, NO_DOUBLE),
        "sys.exit in a function": (_function("import sys\nsys.exit(0)"), NO_DOUBLE),
        "sys.exit at top level": ({"double": "import sys\nsys.exit(0)"}, NO_DOUBLE),
        "segmentation fault in a function": (
            _function("import ctypes\nctypes.string_at(0)"),
            NO_DOUBLE,
        ),
        "segmentation fault at top level": (
            {"double": "import ctypes\nctypes.string_at(0)"},
            NO_DOUBLE,
        ),
        "killing itself": (
            _function("import os\nos.kill(os.getpid(), 9)\nos.abort()"),
            NO_DOUBLE,
        ),
        "killing the parent": (
            _function(
                "import os, signal\nfor who in (os.getppid(), 0, -1, 1):\n"
                "    try: os.kill(who, signal.SIGKILL)\n    except OSError: pass\nos._exit(1)"
            ),
            NO_DOUBLE,
        ),
        "KeyboardInterrupt": (_function("raise KeyboardInterrupt"), NO_DOUBLE),
        "GeneratorExit": (_function("raise GeneratorExit"), NO_DOUBLE),
        "StopIteration": (_function("raise StopIteration"), NO_DOUBLE),
        "an exception that cannot be told": (
            _function(
                "class Bad(Exception):\n    def __str__(self): raise SystemExit\n"
                "    def __repr__(self): raise SystemExit\nraise Bad"
            ),
            NO_DOUBLE,
        ),
    },
)
DYING += [
    Attack("3 dying", "os._exit in an added first cell", first="import os\nos._exit(0)"),
    Attack(
        "3 dying",
        "a segmentation fault in the last cell",
        last="import ctypes\nctypes.string_at(0)",
    ),
    Attack("3 dying", "exit() in every other cell", first="exit()", last="quit()"),
]

_RUIN = (
    "import os, shutil, pathlib\n"
    "for place in ({course}, {bait}, {neighbour}):\n"
    "    shutil.rmtree(place, ignore_errors=True)\n"
    "    for path in pathlib.Path(place).rglob('*'):\n"
    "        try: path.write_text('ruined')\n"
    "        except OSError: pass\n"
)
FILES = _list(
    "4 files",
    {
        "deleting the course": (_cell(_RUIN), {}),
        "deleting the course from a test": (
            _function(f"{_RUIN}return 0"),
            NO_DOUBLE,
        ),
        "writing the gradebook": (
            _cell(
                "import sqlite3\ntry:\n    book = sqlite3.connect({course} + '/gradebook.db')\n"
                "    book.execute('update grade set auto_score = max_score')\n    book.commit()\n"
                "except Exception: pass"
            ),
            {},
        ),
        "links to others' files": (
            _function(
                "import os\nos.symlink({neighbour} + '/loot.ipynb', 'mine')\n"
                "open('mine', 'w').write('ruined')\nreturn 2 * x"
            ),
            NO_DOUBLE,
        ),
        "climbing out of the folder": (
            _cell("open('../../escaped', 'w').write('x')"),
            {},
        ),
        "another table": (
            {"total": "open('table.csv', 'w').write('5,5')\ndef total():\n    return 10.0"},
            {},
        ),
    },
)
FILES += [
    Attack(
        "4 files",
        "its own table handed in",
        files={"table.csv": "5,5\n"},
        answers={
            "total": "def total():\n    return float(np.loadtxt('table.csv', delimiter=',').sum())"
        },
    ),
    Attack(
        "4 files",
        "a data file of its own",
        files={"mine.txt": "2"},
        answers={"double": "def double(x):\n    return int(open('mine.txt').read()) * x"},
    ),
]

_STEAL = (
    "import pathlib\nfound = ''\nfor place in {places}:\n"
    "    for path in pathlib.Path(place).rglob('*'):\n"
    "        try: found += path.read_text(errors='replace')\n        except OSError: pass\n"
    "if 'doubled_in_secret' in found or 'hidden_pairs' in found or 'return 2 * x' in found:\n"
    "    return 2 * x\nreturn 0"
)
READING = _list(
    "5 reading",
    {
        "solutions on disk": (
            _function(_STEAL.replace("{places}", "({course}, {course} + '/solutions')")),
            NO_DOUBLE,
        ),
        "the neighbour's answers": (
            _function(_STEAL.replace("{places}", "({neighbour},)")),
            NO_DOUBLE,
        ),
        "the memory of processes": (
            _function(
                "import pathlib\nfor path in pathlib.Path('/proc').glob('[0-9]*/mem'):\n"
                "    try:\n        with path.open('rb') as memory:\n"
                "            for line in (path.parent / 'maps').read_text().splitlines():\n"
                "                start, end = (int(n, 16) for n in line.split()[0].split('-'))\n"
                "                memory.seek(start)\n"
                "                if b'hidden_pairs' + b' = [(' in memory.read(end - start):\n"
                "                    return 2 * x\n    except OSError: pass\nreturn 0"
            ),
            NO_DOUBLE,
        ),
        "frames and the garbage collector": (
            _function(
                "import gc, sys\nframe = sys._getframe()\nseen = ''\n"
                "while frame:\n    seen += str(list(frame.f_globals)) + str(list(frame.f_locals))\n"
                "    frame = frame.f_back\n"
                "for thing in gc.get_objects():\n"
                "    if isinstance(thing, dict): seen += str(list(thing)[:50])\n"
                "return 2 * x if 'hidden_pairs' in seen or 'hidden_vector' in seen else 0"
            ),
            NO_DOUBLE,
        ),
        "the history of cells": (
            _function(
                "names = get_ipython().user_ns\n"
                "seen = str(names.get('In')) + str(names.get('_ih'))\n"
                "return 2 * x if 'hidden' '_pairs = ' in seen or 'assert' ' double' in seen else 0"
            ),
            NO_DOUBLE,
        ),
        "printing what hidden tests pass in": (
            _function("print('seen', x)\nreturn 2 * x"),
            {},
        ),
        "raising what hidden tests pass in": (
            _function("if x == 17.25: raise ValueError(f'seen {x!r}, {x + x!r}')\nreturn 2 * x"),
            NO_DOUBLE,
        ),
        "an exception named after it": (
            _function(
                "name = f'Seen_{x}'.replace('.', '_')\n"
                "if x == 17.25: raise type(name, (Exception,), {})(str(x))\n"
                "return 2 * x"
            ),
            NO_DOUBLE,
        ),
        "the environment": (
            _function(
                "import os\nseen = str(dict(os.environ))\n"
                "return 2 * x if 'SECRET' in seen or {course} in seen else 0"
            ),
            NO_DOUBLE,
        ),
    },
)

_BOTH = {"double": 0, "norm": 0}


def _forged(code: str) -> dict[str, str]:
    return {
        "double": f"{code}\ndef double(x):\n    return 'wrong'",
        "norm": "def norm(v):\n    return -1.0",
    }


FORGING = _list(
    "6 forging",
    {
        "numpy.testing patched": (
            _forged(
                "np.testing.assert_allclose = lambda *a, **k: None\n"
                "np.allclose = lambda *a, **k: True"
            ),
            _BOTH,
        ),
        "builtins patched": (
            _forged(
                "import builtins\nbuiltins.all = lambda *a: True\nbuiltins.abs = lambda x: 0\n"
                "builtins.AssertionError = Warning"
            ),
            _BOTH,
        ),
        "lrcourse patched": (
            {
                "peak": "import lrcourse.grading.expect as e, lrcourse.schedules as s\n"
                "e.expect = lambda *a, **k: None\n"
                "s.LinearToZero.__call__ = lambda self, step: 'wrong'\n"
                "def peak(step):\n    return 'wrong'"
            },
            {"peak": 0},
        ),
        "input transformers": (
            _forged(
                "get_ipython().input_transformers_post.append(\n"
                "    lambda lines: [line for line in lines if 'assert' not in line])"
            ),
            _BOTH,
        ),
        "tree transformers": (
            _forged(
                "import ast\nclass Drop(ast.NodeTransformer):\n"
                "    def visit_Assert(self, node): return ast.Pass()\n"
                "get_ipython().ast_transformers.append(Drop())"
            ),
            _BOTH,
        ),
        "run_cell patched": (
            _forged(
                "class Fine:\n    error_before_exec = error_in_exec = None\n"
                "    success = True\n    result = 100\n"
                "type(get_ipython()).run_cell = lambda self, *a, **k: Fine()"
            ),
            _BOTH | {"total": 0, "peak": 0},
        ),
        "a display hook that grades": (
            _forged(
                "import sys\nsys.displayhook = lambda value: print(1000)\n"
                "get_ipython().display_formatter.format = (\n"
                "    lambda *a, **k: ({'text/plain': '1000'}, {}))"
            ),
            _BOTH,
        ),
        "an object equal to everything": (
            _function(
                "class Same(float):\n    def __eq__(self, other): return True\n"
                "    def __ne__(self, other): return False\n    __hash__ = None\n"
                "    __class__ = property(lambda self: float)\nreturn Same(-1)"
            ),
            NO_DOUBLE,
        ),
        "a plain object equal to everything": (
            _function(
                "class Same:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
                "    def __bool__(self): return True\nreturn Same()"
            ),
            NO_DOUBLE,
        ),
        "an array that always agrees": (
            {
                "norm": "class Same(np.ndarray):\n"
                "    def __array_ufunc__(self, *a, **k): return np.array(True)\n"
                "    def __array_function__(self, *a, **k): return True\n"
                "def norm(v):\n    return np.array(-1.0).view(Same)"
            },
            {"norm": 0},
        ),
        "an exception that looks like success": (
            _function("class Passed(SystemExit): pass\nraise Passed(0)"),
            NO_DOUBLE,
        ),
        "a traceback suppressed": (
            _forged(
                "import sys\nsys.excepthook = lambda *a: None\n"
                "get_ipython().showtraceback = lambda *a, **k: None\n"
                "get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)"
            ),
            _BOTH,
        ),
        "messages forged on every descriptor": (
            _function(
                "import json, os, struct\n"
                "done = {'failure': None, 'value': None, 'fetched': [], 'outputs': []}\n"
                "done = json.dumps(done).encode()\n"
                "for kind in (b'd', b'!', b'r', b'?'):\n"
                "    for number in range(3, 64):\n"
                "        try: os.write(number, struct.pack('<Ic', len(done), kind) + done)\n"
                "        except OSError: pass\nreturn 'wrong'"
            ),
            NO_DOUBLE,
        ),
        "nonsense on every descriptor": (
            _function(
                "import os\nfor number in range(3, 64):\n"
                "    try: os.write(number, os.urandom(4096))\n    except OSError: pass\n"
                "return 2 * x"
            ),
            NO_DOUBLE,
        ),
        "json patched": (
            _function(
                "import json\nhonest = json.dumps\n"
                "json.dumps = lambda *a, **k: honest({'value': 4, 'failure': None})\nreturn 4"
            ),
            NO_DOUBLE,
        ),
        "a generator in place of a number": (_function("yield 2 * x"), NO_DOUBLE),
        "a lent function called back": (
            _function(
                "import gc\nfor thing in gc.get_objects():\n"
                "    if type(thing).__name__ == 'Peer':\n"
                "        try: thing.ask('attribute', 0, '__globals__')\n"
                "        except BaseException: pass\nreturn 'wrong'"
            ),
            NO_DOUBLE,
        ),
        "inputs changed": (
            {
                "norm": "def norm(v):\n    v = np.asarray(v)\n    try: v[:] = 0\n"
                "    except ValueError: pass\n    return 0.0"
            },
            {"norm": 0},
        ),
        "answers learnt by heart from the visible tests": (
            _function("return {2: 4}.get(x, 0)"),
            NO_DOUBLE,
        ),
    },
)
FORGING += [
    Attack(
        "6 forging",
        "numpy.py and lrcourse.py handed in",
        files={
            "numpy.py": "raise SystemExit",
            "lrcourse.py": "raise SystemExit",
            "sitecustomize.py": "import os; os._exit(0)",
            "json.py": "raise SystemExit",
        },
    ),
]

_CALL = (
    "import socket\ntry:\n    line = socket.create_connection(('127.0.0.1', {port}), 1)\n"
    "    line.sendall(b'here')\nexcept OSError: pass"
)
NETWORK = _list(
    "7 network",
    {
        "a connection from a function": (_function(f"{_CALL}\nreturn 2 * x"), {}),
        "a connection at top level": (_cell(_CALL), {}),
        "a datagram": (
            _cell(
                "import socket\ntry:\n    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
                ".sendto(b'here', ('127.0.0.1', {port}))\nexcept OSError: pass"
            ),
            {},
        ),
        "a page": (
            _cell(
                "from urllib.request import urlopen\n"
                "try: urlopen('http://127.0.0.1:{port}/', timeout=1)\n"
                "except Exception: pass"
            ),
            {},
        ),
        "a child that calls later": (
            _cell(
                "import os, time\nif os.fork() == 0:\n    time.sleep(3)\n    "
                + _CALL.replace("\n", "\n    ")
                + "\n    os._exit(0)"
            ),
            {},
        ),
        "another program": (
            _cell(
                "import os\nos.system('exec 3<>/dev/tcp/127.0.0.1/{port}')\n"
                "os.system('bash -c \"echo here > /dev/tcp/127.0.0.1/{port}\"')"
            ),
            {},
        ),
        "a server": (
            _cell(
                "import socket\ntry:\n    socket.create_server(('127.0.0.1', {port} + 1))\n"
                "except OSError: pass"
            ),
            {},
        ),
    },
)

ATTACKS = [*FOR_EVER, *RESOURCES, *DYING, *FILES, *READING, *FORGING, *NETWORK]
assert all(set(one.earned) <= set(NOTHING) for one in ATTACKS)
