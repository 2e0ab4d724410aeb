"""What the kernel denies a process from now on: files, signals, network, memory.

Each function confines the process that calls it, and whatever it starts, for good.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
from collections.abc import Iterable
from pathlib import Path

from lrcourse.grading.sandbox._limits import Limits

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 24, 36, 38
_CAPSET, _CAPABILITIES = 0x20080522, 41

# Landlock, documented in the kernel's userspace-api/landlock. Its numbers are the same everywhere.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = (
    0x7 | 1 << 14 | 1 << 15
)  # execute, write, read, truncate, ioctl: those a file can have
# From which version of Landlock on a right to files is known: the first has bits 0 to 12.
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK, _SCOPES = 0x3, 0x3  # TCP: bind and connect; abstract sockets and signals of others

_DENIED = """
    socket connect bind listen ptrace process_vm_readv process_vm_writev kcmp execve execveat vfork
    mount umount2 pivot_root chroot unshare setns bpf keyctl add_key request_key perf_event_open
    io_uring_setup userfaultfd pidfd_open pidfd_getfd pidfd_send_signal open_by_handle_at setsid
    setpgid setrlimit memfd_create memfd_secret shmget msgget semget mq_open init_module
    finit_module kexec_load swapon reboot
"""
_SIGNALS = "kill tkill rt_sigqueueinfo rt_tgsigqueueinfo"


def landlock_version() -> int:
    """Give the version of Landlock that the kernel has; 0 for none."""
    if platform.system() != "Linux":
        return 0
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, 1)))


def has_seccomp() -> bool:
    """Whether system calls can be denied here: Linux with libseccomp."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that none gets away."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Bound memory, CPU, files and processes of this process."""
    cpu = int(limits.notebook_seconds) + 5
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: min(limits.folder_bytes, 1 << 31),
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (most, most))


def drop_privileges() -> None:
    """Give up what root may do, and what a program with a set-user-id bit could give."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if os.geteuid() == 0:
        for capability in range(_CAPABILITIES):
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        header = (ctypes.c_uint32 * 2)(_CAPSET, 0)
        _libc.capset(header, (ctypes.c_uint32 * 6)())


def deny_files(readable: Iterable[Path | str], folder: Path | str) -> bool:
    """Leave only `readable` to read and `folder` to write; say whether the kernel can do that."""
    version = landlock_version()
    if not version:
        return False
    files = (1 << _FILE_BITS.get(version, 16)) - 1
    fields = [files, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0]
    attributes = (ctypes.c_uint64 * 3)(*fields)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ_FILE | _READ_FOLDER)
        _allow(ruleset, "/dev/null", _READ_FILE | 1 << 1)
        _allow(ruleset, folder, files & ~1)
        return bool(_libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def deny_calls() -> bool:
    """Deny network, other programs, debugging and signals; say whether that is possible here."""
    if not has_seccomp():
        return False
    import errno

    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in f"{_DENIED} {_SIGNALS}".split():
        try:
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
        except (ValueError, OSError):  # a call that this kernel or processor does not have
            continue
    rules.load()
    return True


def _allow(ruleset: int, path: Path | str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            rights &= _FILE_RIGHTS

        class Rule(ctypes.Structure):
            _pack_ = 1
            _fields_ = (("rights", ctypes.c_uint64), ("place", ctypes.c_int32))

        rule = Rule(rights, place)
        _libc.syscall(_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0)
    finally:
        os.close(place)
