"""Runs Ansible's command lines one after the other, each in a process of its own.

Reads a JSON list of lists of words and prints a JSON list of {"code", "stdout", "stderr"}. What takes long,
importing Ansible, is done once; every command is Ansible's own, from its arguments to its exit code.
"""

import json
import os
import sys
import tempfile

from ansible.cli.adhoc import AdHocCLI
from ansible.cli.inventory import InventoryCLI

PROGRAMS = {"ansible": AdHocCLI, "ansible-inventory": InventoryCLI}


def in_child(argv, out, err):
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    code = 1
    try:
        PROGRAMS[argv[0]].cli_executor(argv)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer(argv):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            in_child(argv, out, err)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
        code = os.waitstatus_to_exitcode(status)
        return {"code": code, "stdout": texts[0], "stderr": texts[1]}


json.dump([answer(one) for one in json.load(sys.stdin)], sys.stdout)
