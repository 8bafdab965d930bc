/* SPDX-License-Identifier: ISC */
/*
 * Tiles: from premultiplied pixels to the bytes of a format, and checks of a
 * block of memory before it is trusted. Each byte of a format is a linear form
 * of the colours and alphas of the pixels that it covers: the offset of luma
 * and chroma is weighted by alpha, too.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/tile.h"

#define TILE_UNIT_MAX 4
#define TILE_STEP     16  /* spans grow by it: the blender's vectors */
#define TILE_POINT    18  /* fraction bits in a form */
#define TILE_BT709    720 /* lines of a frame, from here on */

/* The columns that a byte covers, of the one or two of a unit. */
enum tile_cover {
	COVER_FIRST,
	COVER_SECOND,
	COVER_BOTH
};

struct tile_byte {
	uint8_t channel, cover;
};

const struct tile_shape tile_shapes[N_PIXFMTS][TILE_PLANES] = {
	[PIX_BGR24] = { { 3, 0, 0 } },
	[PIX_RGB24] = { { 3, 0, 0 } },
	[PIX_GRAY] = { { 1, 0, 0 } },
	[PIX_YUV420P] = { { 1, 0, 0 }, { 1, 1, 1 }, { 1, 1, 1 } },
	[PIX_NV12] = { { 1, 0, 0 }, { 2, 1, 1 } },
	[PIX_YUYV422] = { { 4, 1, 0 } },
	[PIX_RGBA] = { { 4, 0, 0 } },
	[PIX_BGRA] = { { 4, 0, 0 } },
};

static const struct tile_byte
    tile_bytes[N_PIXFMTS][TILE_PLANES][TILE_UNIT_MAX] = {
	    [PIX_BGR24] = { { { CH_B, 0 }, { CH_G, 0 }, { CH_R, 0 } } },
	    [PIX_RGB24] = { { { CH_R, 0 }, { CH_G, 0 }, { CH_B, 0 } } },
	    [PIX_GRAY] = { { { CH_Y, 0 } } },
	    [PIX_YUV420P] = { { { CH_Y, 0 } }, { { CH_U, COVER_BOTH } },
		{ { CH_V, COVER_BOTH } } },
	    [PIX_NV12] = { { { CH_Y, 0 } },
		{ { CH_U, COVER_BOTH }, { CH_V, COVER_BOTH } } },
	    [PIX_YUYV422] = { { { CH_Y, 0 }, { CH_U, COVER_BOTH },
		{ CH_Y, COVER_SECOND }, { CH_V, COVER_BOTH } } },
	    [PIX_RGBA] = { { { CH_R, 0 }, { CH_G, 0 }, { CH_B, 0 },
		{ CH_A, 0 } } },
	    [PIX_BGRA] = { { { CH_B, 0 }, { CH_G, 0 }, { CH_R, 0 },
		{ CH_A, 0 } } },
    };

/* Sums of pixels, or the factors for them in a form. */
struct tile_sum {
	int r, g, b, a;
};

/* The source of all planes. The image has a transparent margin at the left, at
 * the right and below. The four channels of a pixel, of 16 bits each, are one
 * number, so that a sum of pixels is a sum of numbers. */
struct tile_maker {
	struct tile_sum forms[N_CHANNELS];
	enum pixfmt format;
	int w, h;
	uint64_t *pixels;
	size_t pitch;	   /* from row to row */
	uint8_t part[256]; /* of a byte, by the opacity */
};

/* One plane in one phase, under construction. */
struct tile_part {
	const struct tile_maker *m;
	const struct tile_byte *bytes;
	struct tile_shape shape;
	int phase; /* columns before the image */
	uint32_t columns, stride, rows;
	uint64_t last[2]; /* the pixels of the unit that was made last */
	size_t last_at;
	uint32_t *first;
	struct buf spans;
	uint8_t *colour, *inverse;
};

/* --- sides -------------------------------------------------------------- */

uint32_t
tile_side(int pixels, int shift)
{
	return ((uint32_t)pixels + (1u << shift) - 1) >> shift;
}

