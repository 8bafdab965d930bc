# SPDX-License-Identifier: ISC
"""doc/PROTOCOL.md as data, and what may be said of JSON by it.

read(text) gives {heading: table}; a table is an object's, with a Key for each
row, or a list of words. Judge(tables).judge(values) compares each with the
object that it should be, down to the last member, and remembers what it has
seen of each key; `wrong` and unseen() say what does not fit.
"""

import re
from dataclasses import dataclass, field

OBJECT = ["key", "type", "null or absent", "since", "meaning"]
WORDS = ["word", "since", "meaning"]
VERBS = ["verb", "arguments", "options", "data of the reply", "since"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
PLAIN = {"string": str, "integer": int, "number": (int, float),
         "boolean": bool, "time": str, "string or integer": (str, int)}


@dataclass
class Key:
    name: str
    type: str      # "string", "word", "object" ... or "what the verb says"
    many: bool     # a list of it
    links: list    # headings that the type names
    null: bool     # may be null
    absent: bool   # may be missing
    since: str
    meaning: str


@dataclass
class Table:
    head: list
    rows: list = field(default_factory=list)  # cells
    keys: dict = field(default_factory=dict)  # of an object: name -> Key

    def words(self):
        return [row[0].strip("`") for row in self.rows]


def links(cell):
    return [target.replace("-", " ") for target in
            re.findall(r"\]\(#([a-z0-9-]+)\)", cell)]


def key_of(cells):
    name, kind, gap, since, meaning = cells
    many = kind.startswith("list of ")
    kind = kind.removeprefix("list of ")
    what = "object" if kind.startswith("[") else re.match(r"[a-z ]+", kind)[0]
    return Key(name.strip("`"), what, many, links(kind),
               bool(re.search(r"\bnull\b", gap)),
               bool(re.search(r"\babsent\b", gap)), since, meaning)


def read(text):
    """{heading in lower case: its first table}, "" where there is none."""
    tables, heading, table = {}, "", None
    for line in text.splitlines():
        if line.startswith("#"):
            heading, table = line.lstrip("# ").lower(), None
        elif line.startswith("|"):
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if table is None:
                table = Table(cells)
                tables.setdefault(heading, table)
            elif not set(cells[0]) <= set("-"):
                table.rows.append(cells)
                if table.head == OBJECT:
                    table.keys[cells[0].strip("`")] = key_of(cells)
        else:
            table = table if line.strip() else None
    return tables


class Judge:
    """What is wrong with values, by the document."""

    def __init__(self, tables):
        self.tables = tables
        self.wrong = []
        self.seen = {}  # (heading, key, "there", "null" or "absent"): where
        self.now = None

    def judge(self, values):
        """Objects, [(value, heading)]."""
        for self.now in values:
            self.look(*self.now)
        return self

    def unseen(self):
        """What the tables say of keys, and was true of no value."""
        for name, table in self.tables.items():
            for key in table.keys.values():
                for how, may in (("there", True), ("null", key.null),
                                 ("absent", key.absent)):
                    if may and (name, key.name, how) not in self.seen:
                        yield f"{name}: {key.name} is never {how}"

    def look(self, value, name, where=""):
        """An object of that name."""
        where = where or name
        keys = self.tables[name].keys
        if not isinstance(value, dict):
            self.wrong.append(f"{where} is no object: {value!r}")
            return
        for key in value.keys() - keys.keys():
            self.wrong.append(f"{where}.{key} is not documented")
        for key in keys.values():
            how = "absent" if key.name not in value else \
                "null" if value[key.name] is None else "there"
            self.seen.setdefault((name, key.name, how), self.now)
            if key.name in value:
                self.look_key(value[key.name], key, f"{where}.{key.name}")
            elif not key.absent:
                self.wrong.append(f"{where}.{key.name} is absent")

    def look_key(self, value, key, where):
        if value is None:
            if not key.null:
                self.wrong.append(f"{where} is null")
        elif key.many and not isinstance(value, list):
            self.wrong.append(f"{where} is no list: {value!r}")
        else:
            for item in value if key.many else [value]:
                self.look_value(item, key, where)

    def look_value(self, value, key, where):
        if key.type == "object":
            self.look(value, key.links[0], where)
        elif key.type == "word":
            if not any(value in self.tables[link].words()
                       for link in key.links):
                self.wrong.append(f"{where}: no such word: {value!r}")
        elif key.type in PLAIN:
            if not isinstance(value, PLAIN[key.type]) or (
                    isinstance(value, bool) != (key.type == "boolean")):
                self.wrong.append(f"{where} is no {key.type}: {value!r}")
            elif key.type == "time" and not re.fullmatch(TIME, value):
                self.wrong.append(f"{where} is no time: {value!r}")
