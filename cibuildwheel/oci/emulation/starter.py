"""A program that starts others in turn and tells how each has ended: one container for all of them.

Its arguments are pairs: the path of a program and the variable that it is to have, or an empty one
for all those of the starter. Behind what each writes it writes a character, `0` for the exit code 0
and those that follow for others. Of what a signal has ended the signal's number is added to that,
and what can't be started has code 127.

Facts: the system call ABI of `man 2 syscall`, the stack of a new process of `man 3 getauxval`, and
the status of `man 2 wait`: its second byte is the exit code, or else its first has the signal.
"""

from __future__ import annotations

import re

from cibuildwheel.oci.emulation.cpu_check import READY
from cibuildwheel.oci.engine.process import Answer

# What the next arguments are is in rbx and x19, the environment in r12 and x21.
PROGRAMS = {
    "x86_64": (
        "488b0424 488d5c2410 4c8d64c410"  # rbx = &argv[1]; r12 = envp
        "4883ec10"  # make room for a status
        "488b3b 4885ff 7469"  # next: rdi = path; if there is none, go to "end"
        "b839000000 0f05 85c0 752b"  # fork(); go to "wait" in the one that was there before
        "488b4308 4c89e2 803800 7406 6a00 50 4889e2"  # rdx = envp, or {variable, NULL}
        "6a00 57 4889e6 b83b000000 0f05"  # execve(path, {path, NULL}, rdx)
        "bf7f000000 b83c000000 0f05"  # exit(127)
        "4883cfff 4889e6 31d2 4531d2 b83d000000 0f05"  # wait: wait4(-1, rsp, 0, NULL)
        "8a0424 02442401 0430 880424"  # both bytes of the status and "0"
        "bf01000000 4889e6 89fa 89f8 0f05"  # write(1, rsp, 1)
        "4883c310 eb8f"  # rbx += 16; go to "next"
        "31ff b83c000000 0f05"  # end: exit(0)
    ),
    "aarch64": (
        "e90340f9 f3430091 750e098b"  # x19 = &argv[1]; x21 = envp
        "ff8300d1"  # make room for a status, or for the arguments and a variable
        "740240f9 340500b4"  # next: x20 = path; if there is none, go to "end"
        "200280d2 010080d2 020080d2 030080d2 040080d2 881b80d2 010000d4"  # clone(SIGCHLD, 0, ...)
        "e00100b5"  # go to "wait" in the one that was there before
        "690640f9 f47f00a9 e97f01a9"  # {path, NULL} and {variable, NULL}
        "e2430091 2a014039 4a000035 e20315aa"  # x2 = the latter, or envp
        "e00314aa e1030091 a81b80d2 010000d4"  # execve(path, {path, NULL}, x2)
        "e00f80d2 a80b80d2 010000d4"  # exit(127)
        "00008092 e1030091 020080d2 030080d2 882080d2 010000d4"  # wait: wait4(-1, sp, 0, NULL)
        "e9034039 ea074039 29010a0b 29c10011 e9030039"  # both bytes of the status and "0"
        "200080d2 e1030091 220080d2 080880d2 010000d4"  # write(1, sp, 1)
        "73420091 d7ffff17"  # x19 += 16; go to "next"
        "000080d2 a80b80d2 010000d4"  # end: exit(0)
    ),
}


def parse_ends(answer: Answer, count: int) -> list[Answer]:
    """How each of `count` programs has ended, by the starter's `answer`; none if it isn't told."""
    ends = re.findall(f"({READY})?(.)", answer.stdout, re.DOTALL)
    if not answer.ok or len(ends) != count:
        return []
    return [Answer(ord(end) - ord("0"), said, "") for said, end in ends]