/* Only a plane with fewer columns than the frame has a second phase. */
static int
tile_phases(const struct tile_shape *s)
{
	return s->x_shift > 0 ? 2 : 1;
}

static bool
tile_is_size(int64_t w, int64_t h)
{
	return w >= 1 && h >= 1 && w <= SIZE_SIDE_MAX && h <= SIZE_SIDE_MAX &&
	    w * h <= TILE_AREA_MAX;
}

/* --- colours ------------------------------------------------------------ */

void
tile_target_init(struct tile_target *t, const struct geometry *g)
{
	t->format = g->format;
	t->bt709 = g->h >= TILE_BT709;
	t->full = g->format == PIX_GRAY;
	t->opacity = 255;
}

static struct tile_sum
tile_form(double r, double g, double b, double a)
{
	const double one = 1 << TILE_POINT;

	return (struct tile_sum){ .r = (int)llround(r * one),
		.g = (int)llround(g * one),
		.b = (int)llround(b * one),
		.a = (int)llround(a * one) };
}

/* ITU-R BT.601 2.5 and BT.709 3 and 4, times the opacity. */
static void
tile_forms(struct tile_sum forms[N_CHANNELS], const struct tile_target *t)
{
	double kr = t->bt709 ? 0.2126 : 0.299, kb = t->bt709 ? 0.0722 : 0.114;
	double kg = 1 - kr - kb, o = t->opacity / 255.0;
	double y = t->full ? o : o * 219 / 255;
	double c = t->full ? o / 2 : o * 112 / 255;
	double black = t->full ? 0 : o * 16 / 255, grey = o * 128 / 255;
	double u = c / (1 - kb), v = c / (1 - kr);

	forms[CH_Y] = tile_form(y * kr, y * kg, y * kb, black);
	forms[CH_U] = tile_form(-u * kr, -u * kg, c, grey);
	forms[CH_V] = tile_form(c, -v * kg, -v * kb, grey);
	forms[CH_R] = tile_form(o, 0, 0, 0);
	forms[CH_G] = tile_form(0, o, 0, 0);
	forms[CH_B] = tile_form(0, 0, o, 0);
	forms[CH_A] = tile_form(0, 0, 0, o);
}

/* A sum of 1 << shift pixels in a form: their mean, rounded. */
static int
tile_mean(const struct tile_sum *form, const struct tile_sum *s, int shift)
{
	int v =
	    form->r * s->r + form->g * s->g + form->b * s->b + form->a * s->a;

	return (v + (1 << (TILE_POINT + shift - 1))) >> (TILE_POINT + shift);
}

/* --- pixels ------------------------------------------------------------- */

/* A pixel as one number; no channel exceeds alpha. */
static uint64_t
tile_pixel(const uint8_t *bgra)
{
	uint64_t b = bgra[0], g = bgra[1], r = bgra[2], a = bgra[3];

	if (a == 0)
		return 0;
	if (a < 255) {
		b = b < a ? b : a;
		g = g < a ? g : a;
		r = r < a ? r : a;
	}
	return b | g << 16 | r << 32 | a << 48;
}

static struct tile_sum
tile_sum_of(uint64_t v)
{
	return (struct tile_sum){ .b = v & 0xffff,
		.g = v >> 16 & 0xffff,
		.r = v >> 32 & 0xffff,
		.a = (int)(v >> 48) };
}

static void
tile_take_pixels(struct tile_maker *m, const struct tile_image *image)
{
	size_t w = (size_t)image->w, h = (size_t)image->h;

	m->pitch = w + 2;
	m->pixels = xcalloc(m->pitch * (h + 1), sizeof(*m->pixels));
	for (size_t y = 0; y < h; y++) {
		const uint8_t *from = image->bgra + y * image->stride;
		uint64_t *to = m->pixels + y * m->pitch + 1;

		for (size_t x = 0; x < w; x++)
			to[x] = tile_pixel(from + 4 * x);
	}
}

/* --- building ----------------------------------------------------------- */

