import errno
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.errors import SandboxError
from sandbox import seccomp
from sandbox.seccomp import ALLOW, ERRNO, KILL_PROCESS, REFUSE, Instruction, Variant
from sandbox.syscalls import AARCH64, ARCHITECTURES, X86_64, Architecture

PID = 4321
ABSENT = ERRNO | errno.ENOSYS
SHARED, PRIVATE, ANONYMOUS, GROWS_DOWN = 0x01, 0x02, 0x20, 0x100
READ, WRITE, EXECUTE = 1, 2, 4
THREAD = 0x3D0F00
FORK = 0x1200011  # CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD
NAMESPACES = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]

machines = pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
variants = pytest.mark.parametrize("variant", list(Variant))

# Numbers that must never be allowed: <asm/unistd_64.h> and <asm-generic/unistd.h>.
FORBIDDEN = {
    "x86_64": {
        "open": 2, "stat": 4, "lstat": 6, "ioctl": 16, "pwrite64": 18, "access": 21, "pipe": 22,
        "shmget": 29, "dup": 32, "dup2": 33, "socket": 41, "connect": 42, "sendto": 44,
        "sendmsg": 46, "bind": 49, "socketpair": 53, "setsockopt": 54, "fork": 57, "vfork": 58,
        "execve": 59, "kill": 62, "shmat": 30, "truncate": 76, "ftruncate": 77, "getdents": 78,
        "chdir": 80, "rename": 82, "unlink": 87, "readlink": 89, "chmod": 90, "fchmod": 91,
        "chown": 92, "fchown": 93, "ptrace": 101, "setuid": 105, "prctl": 157, "arch_prctl": 158,
        "setrlimit": 160, "chroot": 161, "mount": 165, "setxattr": 188, "fsetxattr": 190,
        "tkill": 200, "getdents64": 217, "openat": 257, "unlinkat": 263, "fchmodat": 268,
        "unshare": 272, "splice": 275, "sync_file_range": 277, "fallocate": 285, "dup3": 292,
        "pwritev": 296, "rt_tgsigqueueinfo": 297, "prlimit64": 302, "open_by_handle_at": 304,
        "sendmmsg": 307, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
        "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323,
        "copy_file_range": 326, "statx": 332, "pidfd_send_signal": 424, "io_uring_setup": 425,
        "io_uring_enter": 426, "openat2": 437, "pidfd_getfd": 438, "memfd_secret": 447,
    },
    "aarch64": {
        "ioctl": 29, "mknodat": 33, "unlinkat": 35, "truncate": 45, "ftruncate": 46,
        "fallocate": 47, "faccessat": 48, "chdir": 49, "chroot": 51, "fchmod": 52, "fchmodat": 53,
        "fchown": 55, "openat": 56, "pipe2": 59, "getdents64": 61, "pwrite64": 68, "splice": 76,
        "unshare": 97, "ptrace": 117, "kill": 129, "tkill": 130, "setuid": 146, "setrlimit": 164,
        "prctl": 167, "socket": 198, "socketpair": 199, "bind": 200, "connect": 203,
        "sendto": 206, "sendmsg": 211, "execve": 221, "prlimit64": 261, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "seccomp": 277, "memfd_create": 279,
        "bpf": 280, "execveat": 281, "userfaultfd": 282, "copy_file_range": 285, "statx": 291,
        "pidfd_send_signal": 424, "io_uring_setup": 425, "openat2": 437, "memfd_secret": 447,
    },
}  # fmt: skip


def evaluate(program: list[Instruction], number: int, *arguments: int, audit: int) -> int:
    """Run a filter as the kernel does, and refuse what the kernel's checker refuses."""
    padded = [*arguments, *([0] * (6 - len(arguments)))]
    memory = struct.pack("<iIQ6Q", number, audit, 0, *padded)
    accumulator, place = 0, 0
    while True:
        code, if_true, if_false, constant = program[place]
        assert place < 4096
        place += 1
        match code:
            case seccomp.LOAD:
                assert constant % 4 == 0
                (accumulator,) = struct.unpack_from("<I", memory, constant)
            case seccomp.JUMP_EQUAL:
                place += if_true if accumulator == constant else if_false
            case seccomp.JUMP_SET:
                place += if_true if accumulator & constant else if_false
            case seccomp.RETURN:
                return constant
            case _:
                pytest.fail(f"unknown instruction {code}")


def ask(architecture: Architecture, variant: Variant, number: int, *arguments: int) -> int:
    """Return what a variant's filter says to a call on its own architecture."""
    program = seccomp.build(architecture, variant, PID)
    return evaluate(program, number, *arguments, audit=architecture.audit)


@machines
@variants
def test_plain_calls_are_allowed(machine: str, variant: Variant) -> None:
    """What parsers need to compute and to answer is allowed with any argument."""
    architecture = ARCHITECTURES[machine]
    answers = {ask(architecture, variant, number, 7, 7) for number in architecture.plain.values()}
    assert {ALLOW} == answers


@machines
@variants
def test_dangerous_calls_are_refused(machine: str, variant: Variant) -> None:
    """Files, sockets, processes, memory files, modes and further filters are refused."""
    architecture = ARCHITECTURES[machine]
    allowed = [
        name
        for name, number in FORBIDDEN[machine].items()
        if ask(architecture, variant, number, 1, 1, 1, 1) != REFUSE
    ]
    assert [] == allowed


