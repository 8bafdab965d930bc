/* SPDX-License-Identifier: ISC */
/*
 * Glyphs of a colour font come out in their colours, others in the text's, and
 * the alpha of both is the shape that the outline grows from: one drawing is
 * enough.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/paint.h"
#include "paint/clean.h"
#include "paint/draw.h"
#include "paint/outline.h"
#include "paint/picture.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "Cairo's ARGB32 is B, G, R, A in memory");

/* The size of the drawing, and the line in it, in pixels. */
struct draw_place {
	int w, h;
	int x, y; /* the left end of the line's base */
};

void
draw_init(struct draw *d)
{
	cairo_font_options_t *o = cairo_font_options_create();

	d->map = pango_cairo_font_map_new();
	d->context = pango_font_map_create_context(d->map);
	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(d->context, o);
	cairo_font_options_destroy(o);
	d->layout = pango_layout_new(d->context);
	pango_layout_set_single_paragraph_mode(d->layout, TRUE);
	d->fonts = (struct fonts){ .context = d->context };
}

void
draw_clear(struct draw *d)
{
	fonts_clear(&d->fonts);
	g_object_unref(d->layout);
	g_object_unref(d->context);
	g_object_unref(d->map);
}

/* Pixels between the text and the left and right edge. */
static int
draw_margin(const struct paint_request *r)
{
	return r->outline + (r->box > 0 ? r->size / 4 : 0);
}

/* Shape the text, and cut it with dots if it is too wide. False: nothing in it
 * is visible. */
static bool
draw_place(struct draw *d, const struct paint_request *r,
    const struct font *font, struct draw_place *at)
{
	int margin = draw_margin(r), left, right;
	PangoRectangle ink, line;

	pango_layout_set_width(d->layout, -1);
	pango_layout_set_ellipsize(d->layout, PANGO_ELLIPSIZE_NONE);
	pango_layout_get_pixel_extents(d->layout, &ink, &line);
	if (line.width > r->width - 2 * margin) {
		left = r->width - 2 * margin;
		pango_layout_set_ellipsize(d->layout, PANGO_ELLIPSIZE_END);
		pango_layout_set_width(
		    d->layout, (left > 0 ? left : 0) * PANGO_SCALE);
	}
	pango_layout_line_get_pixel_extents(
	    pango_layout_get_line_readonly(d->layout, 0), &ink, &line);
	left = ink.x < line.x ? ink.x : line.x;
	right = ink.x + ink.width > line.x + line.width ? ink.x + ink.width
							: line.x + line.width;
	at->w = right - left + 2 * margin;
	if (at->w > r->width)
		at->w = r->width;
	at->h = font->above + font->below + 2 * r->outline;
	at->x = margin - left;
	at->y = r->outline + font->above;
	return ink.width > 0 && ink.height > 0;
}

static void
draw_glyphs(struct draw *d, uint32_t color, const struct draw_place *at,
    struct picture *p)
{
	cairo_surface_t *s;
	cairo_t *cr;

	picture_init(p, at->w, at->h);
	s = cairo_image_surface_create_for_data(
	    p->bgra, CAIRO_FORMAT_ARGB32, p->w, p->h, p->w * 4);
	cr = cairo_create(s);
	cairo_set_source_rgb(cr, (color >> 16 & 0xff) / 255.,
	    (color >> 8 & 0xff) / 255., (color & 0xff) / 255.);
	cairo_move_to(cr, at->x, at->y);
	pango_cairo_show_layout_line(
	    cr, pango_layout_get_line_readonly(d->layout, 0));
	cairo_destroy(cr);
	cairo_surface_destroy(s);
}

const char *
draw_text(struct draw *d, const struct paint_request *r, struct picture *p,
    const char **instead)
{
	char *text = clean_text(r->text == NULL ? "" : r->text, r->clusters);
	struct font *font = font_get(&d->fonts, r->font, r->size);
	struct outline o = { .radius = r->outline,
		.box = r->box,
		.shade = outline_shade(r->color) };
	struct draw_place at;

	*instead = NULL;
	if (font == NULL) {
		free(text);
		return "no font";
	}
	pango_layout_set_font_description(d->layout, font->desc);
	pango_layout_set_text(d->layout, text, -1);
	free(text);
	if (!draw_place(d, r, font, &at))
		return "nothing to see";
	draw_glyphs(d, r->color, &at, p);
	outline_lay(p, &o);
	if (font->instead != NULL && !font->said) {
		*instead = font->instead;
		font->said = true;
	}
	return NULL;
}

const char *
draw_warm(struct draw *d)
{
	static const char *const scripts[] = { "Ag 0", "前方高能かな한글",
		"مرحبا", "שלום", "नमस्ते", "สวัสดี", "😀" };
	struct paint_request r;
	struct picture p = { .bgra = NULL };
	const char *cause = NULL, *instead;

	paint_request_init(&r);
	for (size_t i = 0; i < NELEM(scripts) && cause == NULL; i++) {
		r.text = xstrdup(scripts[i]);
		cause = draw_text(d, &r, &p, &instead);
		picture_clear(&p);
		paint_request_clear(&r);
	}
	return cause;
}
