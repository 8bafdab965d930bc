/* SPDX-License-Identifier: ISC */
/* Walks the text and the tree side by side: cJSON keeps no places. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "profile/jsonplace.h"

/* The target of jsonplace_find(), and the place of its walk. */
struct jsonplace {
	const char *text;
	size_t at;
	const cJSON *want;
	size_t key_at, value_at;
};

static bool
jsonplace_walk_value(struct jsonplace *f, const cJSON *item, size_t key_at);

void
jsonplace_line(const char *text, size_t at, int *line, int *col)
{
	size_t begin = 0;

	*line = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			++*line;
			begin = i + 1;
		}
	}
	*col = (int)(at - begin) + 1;
}

/* Pass the space before a token; comments are blank by now. */
static char
jsonplace_pass_space(struct jsonplace *f)
{
	f->at += strspn(f->text + f->at, " \t\r\n");
	return f->text[f->at];
}

/* Pass a string; the text is known to be valid. */
static void
jsonplace_pass_string(struct jsonplace *f)
{
	for (f->at++; f->text[f->at] != '"'; f->at++)
		f->at += f->text[f->at] == '\\';
	f->at++;
}

/* Whether the key at an offset is this name; one with escapes always is. */
static bool
jsonplace_is_key(const struct jsonplace *f, size_t at, const char *name)
{
	size_t len = f->at - at - 2;

	if (memchr(f->text + at + 1, '\\', len) != NULL)
		return true;
	return strlen(name) == len && memcmp(f->text + at + 1, name, len) == 0;
}

/*
 * The member with the key at an offset. The tree has the order of the text, so
 * `next` is it, unless members were added or removed.
 */
static const cJSON *
jsonplace_member(const struct jsonplace *f, size_t at, const cJSON *object,
    const cJSON *next)
{
	if (next != NULL && jsonplace_is_key(f, at, next->string))
		return next;
	cJSON_ArrayForEach(next, object) {
		if (jsonplace_is_key(f, at, next->string))
			return next;
	}
	return NULL;
}

/* Walk the members of an object. */
static bool
jsonplace_walk_object(struct jsonplace *f, const cJSON *object)
{
	const cJSON *next = NULL, *item;
	size_t key_at;

	if (cJSON_IsObject(object))
		next = object->child;
	else
		object = NULL; /* replaced: only pass the text */
	for (f->at++; jsonplace_pass_space(f) != '}';) {
		if (f->text[f->at] == ',') {
			f->at++;
			continue;
		}
		key_at = f->at;
		jsonplace_pass_string(f);
		item = jsonplace_member(f, key_at, object, next);
		if (item != NULL)
			next = item->next;
		jsonplace_pass_space(f);
		f->at++; /* the colon */
		if (jsonplace_walk_value(f, item, key_at))
			return true;
	}
	f->at++;
	return false;
}

/* Walk the elements of an array. */
static bool
jsonplace_walk_array(struct jsonplace *f, const cJSON *array)
{
	const cJSON *next = cJSON_IsArray(array) ? array->child : NULL;

	for (f->at++; jsonplace_pass_space(f) != ']';) {
		if (f->text[f->at] == ',') {
			f->at++;
			continue;
		}
		if (jsonplace_walk_value(f, next, SIZE_MAX))
			return true;
		if (next != NULL)
			next = next->next;
	}
	f->at++;
	return false;
}

/* Walk a value of text and tree (NULL: the tree has none). True: found. */
static bool
jsonplace_walk_value(struct jsonplace *f, const cJSON *item, size_t key_at)
{
	char c = jsonplace_pass_space(f);

	if (item != NULL && item == f->want) {
		f->value_at = f->at;
		f->key_at = key_at;
		return true;
	}
	if (c == '{')
		return jsonplace_walk_object(f, item);
	if (c == '[')
		return jsonplace_walk_array(f, item);
	if (c == '"')
		jsonplace_pass_string(f);
	else
		f->at += strcspn(f->text + f->at, ",]} \t\r\n");
	return false;
}

bool
jsonplace_find(const char *text, const cJSON *root, const cJSON *want, bool key,
    size_t *at)
{
	struct jsonplace f = { .text = text, .want = want };

	if (!jsonplace_walk_value(&f, root, SIZE_MAX))
		return false;
	*at = key && f.key_at != SIZE_MAX ? f.key_at : f.value_at;
	return true;
}

/* --- by a path ------------------------------------------------------------ */

/* Enter the member of the object that is next. False: it is not there. */
static bool
jsonplace_enter_key(
    struct jsonplace *f, const char *key, size_t len, size_t *at)
{
	if (jsonplace_pass_space(f) != '{')
		return false;
	for (f->at++; jsonplace_pass_space(f) != '}';) {
		size_t begin = f->at;

		if (f->text[f->at] == ',') {
			f->at++;
			continue;
		}
		jsonplace_pass_string(f);
		jsonplace_pass_space(f);
		f->at++; /* the colon */
		if (strncmp(f->text + begin + 1, key, len) == 0 &&
		    f->text[begin + 1 + len] == '"') {
			*at = begin;
			return true;
		}
		jsonplace_walk_value(f, NULL, SIZE_MAX);
	}
	return false;
}

/* Enter an element of the array that is next. */
static bool
jsonplace_enter_element(struct jsonplace *f, long i, size_t *at)
{
	if (jsonplace_pass_space(f) != '[')
		return false;
	for (f->at++; jsonplace_pass_space(f) != ']';) {
		if (f->text[f->at] == ',') {
			f->at++;
			continue;
		}
		if (i-- == 0) {
			*at = f->at;
			return true;
		}
		jsonplace_walk_value(f, NULL, SIZE_MAX);
	}
	return false;
}

bool
jsonplace_path(const char *text, const char *path, size_t *at)
{
	struct jsonplace f = { .text = text };
	bool found = false, in = true;
	size_t len;
	char *end;

	while (in && *path != '\0') {
		if (*path == '[') {
			in = jsonplace_enter_element(
			    &f, strtol(path + 1, &end, 10), at);
			path = *end == ']' ? end + 1 : end;
		} else {
			path += *path == '.';
			len = strcspn(path, ".[");
			in = jsonplace_enter_key(&f, path, len, at);
			path += len;
		}
		found |= in;
	}
	return found;
}
