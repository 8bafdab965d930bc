/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "cli/jsontext.h"

#define JSONTEXT_DEPTH_MAX 64 /* bits of a uint64_t */

/* Skip blanks; returns the rest. */
static struct jsontext
jsontext_skip_blanks(struct jsontext t)
{
	while (t.len > 0 && memchr(" \t\r\n", *t.at, 4) != NULL) {
		t.at++;
		t.len--;
	}
	return t;
}

/* Skip existing bytes. */
static void
jsontext_advance(struct jsontext *t, size_t n)
{
	t->at += n;
	t->len -= n;
}

/* Bytes before the first of `stop`, or all bytes. The text need not end
 * with a NUL here, but does further on: the line's own. */
static size_t
jsontext_span(struct jsontext t, const char *stop)
{
	size_t n = strcspn(t.at, stop);

	return n < t.len ? n : t.len;
}

/* Skip a string, quotes and all. 0 / -1. */
static int
jsontext_skip_string(struct jsontext *t)
{
	if (t->len == 0 || *t->at != '"')
		return -1;
	jsontext_advance(t, 1);
	for (;;) {
		jsontext_advance(t, jsontext_span(*t, "\"\\"));
		if (t->len < 2 && (t->len == 0 || *t->at != '"'))
			return -1;
		if (*t->at == '"') {
			jsontext_advance(t, 1);
			return 0;
		}
		if (*t->at != '\\')
			return -1; /* a NUL */
		jsontext_advance(t, 2);
	}
}

/* Skip an object or an array with its content. 0 / -1. */
static int
jsontext_skip_nested(struct jsontext *t)
{
	uint64_t braces = 0; /* a bit for each level: is it an object? */
	int depth = 0;

	do {
		jsontext_advance(t, jsontext_span(*t, "\"{}[]"));
		if (t->len == 0)
			return -1;
		switch (*t->at) {
		case '"':
			if (jsontext_skip_string(t) == -1)
				return -1;
			continue;
		case '{':
		case '[':
			if (depth++ == JSONTEXT_DEPTH_MAX)
				return -1;
			braces = braces << 1 | (*t->at == '{');
			break;
		case '}':
		case ']':
			if ((braces & 1) != (*t->at == '}'))
				return -1;
			braces >>= 1;
			depth--;
			break;
		default:
			return -1; /* a NUL */
		}
		jsontext_advance(t, 1);
	} while (depth > 0);
	return 0;
}

/* Take one value off the front of a text. 0 / -1. */
static int
jsontext_take_value(struct jsontext *t, struct jsontext *value)
{
	size_t n;
	int rc = 0;

	*t = jsontext_skip_blanks(*t);
	*value = *t;
	if (t->len == 0)
		return -1;
	if (*t->at == '"') {
		rc = jsontext_skip_string(t);
	} else if (*t->at == '{' || *t->at == '[') {
		rc = jsontext_skip_nested(t);
	} else {
		n = jsontext_span(*t, ",]} \t\r\n");
		rc = n > 0 ? 0 : -1;
		jsontext_advance(t, n);
	}
	value->len -= t->len;
	return rc;
}

/* Take one character, after blanks. False when it is another. */
static bool
jsontext_take_char(struct jsontext *t, char c)
{
	*t = jsontext_skip_blanks(*t);
	if (t->len == 0 || *t->at != c)
		return false;
	jsontext_advance(t, 1);
	return true;
}

/* Whether a string of JSON is a plain word. */
static bool
jsontext_is_word(struct jsontext string, const char *word)
{
	size_t len = strlen(word);

	return string.len == len + 2 && string.at[0] == '"' &&
	    memcmp(string.at + 1, word, len) == 0;
}

int
jsontext_member(struct jsontext object, const char *key, struct jsontext *value)
{
	struct jsontext name, found;
	bool is_found = false;

	if (!jsontext_take_char(&object, '{'))
		return -1;
	while (!jsontext_take_char(&object, '}')) {
		if (jsontext_take_value(&object, &name) == -1 ||
		    *name.at != '"' || !jsontext_take_char(&object, ':') ||
		    jsontext_take_value(&object, &found) == -1)
			return -1;
		if (!is_found && jsontext_is_word(name, key)) {
			*value = found;
			is_found = true;
		}
		if (!jsontext_take_char(&object, ',') &&
		    (object.len == 0 || *object.at != '}'))
			return -1;
	}
	return is_found && jsontext_skip_blanks(object).len == 0 ? 0 : -1;
}

bool
jsontext_element(struct jsontext *array, struct jsontext *element)
{
	if (!jsontext_take_char(array, '[') && !jsontext_take_char(array, ','))
		return false;
	return jsontext_take_value(array, element) == 0;
}
