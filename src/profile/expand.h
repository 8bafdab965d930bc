/* SPDX-License-Identifier: ISC */
#ifndef EXPAND_H
#define EXPAND_H

/*
 * ${VAR}, ${VAR:-default} and ${file:/path} in every string value of a JSON
 * tree, in place. "$${" means a literal "${". A reference that is not set,
 * cannot be read or is not closed is an error with its place. Not recursive: a
 * result is never expanded again.
 */

#include "base/strv.h"
#include "profile/jsonc.h"

struct errors;

struct expand_env {
	/* Value of a variable, or NULL; borrowed until the next call. */
	const char *(*get)(void *ctx, const char *name);
	/* Content of a file without its last newline, malloc'd, or NULL
	 * with *cause set to borrowed text ("No such file or directory"). */
	char *(*read)(void *ctx, const char *path, const char **cause);
	void *ctx;
	/* The value of FFSUP_STREAM. NULL: the text does not belong to a
	 * stream; but below "defaults", which is for streams, the reference is
	 * kept. */
	const char *stream;
};

/*
 * Expand all strings below doc->root (keys are left alone). Values that came
 * from a file, or from a variable whose name says that it is a secret (KEY,
 * PASS, SECRET, TOKEN, ...), are added to `secrets`, unless that is NULL; an
 * empty one is an error. 0 / -1.
 */
int expand_tree(struct jsonc *doc, const struct expand_env *env,
    struct strv *secrets, struct errors *errs);

#endif
