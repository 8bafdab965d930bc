#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""tests/manual.py FFSUP: the manual says what the program does.

ffsup.json(5) has one entry for each key of a profile, in the order of the
key table, with its default; ffsup(8) has every verb and option, in its synopsis
too. The table comes from `ffsup schema`, the verbs from `ffsup help`. The
failure classes and reasons there, with their sentences, are those of `ffsup
explain`; tests/manual.py --write FFSUP writes them anew. The example profiles
fit the schema, and all of them are installed; README.md has
every recipe. The lists of words and limits in doc/PROTOCOL.md are those in
src; every key that the command line reads from a reply, or the daemon from a
request, stands there. (Whether the daemon writes what stands there is asked by
tests/scenario/test_protocol.py.) ffsup(8) and doc/DESIGN.md know the same
shapes of a stream. Prints what differs and exits 1.

tests/manual.py --selftest: each of these is found when it is wrong.
"""

import functools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import jsonschema

SOURCE = Path(__file__).resolve().parents[1]
ROOT = SOURCE  # or a copy of the documents, with faults

sys.path.insert(0, str(SOURCE / "tests/scenario"))
import protocol  # noqa: E402


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
        default = re.search(r"default (?:Qq )?(\[.*\]|\S+)$", rest)
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


# --- ffsup(8): what can be wrong ----------------------------------------------

EXPLAINED = r"(?<=^\.\\\" from ffsup explain:\n)(.*?)(?=^\.Sh )"


def mdoc_text(text):
    """Each sentence begins a line, and no line is taken for a macro."""
    lines = [line for sentence in re.split(r"(?<=[a-z)]\.) (?=[A-Z])", text)
             for line in textwrap.wrap(sentence, 80, break_long_words=False,
                                       break_on_hyphens=False)]
    return "\n".join(re.sub(r"^(?=[.'])", r"\\&", line) for line in lines)


def mdoc_case(case):
    """One sentence, and when it is the right one."""
    label = ", ".join(filter(None, (case["detail"], case["side"],
                                    case["schemes"])))
    return f".It {label or 'otherwise'}\n{mdoc_text(case['cause'])}"


def mdoc_class(row):
    text = f".It Cm {row['name']}\n{mdoc_text(row['text'])}."
    if len(row["cases"]) == 1:
        return text
    cases = "\n".join(map(mdoc_case, row["cases"]))
    return f'{text}\n.Bl -tag -width 4n -compact\n{cases}\n.El'


def explained(ffsup):
    """The lists of the section FAILURE CLASSES."""
    words = json.loads(run(ffsup, "explain", "--json"))
    classes = "\n".join(map(mdoc_class, words["classes"]))
    reasons = "\n".join(f".It Cm {r['name']}\n{mdoc_text(r['cause'])}"
                        for r in words["reasons"])
    return (f".Bl -tag -width Ds\n{classes}\n.El\n.Pp\n"
            "A stream that is on air can have these reasons to be degraded:\n"
            f".Bl -tag -width Ds\n{reasons}\n.El\n")


def compare_explain(ffsup):
    page = (ROOT / "man/ffsup.8").read_text(encoding="utf-8")
    found = re.search(EXPLAINED, page, re.M | re.S)
    if not found or found[1] != explained(ffsup):
        yield "ffsup.8: the failure classes are not those of `ffsup " \
            "explain`; write them anew: tests/manual.py --write FFSUP"


def write_explained(ffsup):
    path = SOURCE / "man/ffsup.8"
    page = path.read_text(encoding="utf-8")
    path.write_text(re.sub(EXPLAINED, lambda _: explained(ffsup), page,
                           count=1, flags=re.M | re.S), encoding="utf-8")


def plain_json(text):
    """Without comments and trailing commas."""
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', r"\1", text)
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", text))


def recipes():
    """(name, text) of each profile that is an example of something."""
    for path in sorted([*ROOT.glob("profiles/*.json"),
                        *SOURCE.glob("tests/conf/good/*.json")]):
        yield path.name, path.read_text(encoding="utf-8")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for recipe in re.findall(r"^```jsonc\n(.*?)^```", text, re.M | re.S):
        yield "README.md", recipe


def compare_examples(ffsup):
    schema = json.loads(run(ffsup, "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name, text in recipes():
        for error in validator.iter_errors(plain_json(text)):
            yield f"{name}: {error.json_path}: {error.message}"


# --- doc/PROTOCOL.md ---------------------------------------------------------

# Which list of words is which table of names.
NAMES = {
    "stream states": "stream_state_names",
    "worker states": "worker_state_names",
    "roles": "role_names",
    "topologies": "topology_names",
    "links": "link_names",
    "fallbacks": "fallback_names",
    "failure classes": "ffclass_names",
    "failure details": "ffdetail_names",
    "failure sides": "ffside_names",
    "codecs": "ts_codec_names",
    "formats": "pixfmt_names",
    "kinds of overlays": "overlay_kinds",
    "modes": "lane_kind_names",
    "outcomes": "danmaku_words",
}
UNSAID = {"taken"}  # words that no reply has


def protocol_tables():
    return protocol.read(
        (ROOT / "doc/PROTOCOL.md").read_text(encoding="utf-8"))


@functools.cache
def sources(folder="."):
    """The text of each C file, by its path."""
    return {path.relative_to(SOURCE): path.read_text(encoding="utf-8")
            for path in sorted((SOURCE / "src" / folder).rglob("*.c"))}


@functools.cache
def initialiser(name):
    """What stands in the braces of a table, whichever file it is in."""
    for text in sources().values():
        if f"{name}[" not in text:
            continue
        found = re.search(rf"^[^\n;(]*\b{name}\[[^;=]*\] = \{{(.*?)^\}};",
                          text, re.M | re.S)
        if found:
            return found[1]
    raise LookupError(f"no table {name}[] in src")


def strings(text):
    return re.findall(r'"((?:[^"\\]|\\.)*)"', text)


def compare_words():
    tables = protocol_tables()
    for heading, name in NAMES.items():
        documented = set(tables[heading].words())
        for word in documented ^ (set(strings(initialiser(name))) - UNSAID):
            yield f"PROTOCOL.md: {heading}: {word!r} is in one of it and " \
                f"{name}[] only"


def members_read(name, argument):
    """The members that a file of the daemon reads of an object."""
    text = next(t for p, t in sources("daemon").items() if p.name == name)
    return set(re.findall(rf'\({argument}, "(\w+)"\)', text))


def compare_requests():
    tables = protocol_tables()
    table = set(re.findall(r'\{ "([a-z]+)", -?\d+, -?\d+,',
                           initialiser("commands")))
    for verb in table ^ set(tables["verbs"].words()):
        yield f"PROTOCOL.md: {verb}: in one of it and commands[] only"
    members = {"request": members_read("request.c", "root"),
               "options": members_read("request.c", "opts"),
               "comment": members_read("saying.c", "object")}
    members["options"] |= members["comment"] - {"text"}  # that is in "args"
    for heading, read in members.items():
        for key in read ^ set(tables[heading].keys):
            yield f"PROTOCOL.md: {heading}: {key}: in one of it and what " \
                "the daemon reads only"


LIMITS = {
    "time from the connection to the end of the request": "CLIENTS_DEADLINE_S",
    "time for the client to read the whole reply":
        "CLIENTS_DEADLINE_S",
    "time for a reload": "CLIENTS_DEADLINE_S",
    "time until a comment is shown, waits or is dropped":
        "CLIENTS_DEADLINE_S",
    "length of a request": "CLIENTS_REQUEST_MAX",
    "connections": "CONTROL_CLIENTS_MAX",
    "connections that follow": "CLIENTS_FOLLOWERS_MAX",
    "unread text of one that follows": "CLIENTS_BACKLOG",
    "time that one that follows may leave text unread":
        "CLIENTS_DEADLINE_S",
    "unread text of all connections": "CLIENTS_UNREAD_MAX",
    "unread frames of all connections (`snap`)": "CLIENTS_HELD_MAX",
    "connections for comments (`say` with `follow`)": "SPEAKERS_MAX",
    "length of a line on a connection for comments": "SPEAKERS_LINE_MAX",
    "unread answers of a connection for comments": "SPEAKERS_UNREAD_MAX",
    "events that are kept": "FLEET_EVENTS",
    "endings of a worker that are kept": "ENDINGS_MAX",
    "programs that wait at the socket of a stream": "RIVALS_MAX",
}
UNITS = {"": 1, "s": 1, "KiB": 1024, "MiB": 1024 * 1024}


@functools.cache
def constant(name):
    """The value of a #define of numbers."""
    for path in sorted((SOURCE / "src").rglob("*.[ch]")):
        found = re.search(rf"^#define {name}\s+(\S.*?)(?:\s*/\*.*)?$",
                          path.read_text(encoding="utf-8"), re.M)
        if found:
            factors = re.sub(r"\(size_t\)|[() ]", "", found[1]).split("*")
            return functools.reduce(lambda a, b: a * float(b), factors, 1)
    raise LookupError(f"no #define {name} in src")


