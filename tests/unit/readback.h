/* SPDX-License-Identifier: ISC */
#ifndef READBACK_H
#define READBACK_H

/* A value, once written, reads back to the same value. */

#include <stdlib.h>

#include "base/size.h"
#include "profile/keyrow.h"
#include "profile/scalar.h"

/* Any scalar. */
union readback_value {
	char *text;
	int64_t whole;
	double number;
	int word;
	bool flag;
	struct size size;
	struct rate rate;
	struct span span;
};

/* Whether one scalar does. */
static inline bool
readback_scalar(const struct key *k, const void *in)
{
	union readback_value again = { 0 };
	char *text = scalar_text(k, in), *why = NULL;
	bool same;

	if (text == NULL)
		return true; /* no value */
	same = scalar_scan(k, text, &again, &why) == 0 &&
	    scalar_equal(k, in, &again);
	if (k->type == KEY_STRING || k->type == KEY_TEXT)
		free(again.text);
	free(why);
	free(text);
	return same;
}

/* The first row of a struct, or below it, that holds a scalar which does not;
 * NULL: none. */
static inline const struct key *
readback_fails(const struct key *table, const void *in)
{
	const struct key *bad = NULL;

	for (const struct key *k = table; k->name != NULL && !bad; k++) {
		const char *at = (const char *)in + k->offset;
		const struct key_list *list = NULL;

		if (scalar_is(k->type) && !readback_scalar(k, at))
			return k;
		if (k->type == KEY_OBJECT)
			bad = readback_fails(k->sub, at);
		if (k->type == KEY_LIST)
			list = (const struct key_list *)at;
		else if (k->more != 0)
			list = (const struct key_list *)(at + k->more);
		for (size_t i = 0; list != NULL && i < list->n && !bad; i++)
			bad = readback_fails(
			    k->sub, (const char *)list->v + i * k->size);
	}
	return bad;
}

#endif
