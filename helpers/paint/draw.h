/* SPDX-License-Identifier: ISC */
#ifndef DRAW_H
#define DRAW_H

/*
 * One line of text as pixels: shaped by Pango, drawn by Cairo. All texts of one
 * font, size, outline and box are equally high: ink beyond the line is cut off.
 */

#include <pango/pangocairo.h>

#include "paint/font.h"

struct paint_request;
struct picture;

struct draw {
	PangoFontMap *map; /* owned, as are the next two */
	PangoContext *context;
	PangoLayout *layout;
	struct fonts fonts;
};

void draw_init(struct draw *d);
void draw_clear(struct draw *d);

/* Draw the text of a request. NULL, or a constant text why not. *instead is the
 * family that replaces a missing font, borrowed until the next call, or NULL:
 * none, or it was reported already. */
const char *draw_text(struct draw *d, const struct paint_request *r,
    struct picture *p, const char **instead);

/* Draw a few scripts, so that their fonts are loaded. NULL, or why this machine
 * can draw nothing. */
const char *draw_warm(struct draw *d);

#endif
