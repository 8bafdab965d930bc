/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <pango/pangofc-font.h>

#include "base/util.h"
#include "base/words.h"
#include "paint/font.h"

/* Fonts for Chinese have lines of 1.45 times their size, mostly empty; in less
 * than this all scripts but the tallest find room. */
#define FONT_LINE_MAX 1.25
#define FONT_ROUND    1e-6 /* errors of floating-point arithmetic */

/* Names that any font satisfies. */
static const char *const font_generic[] = { "cursive", "emoji", "fantasy",
	"monospace", "sans", "sans-serif", "serif", "system-ui" };

static void
font_clear(struct font *f)
{
	free(f->name);
	free(f->instead);
	pango_font_description_free(f->desc);
	*f = (struct font){ .name = NULL };
}

/* The height of a line: the font's, up to a limit. */
static void
font_measure(struct font *f, PangoFont *font)
{
	PangoFontMetrics *m = pango_font_get_metrics(font, NULL);
	double above = pango_units_to_double(pango_font_metrics_get_ascent(m));
	double below = pango_units_to_double(pango_font_metrics_get_descent(m));
	double most = FONT_LINE_MAX * f->size;

	pango_font_metrics_unref(m);
	if (!(above + below > 0)) {
		above = f->size;
		below = 0;
	}
	if (above + below > most) {
		above *= most / (above + below);
		below = most - above;
	}
	f->above = (int)ceil(above);
	f->below = (int)ceil(above + below - FONT_ROUND) - f->above;
}

/* The family of a name: the first one, if it lists several. Caller frees. */
static char *
font_family(const PangoFontDescription *desc)
{
	const char *family = pango_font_description_get_family(desc);

	return family == NULL ? NULL : xstrndup(family, strcspn(family, ","));
}

/* The family that replaces the requested one, or NULL: it is the same one,
 * perhaps by another name. Caller frees. */
static char *
font_instead(const PangoFontDescription *desc, PangoFont *font)
{
	FcPattern *p = pango_fc_font_get_pattern(PANGO_FC_FONT(font));
	char *wanted = font_family(desc), *instead = NULL;
	FcChar8 *name;

	if (wanted == NULL ||
	    words_has(
		font_generic, NELEM(font_generic), wanted, strlen(wanted))) {
		free(wanted);
		return NULL;
	}
	for (int i = 0;
	     FcPatternGetString(p, FC_FAMILY, i, &name) == FcResultMatch; i++) {
		if (FcStrCmpIgnoreCase(name, (FcChar8 *)wanted) == 0) {
			free(instead);
			instead = NULL;
			break;
		}
		if (instead == NULL)
			instead = xstrdup((char *)name);
	}
	free(wanted);
	return instead;
}

/* Whether this font was already reported as missing. */
static bool
font_is_said(const struct fonts *f, const char *name)
{
	for (size_t i = 0; i < FONT_CACHE; i++) {
		if (f->v[i].said && util_streq(f->v[i].name, name))
			return true;
	}
	return false;
}

/* -1: not found. */
static int
font_init(struct fonts *all, struct font *f, const char *name, int size)
{
	bool said = font_is_said(all, name);
	PangoFontDescription *desc = pango_font_description_from_string(name);
	PangoFont *font;

	font_clear(f);
	pango_font_description_set_absolute_size(
	    desc, (double)size * PANGO_SCALE);
	font = pango_context_load_font(all->context, desc);
	if (font == NULL) {
		pango_font_description_free(desc);
		return -1;
	}
	*f = (struct font){ .name = xstrdup(name),
		.size = size,
		.desc = desc,
		.said = said,
		.instead = font_instead(desc, font) };
	font_measure(f, font);
	g_object_unref(font);
	return 0;
}

struct font *
font_get(struct fonts *f, const char *name, int size)
{
	struct font *oldest = &f->v[0];

	if (util_is_empty(name))
		name = "sans";
	for (size_t i = 0; i < FONT_CACHE; i++) {
		struct font *one = &f->v[i];

		if (one->size == size && util_streq(one->name, name)) {
			one->used = ++f->uses;
			return one;
		}
		if (one->used < oldest->used)
			oldest = one;
	}
	if (font_init(f, oldest, name, size) == -1)
		return NULL;
	oldest->used = ++f->uses;
	return oldest;
}

void
fonts_clear(struct fonts *f)
{
	for (size_t i = 0; i < FONT_CACHE; i++)
		font_clear(&f->v[i]);
}
