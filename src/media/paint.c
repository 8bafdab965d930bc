/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/size.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"
#include "base/words.h"
#include "media/paint.h"

static const char *const paint_matrices[] = { "bt601", "bt709", NULL };
static const char *const paint_ranges[] = { "limited", "full", NULL };

/* --- writing ------------------------------------------------------------- */

/* The beginning of a text that makes at most `max` bytes of UTF-8, in whole
 * characters. Caller frees. */
static char *
paint_cut(const char *text, size_t max)
{
	char invalid[UTF8_MAX];
	size_t at = 0, len, n, room = max;
	uint32_t cp;

	while (text[at] != '\0') {
		len = utf8_decode(text + at, &cp);
		n = cp == UTF8_INVALID ? utf8_put(cp, invalid) : len;
		if (n > room)
			break;
		room -= n;
		at += len;
	}
	return xstrndup(text, at);
}

static void
paint_put_cut(struct jsonw *j, const char *key, const char *text, size_t max)
{
	char *cut;

	if (text == NULL)
		return;
	cut = paint_cut(text, max);
	jsonw_word(j, key, cut);
	free(cut);
}

static void
paint_put_look(struct jsonw *j, const struct paint_request *r)
{
	char color[sizeof("#rrggbb")];

	snprintf(color, sizeof(color), "#%06x", (unsigned)r->color & 0xffffff);
	paint_put_cut(j, "text", r->text, PAINT_TEXT_MAX);
	paint_put_cut(j, "font", r->font, PAINT_FONT_MAX);
	jsonw_int(j, "size", r->size);
	jsonw_word(j, "color", color);
	jsonw_int(j, "outline", r->outline);
	jsonw_fixed(j, "box", r->box / 255., 3);
	jsonw_int(j, "clusters", r->clusters);
}

void
paint_put_request(struct buf *out, const struct paint_request *r)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "id", r->id);
	if (r->image)
		jsonw_bool(&j, "image", true);
	else
		paint_put_look(&j, r);
	jsonw_int(&j, "width", r->width);
	jsonw_fixed(&j, "opacity", r->target.opacity / 255., 3);
	jsonw_word(&j, "format", pixfmt_names[r->target.format]);
	jsonw_word(&j, "matrix", paint_matrices[r->target.bt709]);
	jsonw_word(&j, "range", paint_ranges[r->target.full]);
	jsonw_object_end(&j);
}

void
paint_put_reply(struct buf *out, const struct paint_reply *r)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j, NULL);
	switch (r->kind) {
	case PAINT_READY:
		jsonw_bool(&j, "ready", true);
		jsonw_word(&j, "pango", r->said);
		break;
	case PAINT_TILE:
		jsonw_int(&j, "id", r->id);
		jsonw_int(&j, "w", r->w);
		jsonw_int(&j, "h", r->h);
		jsonw_int(&j, "bytes", r->bytes);
		jsonw_int(&j, "cpu_us", r->cpu_us);
		if (r->said[0] != '\0')
			jsonw_word(&j, "font", r->said);
		break;
	case PAINT_ERROR:
	case N_PAINT_KINDS:
		jsonw_int(&j, "id", r->id);
		jsonw_word(&j, "error", r->said);
		break;
	}
	jsonw_object_end(&j);
}

/* --- reading ------------------------------------------------------------- */

static const cJSON *
paint_get(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(o, key);
}

/* One whole object, or NULL. Caller deletes it. */
static cJSON *
paint_parse(const char *data, size_t len)
{
	const char *end = NULL;
	cJSON *o = cJSON_ParseWithLengthOpts(data, len, &end, 0);

	if (o != NULL && (!cJSON_IsObject(o) || end != data + len)) {
		cJSON_Delete(o);
		o = NULL;
	}
	return o;
}

/* A whole number in [least, most]. Otherwise *out stays as it is. */
static bool
paint_int(const cJSON *item, int64_t least, int64_t most, int64_t *out)
{
	double n;

	if (!cJSON_IsNumber(item))
		return false;
	n = item->valuedouble;
	if (!(n >= (double)least && n <= (double)most) ||
	    n != (double)(int64_t)n)
		return false;
	*out = (int64_t)n;
	return true;
}

/* A key, its range, and the variable for it. */
struct paint_key {
	const char *name;
	int least, most;
	int *out;
};

