/* SPDX-License-Identifier: ISC */
#ifndef JSONTEXT_H
#define JSONTEXT_H

/*
 * JSON as text: a member or an element is found without building a tree, so
 * that a status of a thousand streams is passed on as received. A text is a
 * part of a longer one that ends with a NUL somewhere after it. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of JSON text inside a borrowed text. */
struct jsontext {
	const char *at; /* not terminated */
	size_t len;
};

/* Find a member of an object. -1 when the text is not an object or has no such
 * member. Strict about all that lies before the end of the object. */
int jsontext_member(
    struct jsontext object, const char *key, struct jsontext *value);

/* Walk over an array: the elements one after another, `*array` becomes the
 * rest. False at the end, and where it is not an array. */
bool jsontext_element(struct jsontext *array, struct jsontext *element);

#endif
