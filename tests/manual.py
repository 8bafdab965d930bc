#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""tests/manual.py FFSUP: the manual says what the program does.

ffsup.json(5) has one entry for each key of a profile, in the order of the
key table, with its default; ffsup(8) has every verb and option, in its synopsis
too. The table comes from `ffsup schema`, the verbs from `ffsup help`. The
example profiles fit the schema. Prints what differs and exits 1.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[1]


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL).stdout


def keys_of_table(schema, prefix=""):
    """(dotted path, default or None, required) for each row, in order."""
    for name, row in schema["properties"].items():
        if name == "$schema":
            continue
        path = prefix + name
        yield path, row.get("default"), name in schema.get("required", [])
        branches = [row] + row.get("oneOf", [])
        for branch in branches:
            if "properties" in branch:
                yield from keys_of_table(branch, path + ".")
        if "properties" in row.get("items", {}):
            yield from keys_of_table(row["items"], path + "[].")


def keys_of_page():
    """(dotted path, default or None, required) for each entry, in order."""
    page = (ROOT / "man/ffsup.json.5").read_text(encoding="utf-8")
    profile = page.split(".Sh PROFILE", 1)[1].split(".Sh ", 1)[0]
    for path, rest in re.findall(r"^\.It Cm (\S+) Pq (.*)$", profile, re.M):
        default = re.search(r"default (?:Qq )?(\S+)$", rest)
        yield (path, default and default.group(1),
               rest.endswith("; required"))


def spelt(default):
    """A default as the page writes it."""
    if default is None or isinstance(default, str):
        return default
    return json.dumps(default)


def compare_keys(ffsup):
    table = [(path, spelt(default), required) for path, default, required
             in keys_of_table(json.loads(run(ffsup, "schema")))]
    page = list(keys_of_page())
    for want in table:
        if want not in page:
            yield f"ffsup.json.5: the table has {want}"
    for have in page:
        if have not in table:
            yield f"ffsup.json.5: not in the table: {have}"
    if set(table) == set(page) and table != page:
        yield "ffsup.json.5: the order is not the table's"


def compare_verbs(ffsup):
    page = (ROOT / "man/ffsup.8").read_text(encoding="utf-8")
    commands = page.split(".Sh COMMANDS", 1)[1].split(".Ss ", 1)[0]
    entry = r"^\.It (?:Xo\n\.)?Cm ([a-z]+)"
    documented = set(re.findall(entry, commands, re.M))
    verbs = set(re.findall(r"^  ([a-z]+) ", run(ffsup, "help"), re.M))
    for verb in documented ^ verbs:
        yield f"{verb}: in one of ffsup.8 and `ffsup help` only"
    for verb in documented & verbs:
        for option in re.findall(r"--([a-z-]+)", run(ffsup, "help", verb)):
            if f"Fl -{option}" not in page:
                yield f"ffsup.8: --{option} of {verb} is missing"


def compare_synopsis(ffsup):
    """Each verb stands there with each option that not all of them have."""
    page = (ROOT / "man/ffsup.8").read_text(encoding="utf-8")
    synopsis = page.split(".Sh SYNOPSIS", 1)[1].split(".Sh ", 1)[0]
    calls = synopsis.split("\n.Nm ffsup\n")
    for verb in re.findall(r"^  ([a-z]+) ", run(ffsup, "help"), re.M):
        mine = [c for c in calls if re.search(rf"\b{verb}\b", c)]
        if not mine:
            yield f"ffsup.8: {verb} is not in the synopsis"
            continue
        for letter, name in re.findall(r"^  (?:-(\w), |    )--([a-z-]+)",
                                       run(ffsup, "help", verb), re.M):
            known = rf"Fl -{name}\b" + (rf"|Fl \w*{letter}" if letter else "")
            if name not in ("help", "socket") and not re.search(known,
                                                                mine[0]):
                yield f"ffsup.8: {verb} --{name} is not in the synopsis"


def plain_json(text):
    """Without comments and trailing commas."""
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', r"\1", text)
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", text))


def compare_examples(ffsup):
    schema = json.loads(run(ffsup, "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in sorted([*ROOT.glob("profiles/*.json"),
                        *ROOT.glob("tests/conf/good/*.json")]):
        profile = plain_json(path.read_text(encoding="utf-8"))
        for error in validator.iter_errors(profile):
            yield f"{path.name}: {error.json_path}: {error.message}"


def main():
    found = [line for compare in (compare_keys, compare_verbs,
                                  compare_synopsis, compare_examples)
             for line in compare(sys.argv[1])]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