/* Bytes that are just a colour or alpha need no form. */
static void
tile_make_plain(struct tile_part *p, uint64_t pixel, size_t at)
{
	static const uint8_t place[N_CHANNELS] = {
		[CH_B] = 0, [CH_G] = 16, [CH_R] = 32, [CH_A] = 48
	};
	const uint8_t *part = p->m->part;
	uint8_t inverse = (uint8_t)(255 - part[pixel >> 48]);

	for (int i = 0; i < p->shape.unit; i++, at++) {
		p->inverse[at] = inverse;
		p->colour[at] =
		    part[pixel >> place[p->bytes[i].channel] & 0xff];
	}
}

/* A unit of the same pixels as the last one, like most within a letter. */
static void
tile_copy_unit(struct tile_part *p, size_t at)
{
	for (size_t i = 0; i < p->shape.unit; i++) {
		p->inverse[at + i] = p->inverse[p->last_at + i];
		p->colour[at + i] = p->colour[p->last_at + i];
	}
}

/* The bytes of a unit from the one or two columns that it covers. */
static void
tile_make_unit(struct tile_part *p, uint64_t first, uint64_t second, size_t at)
{
	const uint64_t pixels[] = { [COVER_FIRST] = first,
		[COVER_SECOND] = second,
		[COVER_BOTH] = first + second };
	const struct tile_byte *byte = p->bytes;

	p->last[0] = first;
	p->last[1] = second;
	p->last_at = at;
	for (int i = 0; i < p->shape.unit; i++, at++, byte++) {
		struct tile_sum s = tile_sum_of(pixels[byte->cover]);
		int shift = p->shape.y_shift + (byte->cover == COVER_BOTH);
		int alpha = tile_mean(
		    &p->m->forms[CH_A], &(struct tile_sum){ .a = s.a }, shift);
		int c = tile_mean(&p->m->forms[byte->channel], &s, shift);

		p->inverse[at] = (uint8_t)(255 - alpha);
		p->colour[at] = (uint8_t)(c < 0 ? 0 : c > alpha ? alpha : c);
	}
}

/* The first byte of a row from `at` on that is not empty. */
static uint32_t
tile_find(const uint8_t *inverse, uint32_t at, uint32_t stride)
{
	static const uint8_t empty[TILE_STEP] = { 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };

	while (stride - at >= TILE_STEP &&
	    memcmp(inverse + at, empty, TILE_STEP) == 0)
		at += TILE_STEP;
	while (at < stride && inverse[at] == 255)
		at++;
	return at;
}

/* Whole steps from the first byte on, if the row has room for them. */
static void
tile_make_spans(struct tile_part *p, const uint8_t *inverse)
{
	struct tile_span s = { 0, 0 };
	uint32_t at = tile_find(inverse, 0, p->stride), left;

	while (at < p->stride) {
		if (s.to == 0 || at >= s.to + TILE_GAP) {
			if (s.to > 0)
				buf_put(&p->spans, &s, sizeof(s));
			s.from = s.to = at;
		}
		while (s.to <= at) {
			left = p->stride - s.to;
			s.to += left < TILE_STEP ? left : TILE_STEP;
		}
		at = tile_find(inverse, s.to, p->stride);
	}
	if (s.to > 0)
		buf_put(&p->spans, &s, sizeof(s));
}

/* A unit by the shortest path; nothing if all of it is transparent. */
static void
tile_make_any(struct tile_part *p, uint64_t first, uint64_t second, size_t at)
{
	if (first + second == 0)
		return;
	if (p->bytes[0].channel >= CH_R)
		tile_make_plain(p, first, at);
	else if (first == p->last[0] && second == p->last[1])
		tile_copy_unit(p, at);
	else
		tile_make_unit(p, first, second, at);
}

static void
tile_make_row(struct tile_part *p, uint32_t row)
{
	size_t pitch = p->m->pitch, at = (size_t)row * p->stride;
	const uint64_t *px = p->m->pixels + (pitch << p->shape.y_shift) * row;
	const uint64_t *under = p->shape.y_shift > 0 ? px + pitch : NULL;
	uint32_t step = 1u << p->shape.x_shift, x = 1 - (uint32_t)p->phase;

	for (uint32_t i = 0; i < p->columns; i++, x += step) {
		uint64_t first = px[x], second = 0;

		if (step > 1)
			second = px[x + 1];
		if (under != NULL)
			first += under[x];
		if (under != NULL && step > 1)
			second += under[x + 1];
		tile_make_any(p, first, second, at + i * p->shape.unit);
	}
	tile_make_spans(p, p->inverse + at);
	p->first[row + 1] = (uint32_t)(p->spans.len / sizeof(struct tile_span));
}