def compare_limits():
    rows = {row[0]: row[1] for row in protocol_tables()["limits"].rows}
    for what in rows.keys() ^ LIMITS.keys():
        yield f"PROTOCOL.md: limits: {what}: in one of it and LIMITS only"
    for what in rows.keys() & LIMITS.keys():
        number, _, unit = rows[what].partition(" ")
        if int(number) * UNITS[unit] != constant(LIMITS[what]):
            yield f"PROTOCOL.md: limits: {what}: {rows[what]}, but " \
                f"{LIMITS[what]} is {constant(LIMITS[what]):g}"


def compare_since():
    """Each row of PROTOCOL.md is of a release in NEWS."""
    news = (SOURCE / "NEWS").read_text(encoding="utf-8")
    releases = re.findall(r"^ffsup (\S+)", news, re.M)
    for heading, table in protocol_tables().items():
        if "since" in table.head:
            for row in table.rows:
                since = row[table.head.index("since")]
                if since not in releases:
                    yield f"PROTOCOL.md: {heading}: {row[0]} since {since}?"


# Functions that read a member, and which of their arguments is its name.
READERS = {"cJSON_GetObjectItem": 1, "cJSON_GetObjectItemCaseSensitive": 1,
           "client_member": 1}


def calls(text, name):
    """The arguments of each call of a function."""
    for found in re.finditer(rf"\b{name}\(", text):
        depth, args, quoted, at = 0, [""], False, found.end()
        while depth >= 0 and at < len(text):
            c = text[at]
            quoted ^= c == '"' and text[at - 1] != "\\"
            depth += 0 if quoted else (c in "([{") - (c in ")]}")
            if c == "," and depth == 0 and not quoted:
                args.append("")
            elif depth >= 0:
                args[-1] += c
            at += 1
        yield [" ".join(a.split()) for a in args]


