"""The system calls that locked code may make, by name and number, for each known architecture."""

from collections.abc import Mapping
from dataclasses import dataclass

# <linux/audit.h>: the machine, and bits for "64-bit, little endian".
AUDIT_ARCH_X86_64 = 0xC000003E
AUDIT_ARCH_AARCH64 = 0xC00000B7


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A machine's numbers: what is always allowed, and what is looked at more closely."""

    audit: int
    plain: Mapping[str, int]
    newfstatat: int
    mmap: int
    mprotect: int
    fcntl: int
    tgkill: int
    clone: int
    clone3: int
    seccomp: int


# Neither table holds open, socket, connect, send*, exec*, fork, kill, memfd_create, chmod, ioctl,
# prctl, ptrace, prlimit64 or setrlimit: what is not named here is refused.
X86_64 = Architecture(
    audit=AUDIT_ARCH_X86_64,
    plain={
        "read": 0,
        "write": 1,
        "close": 3,
        "fstat": 5,  # glibc before 2.33 and from 2.39 on; names a descriptor, never a path
        "poll": 7,
        "lseek": 8,
        "munmap": 11,
        "brk": 12,
        "rt_sigaction": 13,
        "rt_sigprocmask": 14,
        "rt_sigreturn": 15,
        "pread64": 17,
        "readv": 19,
        "writev": 20,
        "sched_yield": 24,
        "mremap": 25,
        "madvise": 28,
        "nanosleep": 35,
        "getpid": 39,
        "recvmsg": 47,
        "exit": 60,
        "gettimeofday": 96,
        "getrusage": 98,
        "sysinfo": 99,
        "sigaltstack": 131,
        "gettid": 186,
        "futex": 202,
        "sched_getaffinity": 204,
        "restart_syscall": 219,
        "clock_gettime": 228,
        "clock_getres": 229,
        "clock_nanosleep": 230,
        "exit_group": 231,
        "ppoll": 271,
        "set_robust_list": 273,
        "getrandom": 318,
        "membarrier": 324,
        "rseq": 334,
    },
    newfstatat=262,
    mmap=9,
    mprotect=10,
    fcntl=72,
    tgkill=234,
    clone=56,
    clone3=435,
    seccomp=317,
)

AARCH64 = Architecture(
    audit=AUDIT_ARCH_AARCH64,
    plain={
        "close": 57,
        "lseek": 62,
        "read": 63,
        "write": 64,
        "readv": 65,
        "writev": 66,
        "pread64": 67,
        "ppoll": 73,
        "fstat": 80,
        "exit": 93,
        "exit_group": 94,
        "futex": 98,
        "set_robust_list": 99,
        "nanosleep": 101,
        "clock_gettime": 113,
        "clock_getres": 114,
        "clock_nanosleep": 115,
        "sched_getaffinity": 123,
        "sched_yield": 124,
        "restart_syscall": 128,
        "sigaltstack": 132,
        "rt_sigaction": 134,
        "rt_sigprocmask": 135,
        "rt_sigreturn": 139,
        "getrusage": 165,
        "gettimeofday": 169,
        "getpid": 172,
        "gettid": 178,
        "sysinfo": 179,
        "recvmsg": 212,
        "brk": 214,
        "munmap": 215,
        "mremap": 216,
        "madvise": 233,
        "getrandom": 278,
        "membarrier": 283,
        "rseq": 293,
    },
    newfstatat=79,
    mmap=222,
    mprotect=226,
    fcntl=25,
    tgkill=131,
    clone=220,
    clone3=435,
    seccomp=277,
)

ARCHITECTURES: Mapping[str, Architecture] = {"x86_64": X86_64, "aarch64": AARCH64}