/* Optional keys; the name of one whose value is not valid, or NULL. */
static const char *
paint_ints(const cJSON *o, const struct paint_key *keys, size_t n)
{
	const cJSON *item;
	int64_t value;

	for (size_t i = 0; i < n; i++) {
		item = paint_get(o, keys[i].name);
		if (item == NULL)
			continue;
		if (!paint_int(item, keys[i].least, keys[i].most, &value))
			return keys[i].name;
		*keys[i].out = (int)value;
	}
	return NULL;
}

/* A part of 1, as one of 255. */
static bool
paint_part(const cJSON *item, uint8_t *out)
{
	if (item == NULL)
		return true;
	if (!cJSON_IsNumber(item) ||
	    !(item->valuedouble >= 0 && item->valuedouble <= 1))
		return false;
	*out = (uint8_t)(item->valuedouble * 255 + 0.5);
	return true;
}

/* A text of at most `max` bytes; *out is freed and replaced. */
static bool
paint_text(const cJSON *item, size_t max, char **out)
{
	if (item == NULL)
		return true;
	if (!cJSON_IsString(item) || strlen(item->valuestring) > max)
		return false;
	free(*out);
	*out = xstrdup(item->valuestring);
	return true;
}

static bool
paint_color(const cJSON *item, uint32_t *out)
{
	const char *s;

	if (item == NULL)
		return true;
	if (!cJSON_IsString(item))
		return false;
	s = item->valuestring;
	if (s[0] != '#' || strlen(s) != 7 ||
	    strspn(s + 1, "0123456789abcdefABCDEF") != 6)
		return false;
	*out = (uint32_t)strtoul(s + 1, NULL, 16);
	return true;
}

/* One of some words, by its index. */
static bool
paint_word(const cJSON *item, const char *const *words, int *out)
{
	if (item == NULL)
		return true;
	if (!cJSON_IsString(item))
		return false;
	*out = words_index(words, item->valuestring);
	return *out >= 0;
}

/* The target of the tile; the name of a bad key, or NULL. */
static const char *
paint_read_target(struct tile_target *t, const cJSON *o)
{
	int format = (int)t->format, matrix = t->bt709, range = t->full;

	if (!paint_part(paint_get(o, "opacity"), &t->opacity))
		return "opacity";
	if (!paint_word(paint_get(o, "format"), pixfmt_names, &format))
		return "format";
	if (!paint_word(paint_get(o, "matrix"), paint_matrices, &matrix))
		return "matrix";
	if (!paint_word(paint_get(o, "range"), paint_ranges, &range))
		return "range";
	t->format = (enum pixfmt)format;
	t->bt709 = matrix == 1;
	t->full = range == 1;
	return NULL;
}

/* The name of a bad key, or NULL. */
static const char *
paint_read_keys(struct paint_request *r, const cJSON *o)
{
	const struct paint_key ints[] = {
		{ "size", PAINT_SIZE_MIN, PAINT_SIZE_MAX, &r->size },
		{ "outline", 0, PAINT_OUTLINE_MAX, &r->outline },
		{ "clusters", 1, PAINT_CLUSTERS_MAX, &r->clusters },
		{ "width", 1, SIZE_SIDE_MAX, &r->width },
	};
	const cJSON *image = paint_get(o, "image");

	if (image != NULL && !cJSON_IsBool(image))
		return "image";
	r->image = cJSON_IsTrue(image);
	if (!paint_text(paint_get(o, "text"), PAINT_TEXT_MAX, &r->text))
		return "text";
	if (!paint_text(paint_get(o, "font"), PAINT_FONT_MAX, &r->font))
		return "font";
	if (!paint_color(paint_get(o, "color"), &r->color))
		return "color";
	if (!paint_part(paint_get(o, "box"), &r->box))
		return "box";
	return paint_ints(o, ints, NELEM(ints));
}

void
paint_request_init(struct paint_request *r)
{
	*r = (struct paint_request){ .size = 36,
		.outline = 2,
		.clusters = 120,
		.width = SIZE_SIDE_MAX,
		.color = 0xffffff,
		.target = { .format = PIX_BGR24, .opacity = 255 } };
}

void
paint_request_clear(struct paint_request *r)
{
	free(r->text);
	free(r->font);
	paint_request_init(r);
}