/* Append at the next multiple of TILE_ALIGN. */
static int
tile_put(struct buf *out, const void *data, size_t len)
{
	static const uint8_t zero[TILE_ALIGN];
	size_t odd = out->len % TILE_ALIGN;

	if (odd > 0 && buf_put(out, zero, TILE_ALIGN - odd) == -1)
		return -1;
	return buf_put(out, data, len);
}

/* Make the part, and append it. */
static int
tile_make(struct tile_part *p, struct buf *out)
{
	size_t size = (size_t)p->rows * p->stride;
	int rc = -1;

	p->first = xcalloc((size_t)p->rows + 1, sizeof(*p->first));
	p->colour = xcalloc(size, 1);
	p->inverse = xcalloc(size, 1);
	memset(p->inverse, 255, size);
	for (uint32_t row = 0; row < p->rows; row++)
		tile_make_row(p, row);
	if (tile_put(out, p->first, (p->rows + 1) * sizeof(*p->first)) == 0 &&
	    tile_put(out, buf_text(&p->spans), p->spans.len) == 0 &&
	    tile_put(out, p->colour, size) == 0)
		rc = tile_put(out, p->inverse, size);
	free(p->first);
	free(p->colour);
	free(p->inverse);
	buf_clear(&p->spans);
	return rc;
}

static int
tile_make_plane(const struct tile_maker *m, int plane, struct buf *out)
{
	const struct tile_shape *s = &tile_shapes[m->format][plane];

	for (int phase = 0; s->unit > 0 && phase < tile_phases(s); phase++) {
		struct tile_part p = { .m = m,
			.bytes = tile_bytes[m->format][plane],
			.shape = *s,
			.phase = phase,
			.columns = tile_side(m->w + phase, s->x_shift),
			.rows = tile_side(m->h, s->y_shift) };

		p.stride = p.columns * s->unit;
		if (tile_make(&p, out) == -1)
			return -1;
	}
	return 0;
}

int
tile_build(struct buf *out, const struct tile_image *image,
    const struct tile_target *target)
{
	struct tile_head head = { .magic = TILE_MAGIC,
		.format = target->format,
		.w = (uint32_t)image->w,
		.h = (uint32_t)image->h };
	struct tile_maker m = {
		.format = target->format, .w = image->w, .h = image->h
	};
	int rc = 0;

	if (!tile_is_size(image->w, image->h) ||
	    buf_put(out, &head, sizeof(head)) == -1)
		return -1;
	tile_forms(m.forms, target);
	for (int v = 0; v <= 255; v++)
		m.part[v] = (uint8_t)tile_mean(
		    &m.forms[CH_A], &(struct tile_sum){ .a = v }, 0);
	tile_take_pixels(&m, image);
	for (int i = 0; rc == 0 && i < TILE_PLANES; i++)
		rc = tile_make_plane(&m, i, out);
	free(m.pixels);
	return rc;
}

/* --- reading ------------------------------------------------------------ */

/* Of one plane in one phase: each row with as many spans as have room. */
static int64_t
tile_part_max(const struct tile_shape *s, int phase, int w, int h)
{
	int64_t stride = (int64_t)tile_side(w + phase, s->x_shift) * s->unit;
	int64_t rows = tile_side(h, s->y_shift);
	int64_t spans = stride / (TILE_GAP + 1) + 1;

	return (rows + 1) * (int64_t)sizeof(uint32_t) +
	    rows * spans * (int64_t)sizeof(struct tile_span) +
	    2 * rows * stride + (int64_t)4 * (TILE_ALIGN - 1);
}