def readers(texts):
    """READERS, and every function of ours with a parameter "key"."""
    found = dict(READERS)
    for text in texts:
        for name, parameters in re.findall(r"^(\w+)\(([^)]*)\)\n?\{", text,
                                           re.M):
            names = [p.split("*")[-1].split()[-1]
                     for p in parameters.split(",") if p.split()]
            if "key" in names:
                found[name] = names.index("key")
    return found


def literals(text, argument):
    """The keys that an argument may be: itself, or what stands in the table
    that it is from; of a parameter "key" its callers tell."""
    if argument.startswith('"'):
        return strings(argument)
    base = re.match(r"\w+", argument)[0]
    found = re.findall(rf"\b{base}(?:\[\])? = \{{(.*?)\}};", text, re.S)
    return [s for t in found for s in strings(t) if re.fullmatch(r"\w+", s)]


@functools.cache
def keys_read():
    """(file, key or argument, known) of each that the command line reads."""
    texts, found = sources("cli"), set()
    for name, index in readers(texts.values()).items():
        for path, text in texts.items():
            for args in calls(text, name):
                if len(args) <= index or re.search(r"\bkey$|^NULL$",
                                                   args[index]):
                    continue  # its definition, or handed on, or none
                keys = literals(text, args[index])
                found |= {(path, key, True) for key in keys} or {
                    (path, args[index], False)}
    return found


