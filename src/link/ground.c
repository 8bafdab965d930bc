/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "link/ground.h"
#include "media/saytext.h"
#include "process/painter.h"
#include "profile/profile.h"

#define GROUND_WHITE 0xffffff

/* Characters of one text: as many as cross a frame in its time. */
#define GROUND_CLUSTERS 200

/* A comment may be so many times as wide as the frame: it flies. */
#define GROUND_WIDTHS 8

/* Pixels that even a tiny frame asks for. */
#define GROUND_WIDTH_MIN 128

/* The widest tile that is of any use. An image that is too large is cut. */
static int
ground_width(const struct ground *g, const struct profile_overlay *o)
{
	int w = g->geometry.w;

	if (o->kind == OVERLAY_DANMAKU)
		w *= GROUND_WIDTHS;
	if (o->kind == OVERLAY_IMAGE || w > SIZE_SIDE_MAX)
		return SIZE_SIDE_MAX;
	return w < GROUND_WIDTH_MIN ? GROUND_WIDTH_MIN : w;
}

uint32_t
ground_color(const struct profile_overlay *o)
{
	uint32_t color;

	if (o->color == NULL || saytext_color(o->color, &color) == -1)
		return GROUND_WHITE;
	return color;
}

void
ground_request(const struct ground *g, struct paint_request *r,
    const struct profile_overlay *o)
{
	paint_request_init(r);
	tile_target_init(&r->target, &g->geometry);
	r->target.opacity = (uint8_t)(o->opacity * 255 + 0.5);
	r->image = o->kind == OVERLAY_IMAGE;
	r->font = o->font == NULL ? NULL : xstrdup(o->font);
	r->size = profile_text_height(o);
	r->outline = (int)o->outline;
	r->clusters = GROUND_CLUSTERS;
	r->width = ground_width(g, o);
	r->box = (uint8_t)(o->box * 255 + 0.5);
	r->color = ground_color(o);
}

/* From the left or the top: the first, the middle or the last of three. */
static int
ground_side(int third, int whole, int part, int margin)
{
	if (third == 0)
		return margin;
	return third == 1 ? (whole - part) / 2 : whole - part - margin;
}

void
ground_place(const struct ground *g, const struct profile_overlay *o,
    const struct painted *tile, int *x, int *y)
{
	*x =
	    ground_side(o->at % 3, g->geometry.w, tile->tile.w, (int)o->margin);
	*y =
	    ground_side(o->at / 3, g->geometry.h, tile->tile.h, (int)o->margin);
}