int
paint_read_request(
    struct paint_request *r, const char *data, size_t len, const char **cause)
{
	cJSON *o = paint_parse(data, len);

	paint_request_init(r);
	if (o == NULL) {
		*cause = "not a JSON object";
		return -1;
	}
	*cause = paint_int(paint_get(o, "id"), 1, PAINT_ID_MAX, &r->id) ? NULL
									: "id";
	if (*cause == NULL)
		*cause = paint_read_keys(r, o);
	if (*cause == NULL)
		*cause = paint_read_target(&r->target, o);
	cJSON_Delete(o);
	return *cause == NULL ? 0 : -1;
}

/* One line of text, harmless, cut. False: it is none. */
static bool
paint_said(const cJSON *item, char out[PAINT_SAID_MAX + 1])
{
	struct buf b;
	char *cut;

	if (!cJSON_IsString(item))
		return false;
	buf_init(&b, 0);
	text_plain(&b, item->valuestring, true);
	cut = paint_cut(buf_text(&b), PAINT_SAID_MAX);
	snprintf(out, PAINT_SAID_MAX + 1, "%s", cut);
	free(cut);
	buf_clear(&b);
	return true;
}

/* The name of a bad key, or NULL. */
static const char *
paint_read_tile(struct paint_reply *r, const cJSON *o)
{
	const struct paint_key sides[] = {
		{ "w", 1, SIZE_SIDE_MAX, &r->w },
		{ "h", 1, SIZE_SIDE_MAX, &r->h },
	};
	const cJSON *font = paint_get(o, "font");
	const char *bad = paint_ints(o, sides, NELEM(sides));

	r->kind = PAINT_TILE;
	if (bad != NULL)
		return bad;
	if (r->w == 0 || r->h == 0)
		return "w, h";
	if (!paint_int(paint_get(o, "bytes"), 1, PAINT_BYTES_MAX, &r->bytes))
		return "bytes";
	if (!paint_int(paint_get(o, "cpu_us"), 0, PAINT_ID_MAX, &r->cpu_us))
		return "cpu_us";
	if (font != NULL && !paint_said(font, r->said))
		return "font";
	return NULL;
}

/* The kind of a reply, and its values; the name of a bad key, or NULL. */
static const char *
paint_read_kind(struct paint_reply *r, const cJSON *o)
{
	const cJSON *error = paint_get(o, "error");

	if (paint_get(o, "ready") != NULL) {
		r->kind = PAINT_READY;
		if (!cJSON_IsTrue(paint_get(o, "ready")))
			return "ready";
		return paint_said(paint_get(o, "pango"), r->said) ? NULL
								  : "pango";
	}
	if (!paint_int(paint_get(o, "id"), error == NULL, PAINT_ID_MAX, &r->id))
		return "id";
	if (error == NULL)
		return paint_read_tile(r, o);
	r->kind = PAINT_ERROR;
	return paint_said(error, r->said) ? NULL : "error";
}

/* The line of a font is less than twice its size, the outline is on both
 * sides. */
static int
paint_height_max(const struct paint_request *r)
{
	return 2 * (r->size + r->outline + 1);
}

const char *
paint_refuses(
    const struct paint_reply *tile, const struct paint_request *r, int64_t file)
{
	int64_t pixels = (int64_t)tile->w * tile->h;

	if (tile->w > r->width)
		return "its tile is wider than asked for";
	if (!r->image && tile->h > paint_height_max(r))
		return "its tile is higher than its text";
	if (r->image && pixels > file / 4) /* of RGBA */
		return "its tile is larger than its image";
	if (tile->bytes > tile_bytes_max(r->target.format, tile->w, tile->h))
		return "its tile is longer than its size allows";
	return NULL;
}

int
paint_read_reply(
    struct paint_reply *r, const char *data, size_t len, const char **cause)
{
	cJSON *o = len > PAINT_REPLY_MAX ? NULL : paint_parse(data, len);

	*r = (struct paint_reply){ .kind = PAINT_ERROR };
	if (o == NULL) {
		*cause = "not a JSON object";
		return -1;
	}
	*cause = paint_read_kind(r, o);
	cJSON_Delete(o);
	return *cause == NULL ? 0 : -1;
}
