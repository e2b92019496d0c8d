"""What Python makes of the parts of Ansible's inventories and patterns that are Python's own.

Reads {"literals": [...], "lines": [...], "patterns": [...], "names": [...]} and prints the answers in order:
the value of a literal (null in a list of its own where JSON has none), the words of a line (null where it
has none), and which names a regular expression (null where it is none) and a wildcard match.
"""

import ast
import fnmatch
import json
import re
import shlex
import sys
import warnings

warnings.simplefilter("ignore")


def has_json(value):
    if isinstance(value, (list, tuple)):
        return all(has_json(one) for one in value)
    if isinstance(value, dict):
        keys = all(isinstance(key, (str, int, float, type(None))) for key in value)
        return keys and all(has_json(one) for one in value.values())
    return isinstance(value, (str, int, float, bool, type(None)))


def literal(text):
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return [text]
    except Exception:
        return []
    return [value] if has_json(value) else []


def words(line):
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return None


def matched(pattern, names):
    return [name for name in names if pattern.match(name)]


def regex(text, names):
    try:
        return matched(re.compile(text), names)
    except Exception:
        return None


asked = json.load(sys.stdin)
names = asked["names"]
json.dump(
    {
        "literals": [literal(one) for one in asked["literals"]],
        "lines": [words(one) for one in asked["lines"]],
        "regexes": [regex(one, names) for one in asked["patterns"]],
        "globs": [matched(re.compile(fnmatch.translate(one)), names) for one in asked["patterns"]],
    },
    sys.stdout,
)
