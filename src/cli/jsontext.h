/* SPDX-License-Identifier: ISC */
#ifndef JSONTEXT_H
#define JSONTEXT_H

/*
 * JSON as text: a member or an element is found without a tree being built, so
 * that a status of a thousand streams is passed on as it came. A text is a part of
 * a longer one that ends with a NUL somewhere behind it. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of JSON text that lies in somebody else's text. */
struct jsontext {
	const char *at; /* not terminated */
	size_t len;
};

/* Find a member of an object. -1 when the text is no object or has no such
 * member. Strict about all that lies before the end of the object. */
int jsontext_member(
    struct jsontext object, const char *key, struct jsontext *value);

/* Walk over an array: the elements one after another, `*array` becomes what
 * is left. False at the end, and where it is no array. */
bool jsontext_element(struct jsontext *array, struct jsontext *element);

#endif