def compare_reads():
    documented = {key for table in protocol_tables().values()
                  for key in table.keys}
    read = keys_read()
    if len(read) < 50:
        yield f"only {len(read)} keys found that the command line reads"
    for path, key, known in sorted(read):
        if not known:
            yield f"{path}: which keys are meant by {key}?"
        elif key not in documented:
            yield f"{path}: reads {key!r}, which PROTOCOL.md has not"


# --- one list everywhere ------------------------------------------------------

def compare_shapes():
    """The topologies, as the manual and the design draw them."""
    want = strings(initialiser("topology_names"))
    numbers = ["no", "one", "two", "three", "four", "five", "six", "seven"]
    for where, begin, end, shape in (
            ("man/ffsup.8", r"(\w+) shapes:$", r"^\.El", r"^\.It Em (\S+)"),
            ("doc/DESIGN.md", r"^## (\w+) shapes$", r"^```$",
             r"^([a-z]\S*) ")):
        text = (ROOT / where).read_text(encoding="utf-8")
        found = re.search(f"{begin}(.*?){end}", text, re.M | re.S)
        if not found:
            yield f"{where}: no {begin!r} with a list up to {end!r}"
            continue
        have = re.findall(shape, found[2], re.M)
        if sorted(have) != sorted(want):
            yield f"{where}: the shapes are {have}, topology_names[] {want}"
        if found[1].lower() != numbers[len(want)]:
            yield f"{where}: {found[1]} shapes, but there are {len(want)}"


def compare_installed():
    """What is in profiles/ is in dist_example_DATA."""
    make = (ROOT / "Makefile.am").read_text(encoding="utf-8")
    listed = re.search(r"^dist_example_DATA = ((?:.*\\\n)*.*)", make, re.M)[1]
    there = {f"profiles/{p.name}" for p in (ROOT / "profiles").iterdir()
             if p.is_file() and not p.name.startswith(".")}
    for name in there ^ set(listed.replace("\\", " ").split()):
        yield f"{name}: in one of profiles/ and dist_example_DATA only"


