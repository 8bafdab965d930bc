/* SPDX-License-Identifier: ISC */
/* Goes over two structs side by side, row by row. */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/redact.h"
#include "base/strv.h"
#include "base/util.h"
#include "profile/keydiff.h"
#include "profile/keyrow.h"
#include "profile/scalar.h"

#define KEYDIFF_MAX 5

/* A text that becomes longer with each difference. */
struct keydiff_words {
	struct buf out;
	int n;
};

static void keydiff_put_table(struct keydiff_words *d, const struct key *table,
    const void *a, const void *b, const char *path);

/* The further ones of an object that may be a list; none where it may not. */
static const struct key_list *
keydiff_others(const struct key *k, const void *in)
{
	static const struct key_list none = { 0 };

	if (k->more == 0)
		return &none;
	return (const struct key_list *)((const char *)in + k->more);
}

/* ---- comparing ---- */

/*
 * An object without words whose every row has a default is always there in
 * effect: whether it was written makes no difference.
 */
static bool
keydiff_is_implied(const struct key *object)
{
	if (object->choices != NULL)
		return false;
	for (const struct key *k = object->sub; k->name != NULL; k++) {
		if ((k->flags & KEY_REQUIRED) != 0)
			return false;
		if (k->type == KEY_OBJECT ? !keydiff_is_implied(k)
					  : k->def == NULL)
			return false;
	}
	return true;
}

/* Both there or both not, both the same word or none. */
static bool
keydiff_equal_set(const struct key *k, const void *a, const void *b)
{
	const struct key_set *sa = a, *sb = b;

	return sa->word == sb->word &&
	    (sa->set == sb->set || keydiff_is_implied(k));
}

/* Lists, element by element. */
static bool
keydiff_equal_list(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	const struct key_list *la = a, *lb = b;

	if (la->n != lb->n)
		return false;
	for (size_t i = 0; i < la->n; i++) {
		if (!keydiff_equal(k->sub, (const char *)la->v + i * k->size,
			(const char *)lb->v + i * k->size, ignore))
			return false;
	}
	return true;
}

/* Nested structs. */
static bool
keydiff_equal_sub(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	return keydiff_equal_set(k, a, b) &&
	    keydiff_equal(k->sub, a, b, ignore) &&
	    keydiff_equal_list(
		k, keydiff_others(k, a), keydiff_others(k, b), ignore);
}

/* One row of two structs. */
static bool
keydiff_equal_row(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	a = (const char *)a + k->offset;
	b = (const char *)b + k->offset;
	if (scalar_is(k->type))
		return scalar_equal(k, a, b);
	if (k->type == KEY_OBJECT)
		return keydiff_equal_sub(k, a, b, ignore);
	if (k->type == KEY_LIST)
		return keydiff_equal_list(k, a, b, ignore);
	return strv_equal(a, b);
}

bool
keydiff_equal(
    const struct key *table, const void *a, const void *b, unsigned ignore)
{
	for (const struct key *k = table; k->name != NULL; k++) {
		if ((k->flags & ignore) == 0 &&
		    !keydiff_equal_row(k, a, b, ignore))
			return false;
	}
	return true;
}

/* ---- in words ---- */

/*
 * A scalar as written in JSON, masked. NULL when it has no value: reading
 * nothing gives the same. Caller frees.
 */
static char *
keydiff_value(const struct key *k, const void *in)
{
	char *text = scalar_text(k, in), *masked;

	if (text == NULL)
		return text;
	if ((k->flags & KEY_SECRET) != 0)
		masked = xstrdup("****");
	else if ((k->flags & KEY_URL) != 0)
		masked = redact_text(NULL, text);
	else
		return text;
	free(text);
	return masked;
}

/* Begin an entry. False: the text is long enough. */
static bool
keydiff_begin(struct keydiff_words *d, const char *path)
{
	if (++d->n > KEYDIFF_MAX) {
		if (d->n == KEYDIFF_MAX + 1)
			buf_puts(&d->out, ", ...");
		return false;
	}
	buf_putf(&d->out, "%s%s ", d->n > 1 ? ", " : "", path);
	return true;
}

/* A scalar: old and new, unless that would show nothing or too much. */
static void
keydiff_put_scalar(struct keydiff_words *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	char *from = keydiff_value(k, a), *to = keydiff_value(k, b);

	if (!keydiff_begin(d, path))
		;
	else if ((k->flags & KEY_SECRET) != 0 || util_streq(from, to))
		buf_puts(&d->out, "changed");
	else
		buf_putf(&d->out, "%s -> %s", from ? from : "unset",
		    to ? to : "unset");
	free(from);
	free(to);
}

/* An object as one word. */
static const char *
keydiff_word(const struct key *k, const struct key_set *key)
{
	if (key->word >= 0)
		return k->choices[key->word];
	return key->set ? "{...}" : "unset";
}

/* Two lists of the same length, or their lengths; `before` others precede
 * them. */
static void
keydiff_put_list(struct keydiff_words *d, const struct key *k,
    const struct key_list *a, const struct key_list *b, const char *path,
    size_t before)
{
	char *sub;

	if (a->n != b->n) {
		if (keydiff_begin(d, path))
			buf_putf(&d->out, "%zu -> %zu entries", before + a->n,
			    before + b->n);
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		sub = xasprintf("%s[%zu]", path, before + i);
		keydiff_put_table(d, k->sub, (const char *)a->v + i * k->size,
		    (const char *)b->v + i * k->size, sub);
		free(sub);
	}
}

/* Two existing objects, each perhaps the first of a list. */
static void
keydiff_put_sub(struct keydiff_words *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	const struct key_list *la = keydiff_others(k, a);
	const struct key_list *lb = keydiff_others(k, b);
	char *first =
	    la->n > 0 && lb->n > 0 ? xasprintf("%s[0]", path) : xstrdup(path);

	if (la->n == lb->n)
		keydiff_put_table(d, k->sub, a, b, first);
	keydiff_put_list(d, k, la, lb, path, 1);
	free(first);
}

/* One row that differs. */
static void
keydiff_put_row(struct keydiff_words *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	if (scalar_is(k->type))
		keydiff_put_scalar(d, k, a, b, path);
	else if (k->type == KEY_LIST)
		keydiff_put_list(d, k, a, b, path, 0);
	else if (k->type == KEY_OBJECT && keydiff_equal_set(k, a, b))
		keydiff_put_sub(d, k, a, b, path);
	else if (!keydiff_begin(d, path))
		return;
	else if (k->type == KEY_OBJECT)
		buf_putf(&d->out, "%s -> %s", keydiff_word(k, a),
		    keydiff_word(k, b));
	else
		buf_puts(&d->out, "changed");
}

/* All rows of a table that differ. */
static void
keydiff_put_table(struct keydiff_words *d, const struct key *table,
    const void *a, const void *b, const char *path)
{
	char *sub;

	for (const struct key *k = table; k->name != NULL; k++) {
		if (keydiff_equal_row(k, a, b, 0))
			continue;
		sub = xasprintf(
		    "%s%s%s", path, *path != '\0' ? "." : "", k->name);
		keydiff_put_row(d, k, (const char *)a + k->offset,
		    (const char *)b + k->offset, sub);
		free(sub);
	}
}

char *
keydiff_text(const struct key *table, const void *a, const void *b)
{
	struct keydiff_words d = { .n = 0 };

	buf_init(&d.out, 0);
	keydiff_put_table(&d, table, a, b, "");
	return buf_steal(&d.out);
}
