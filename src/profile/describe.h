/* SPDX-License-Identifier: ISC */
#ifndef DESCRIBE_H
#define DESCRIBE_H

/* A table of keys as a JSON Schema (draft 2020-12), for editors. */

struct jsonw;
struct key;

void describe_table(const struct key *table, struct jsonw *j);

#endif