def compare_readme():
    """It is short, its links lead somewhere, and it has every recipe."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if len(text.splitlines()) > 150:
        yield f"README.md: {len(text.splitlines())} lines"
    links = {link for link in re.findall(r"\]\(([^)#]+)", text)
             if "://" not in link}
    for link in links:
        if not (SOURCE / link).exists():
            yield f"README.md: {link} is not there"
    for path in (ROOT / "profiles").glob("*.json"):
        if f"profiles/{path.name}" not in links:
            yield f"README.md: profiles/{path.name} is not in it"


WRAPPED = ("README.md", "CONTRIBUTING.md", "doc/PROTOCOL.md",
           "tests/README.md")


def compare_width():
    """Prose is wrapped at 80 columns."""
    for name in WRAPPED:
        text = (SOURCE / name).read_text(encoding="utf-8")
        prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
        for line in prose.splitlines():
            if len(line) > 80 and not line.startswith("|"):
                yield f"{name}: longer than 80 columns: {line}"


# --- all ---------------------------------------------------------------------

PAGES = (compare_keys, compare_verbs, compare_synopsis, compare_explain,
         compare_examples)
TEXTS = (compare_words, compare_requests, compare_limits, compare_since,
         compare_reads, compare_shapes, compare_installed, compare_readme,
         compare_width)

# What is to be found: (file, text, what stands there instead, complaint).
MUTATIONS = [
    ("doc/PROTOCOL.md", "| `retry` | 0.1.0 | not on air;", "| `again` | 0 |",
     "'retry' is in one"),
    ("doc/PROTOCOL.md", "| `snap` | one name |", "| `snip` | one name |",
     "snip: in one"),
    ("doc/PROTOCOL.md", "| `reveal` | boolean", "| `unveil` | boolean",
     "reveal: in one"),
    ("doc/PROTOCOL.md", "| `user` | string | absent: not known | 0.2.0 | who",
     "| `who` | string | absent: not known | 0.2.0 | who", "comment: user: in"),
    ("doc/PROTOCOL.md", "| `merged` | 0.2.0 |", "| `joined` | 0.2.0 |",
     "'merged' is in one"),
    ("doc/PROTOCOL.md", "| `visible` |", "| `seen` |", "reads 'visible'"),
    ("doc/PROTOCOL.md", "| `lost_s` |", "| `lost` |", "reads 'lost_s'"),
    ("doc/PROTOCOL.md", "| `repeated` |", "| `again` |", "reads 'repeated'"),
    ("doc/PROTOCOL.md", "| `fps_in` |", "| `fpsin` |", "reads 'fps_in'"),
    ("doc/PROTOCOL.md", "| 64 KiB |", "| 65 KiB |", "65 KiB, but"),
    ("doc/PROTOCOL.md", "| `slow` | 0.2.0 |", "| `slow` | 0.2 |",
     "`slow` since 0.2?"),
    ("doc/DESIGN.md", "\nh264 ", "\navc ", "DESIGN.md: the shapes"),
    ("man/ffsup.8", ".It Em fan-out", ".It Em fan", "ffsup.8: the shapes"),
    ("man/ffsup.8", "five shapes", "four shapes", "four shapes, but"),
    ("README.md", "(profiles/args.json)", "()", "profiles/args.json is not"),
    ("README.md", "(NEWS)", "(OLDS)", "OLDS is not there"),
    ("Makefile.am", "\tprofiles/standby.json \\\n", "",
     "profiles/standby.json: in one"),
]


def complaints():
    return [line for compare in TEXTS for line in compare()]


def selftest():
    """Each mutation of a copy is found."""
    global ROOT
    with tempfile.TemporaryDirectory(prefix="ffsup-manual.") as tmp:
        ROOT = Path(tmp)
        for name in ("doc", "man", "profiles"):
            shutil.copytree(SOURCE / name, ROOT / name)
        for name in ("Makefile.am", "README.md"):
            shutil.copy(SOURCE / name, ROOT)
        for name, old, new, complaint in MUTATIONS:
            text = (ROOT / name).read_text(encoding="utf-8")
            assert old in text, f"{name}: no {old!r} to mutate"
            (ROOT / name).write_text(text.replace(old, new, 1),
                                     encoding="utf-8")
            if not any(complaint in line for line in complaints()):
                yield f"{name}: nobody missed {old!r}"
            (ROOT / name).write_text(text, encoding="utf-8")
        (ROOT / "profiles/more.json").write_text("{}", encoding="utf-8")
        if not any("profiles/more.json" in line for line in complaints()):
            yield "a profile that is not installed was not found"


def main():
    ffsup = sys.argv[-1]
    if sys.argv[1:2] == ["--selftest"]:
        found = list(selftest())
    elif sys.argv[1:2] == ["--write"]:
        write_explained(ffsup)
        found = []
    else:
        found = complaints() + [line for compare in PAGES
                                for line in compare(ffsup)]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
