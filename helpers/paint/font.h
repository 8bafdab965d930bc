/* SPDX-License-Identifier: ISC */
#ifndef FONT_H
#define FONT_H

/*
 * A cache of the last few fonts, by name and size: Pango's description of each,
 * and the height of its line.
 */

#include <stdbool.h>

#include <pango/pango.h>

#define FONT_CACHE 32

struct font {
	char *name;		    /* owned; NULL: an empty place */
	int size;		    /* pixels */
	PangoFontDescription *desc; /* owned */
	int above, below;	    /* the line, from its base, in pixels */
	char *instead;		    /* owned: replaces it; NULL: its own */
	bool said;		    /* `instead` was reported */
	unsigned long used;	    /* a growing count */
};

struct fonts {
	PangoContext *context; /* borrowed */
	struct font v[FONT_CACHE];
	unsigned long uses;
};

/* As Pango reads a name ("Noto Sans CJK SC Bold"), NULL or "": any; valid until
 * the next call. NULL: this machine has no fonts. */
struct font *font_get(struct fonts *f, const char *name, int size);

void fonts_clear(struct fonts *f);

#endif