@machines
@variants
@settings(max_examples=200)
@given(number=st.integers(0, 1000))
def test_what_is_not_named_is_refused(machine: str, variant: Variant, number: int) -> None:
    """A call that no table names is refused, so a newer kernel's calls are, too."""
    architecture = ARCHITECTURES[machine]
    looked_at = {getattr(architecture, name) for name in _conditional()}
    if number not in looked_at | set(architecture.plain.values()):
        assert REFUSE == ask(architecture, variant, number)


def _conditional() -> tuple[str, ...]:
    return ("newfstatat", "mmap", "mprotect", "fcntl", "tgkill", "clone", "clone3")


@machines
@variants
@pytest.mark.parametrize("audit", [0x40000003, 0xC00000B7 ^ 1, 0x40000028, 0])
def test_another_architecture_is_killed(machine: str, variant: Variant, audit: int) -> None:
    """Calls by another architecture's numbers (i386 on x86_64) end the process."""
    program = seccomp.build(ARCHITECTURES[machine], variant, PID)
    assert KILL_PROCESS == evaluate(program, 1, audit=audit)


@variants
def test_x32_numbers_are_refused(variant: Variant) -> None:
    """The x32 calls share x86_64's architecture and differ by one bit of the number."""
    answers = {ask(X86_64, variant, 0x40000000 | number) for number in X86_64.plain.values()}
    assert {REFUSE} == answers


@machines
@variants
def test_a_file_is_known_by_its_descriptor_only(machine: str, variant: Variant) -> None:
    """The call newfstatat is fstat with AT_EMPTY_PATH, and a path's stat with any other flags."""
    architecture = ARCHITECTURES[machine]
    answers = [
        ask(architecture, variant, architecture.newfstatat, 3, 0, 0, flags)
        for flags in (0x1000, 0, 0x100, 0x1100)
    ]
    assert [ALLOW, REFUSE, REFUSE, REFUSE] == answers


@machines
@variants
def test_descriptors_can_be_copied_and_asked_only(machine: str, variant: Variant) -> None:
    """The call fcntl cannot set owners (signals to others), locks, leases or flags."""
    architecture = ARCHITECTURES[machine]
    allowed = [
        command
        for command in range(1100)
        if ask(architecture, variant, architecture.fcntl, 3, command) == ALLOW
    ]
    assert [1, 3, 1030] == allowed


@machines
@variants
def test_only_itself_can_be_signalled(machine: str, variant: Variant) -> None:
    """abort() works; no other process can be reached."""
    architecture = ARCHITECTURES[machine]
    answers = [ask(architecture, variant, architecture.tgkill, pid, pid, 6) for pid in (PID, 1)]
    assert [ALLOW, REFUSE] == answers


@machines
@pytest.mark.parametrize(
    ("protection", "flags", "resident", "forked"),
    [
        (READ | WRITE, PRIVATE | ANONYMOUS, ALLOW, ALLOW),
        (READ, SHARED, ALLOW, ALLOW),
        (READ, PRIVATE, ALLOW, ALLOW),
        (0, PRIVATE | ANONYMOUS, ALLOW, ALLOW),
        (READ | WRITE, SHARED | ANONYMOUS, REFUSE, REFUSE),
        (READ | WRITE, PRIVATE | ANONYMOUS | GROWS_DOWN, REFUSE, REFUSE),
        (READ | WRITE | EXECUTE, PRIVATE | ANONYMOUS, ALLOW, REFUSE),
        (READ | EXECUTE, PRIVATE, REFUSE, REFUSE),
        (READ | EXECUTE, SHARED, REFUSE, REFUSE),
    ],
)
def test_memory_is_own_and_code_is_made_by_rule_engines_only(
    machine: str, protection: int, flags: int, resident: int, forked: int
) -> None:
    """No uncounted memory, no code from a sample's descriptor, no new code in forked children."""
    architecture = ARCHITECTURES[machine]
    answers = [
        ask(architecture, variant, architecture.mmap, 0, 4096, protection, flags)
        for variant in (Variant.RESIDENT, Variant.FORKED)
    ]
    assert [resident, forked] == answers


@machines
def test_memory_becomes_code_in_rule_engines_only(machine: str) -> None:
    """Executable by mprotect is a way to new code, as executable by mmap is."""
    architecture = ARCHITECTURES[machine]
    answers = [
        ask(architecture, variant, architecture.mprotect, 0, 4096, protection)
        for variant in (Variant.RESIDENT, Variant.FORKED)
        for protection in (READ | WRITE, READ | EXECUTE)
    ]
    assert [ALLOW, ALLOW, ALLOW, REFUSE] == answers


@machines
def test_only_resident_code_starts_threads(machine: str) -> None:
    """Only threads, never processes or namespaces; clone3 "does not exist", so clone is used."""
    architecture = ARCHITECTURES[machine]
    for variant, thread in ((Variant.RESIDENT, ALLOW), (Variant.FORKED, REFUSE)):
        assert thread == ask(architecture, variant, architecture.clone, THREAD)
        assert REFUSE == ask(architecture, variant, architecture.clone, FORK)
        assert ABSENT == ask(architecture, variant, architecture.clone3)
        answers = {
            ask(architecture, variant, architecture.clone, THREAD | space) for space in NAMESPACES
        }
        assert {REFUSE} == answers


def test_tables_agree() -> None:
    """Each architecture allows the same calls, except those that one of them does not have."""
    assert {"poll"} == set(X86_64.plain) ^ set(AARCH64.plain)
    for architecture in ARCHITECTURES.values():
        assert len(set(architecture.plain.values())) == len(architecture.plain)


def test_an_unknown_machine_cannot_be_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a table nothing may be opened; the error says what to do."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(SandboxError, match="no system call table for riscv64 -> run Autoclave on"):
        seccomp.this_architecture()