int64_t
tile_bytes_max(enum pixfmt format, int w, int h)
{
	int64_t bytes = sizeof(struct tile_head);

	for (int i = 0; i < TILE_PLANES; i++) {
		const struct tile_shape *s = &tile_shapes[format][i];

		for (int p = 0; s->unit > 0 && p < tile_phases(s); p++)
			bytes += tile_part_max(s, p, w, h);
	}
	return bytes;
}

/* A block, and how far it has been read. */
struct tile_reader {
	const uint8_t *mem;
	size_t at, len;
};

/* The next `n` items of a size, or NULL if the block ends before. */
static const void *
tile_take(struct tile_reader *r, size_t n, size_t size)
{
	size_t at = (r->at + TILE_ALIGN - 1) / TILE_ALIGN * TILE_ALIGN;

	if (at > r->len || n > (r->len - at) / size)
		return NULL;
	r->at = at + n * size;
	return r->mem + at;
}

/* Spans of a row: ascending, apart, within the row. */
static bool
tile_is_row(const struct tile_plane *p, uint32_t row)
{
	uint64_t from = 0;

	for (uint32_t i = p->first[row]; i < p->first[row + 1]; i++) {
		const struct tile_span *s = &p->spans[i];

		if (s->from < from || s->to <= s->from || s->to > p->stride)
			return false;
		from = (uint64_t)s->to + TILE_GAP;
	}
	return true;
}

static const char *
tile_read(struct tile_plane *p, struct tile_reader *r)
{
	p->first = tile_take(r, (size_t)p->rows + 1, sizeof(*p->first));
	if (p->first == NULL)
		return "rows are cut off";
	if (p->first[0] != 0)
		return "spans before the first row";
	for (uint32_t row = 0; row < p->rows; row++) {
		if (p->first[row + 1] < p->first[row])
			return "rows that go back";
	}
	p->spans = tile_take(r, p->first[p->rows], sizeof(*p->spans));
	if (p->spans == NULL)
		return "spans are cut off";
	for (uint32_t row = 0; row < p->rows; row++) {
		if (!tile_is_row(p, row))
			return "spans outside their row, or too close";
	}
	p->colour = tile_take(r, p->rows, p->stride);
	p->inverse = tile_take(r, p->rows, p->stride);
	if (p->colour == NULL || p->inverse == NULL)
		return "colours are cut off";
	return NULL;
}

/* All phases of a plane; a single one serves as both. */
static const char *
tile_read_plane(struct tile *t, struct tile_reader *r, int plane)
{
	const struct tile_shape *s = &tile_shapes[t->format][plane];
	struct tile_plane *p = t->planes[plane];
	const char *why = NULL;

	if (s->unit == 0)
		return NULL;
	for (int phase = 0; why == NULL && phase < tile_phases(s); phase++) {
		p[phase].rows = tile_side(t->h, s->y_shift);
		p[phase].stride = tile_side(t->w + phase, s->x_shift) * s->unit;
		why = tile_read(&p[phase], r);
	}
	if (tile_phases(s) == 1)
		p[1] = p[0];
	return why;
}

static const char *
tile_read_head(struct tile *t, const struct tile_head *head, enum pixfmt format)
{
	if (head->magic != TILE_MAGIC)
		return "not a tile, or of another version";
	if (head->format != (uint32_t)format)
		return "made for another pixel format";
	if (!tile_is_size(head->w, head->h))
		return "a size out of range";
	memset(t, 0, sizeof(*t));
	t->format = format;
	t->w = (int)head->w;
	t->h = (int)head->h;
	return NULL;
}

const char *
tile_open(struct tile *t, const void *mem, size_t len, enum pixfmt format)
{
	struct tile_reader r = { mem, sizeof(struct tile_head), len };
	const char *why;

	if (len < sizeof(struct tile_head))
		return "shorter than its head";
	if ((uintptr_t)mem % TILE_ALIGN != 0)
		return "not aligned";
	why = tile_read_head(t, mem, format);
	for (int i = 0; why == NULL && i < TILE_PLANES; i++)
		why = tile_read_plane(t, &r, i);
	if (why == NULL && r.at != len)
		return "longer than its parts";
	return why;
}
