/* SPDX-License-Identifier: ISC */
/*
 * Tiles: from premultiplied pixels to the bytes of a format, and checks of a
 * block of memory before it is trusted. Each byte of a format is a linear form
 * of the colours and alphas of the pixels that it covers: the offset of luma
 * and chroma is weighted by alpha, too. Chroma is computed at each column: at
 * every other one for one phase, at those between them for the other. The forms
 * are written with vectors for the same reason as in media/blend.c.
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
#define TILE_BT709    720 /* lines of a frame, from here on */
#define TILE_LANES    4	  /* columns at once */

#define TILE_PAIR 0xff00ff /* two channels of a pixel, with room for sums */

typedef int32_t tile_lanes __attribute__((vector_size(16)));
typedef float tile_floats __attribute__((vector_size(16)));

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

/* The factors of a form. */
struct tile_form {
	float r, g, b, a;
};

/* The source of all planes. The image has a transparent margin: one column at
 * the left, a row below, and some columns at the right. */
struct tile_maker {
	const struct tile_image *image;
	struct tile_form forms[N_CHANNELS];
	enum pixfmt format;
	uint32_t *pixels;  /* 0xaarrggbb; NULL: the format needs no forms */
	size_t pitch;	   /* from row to row */
	uint8_t part[256]; /* of a byte, by the opacity */

	/* One row of a plane, at each column: its channels, and the inverse
	 * alphas of one column and of two. */
	uint8_t *line[N_CHANNELS], *inverse[2];
};

/* One plane in one phase, under construction. */
struct tile_part {
	const struct tile_byte *bytes;
	struct tile_shape shape;
	int phase; /* columns before the image */
	uint32_t columns, stride, rows;
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

static struct tile_form
tile_form(double r, double g, double b, double a)
{
	return (struct tile_form){
		.r = (float)r, .g = (float)g, .b = (float)b, .a = (float)a
	};
}

/* ITU-R BT.601 2.5 and BT.709 3 and 4, times the opacity. */
static void
tile_forms(struct tile_form forms[N_CHANNELS], const struct tile_target *t)
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

/* --- pixels ------------------------------------------------------------- */

static void
tile_take_pixels(struct tile_maker *m)
{
	size_t w = (size_t)m->image->w, h = (size_t)m->image->h;

	m->pitch = (w + 2 + 2 * TILE_LANES) / TILE_LANES * TILE_LANES;
	m->pixels = xcalloc(m->pitch * (h + 1), sizeof(*m->pixels));
	for (size_t y = 0; y < h; y++) {
		const uint8_t *from = m->image->bgra + y * m->image->stride;
		uint32_t *to = m->pixels + y * m->pitch + 1;

		for (size_t x = 0; x < w; x++, from += 4)
			to[x] = from[0] | (uint32_t)from[1] << 8 |
			    (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
	}
}

/* --- forms -------------------------------------------------------------- */

/* The pixels that a byte covers: one or two columns, one or two rows. */
struct tile_cells {
	size_t under; /* the second row's distance; 0: one row */
	bool both;    /* two columns */
	float part;   /* of each pixel: 1, 1/2 or 1/4 */
};

/* Sums at four columns: of blue and red, and of green and alpha. */
struct tile_sums {
	tile_lanes br, ga;
};

static void
tile_add(struct tile_sums *s, const uint32_t *pixels)
{
	tile_lanes v;

	memcpy(&v, pixels, sizeof(v));
	s->br += v & TILE_PAIR;
	s->ga += v >> 8 & TILE_PAIR;
}

static struct tile_sums
tile_sum(const uint32_t *pixels, const struct tile_cells *of)
{
	struct tile_sums s = { { 0 }, { 0 } };

	tile_add(&s, pixels);
	if (of->both)
		tile_add(&s, pixels + 1);
	if (of->under > 0)
		tile_add(&s, pixels + of->under);
	if (of->both && of->under > 0)
		tile_add(&s, pixels + of->under + 1);
	return s;
}

/* Rounded, if it is not negative. */
static tile_lanes
tile_round(tile_floats v)
{
	return __builtin_convertvector(v + 0.5f, tile_lanes);
}

static void
tile_put_lanes(uint8_t *out, tile_lanes v)
{
	typedef uint8_t tile_four __attribute__((vector_size(TILE_LANES)));
	tile_four bytes = __builtin_convertvector(v, tile_four);

	memcpy(out, &bytes, sizeof(bytes));
}

static tile_floats
tile_times(tile_lanes v, float factor)
{
	return __builtin_convertvector(v, tile_floats) * factor;
}

/* Four bytes of a channel and their inverse alphas: means, and no colour above
 * its alpha. */
static void
tile_make_four(const struct tile_maker *m, int channel, size_t x, size_t at,
    const struct tile_cells *of)
{
	const struct tile_form *f = &m->forms[channel];
	struct tile_sums s = tile_sum(m->pixels + at + x, of);
	tile_lanes a = s.ga >> 16, alpha, v, high;

	if ((a[0] | a[1] | a[2] | a[3]) == 0)
		return; /* as most are */
	v = tile_round(
	    (tile_times(s.br & 0xffff, f->b) + tile_times(s.ga & 0xffff, f->g) +
		tile_times(s.br >> 16, f->r) + tile_times(a, f->a)) *
	    of->part);
	alpha = tile_round(tile_times(a, m->forms[CH_A].a * of->part));
	v &= v > 0;
	high = v > alpha;
	v = (alpha & high) | (v & ~high);
	tile_put_lanes(m->line[channel] + x, v);
	tile_put_lanes(m->inverse[of->both] + x, 255 - alpha);
}

/* The line of a channel in a row of a plane. */
static void
tile_make_line(struct tile_maker *m, const struct tile_byte *byte,
    const struct tile_shape *s, uint32_t row)
{
	size_t at = (m->pitch << s->y_shift) * row;
	struct tile_cells of = {
		.under = s->y_shift > 0 ? m->pitch : 0,
		.both = byte->cover == COVER_BOTH,
		.part = 1.0f /
		    (float)(1 << (s->y_shift + (byte->cover == COVER_BOTH))),
	};

	memset(m->line[byte->channel], 0, m->pitch);
	memset(m->inverse[of.both], 255, m->pitch);
	for (size_t x = 0; x + 2 * TILE_LANES <= m->pitch; x += TILE_LANES)
		tile_make_four(m, byte->channel, x, at, &of);
}

/* All lines of a row of a plane: a channel that occurs twice needs one. */
static void
tile_make_lines(struct tile_maker *m, const struct tile_byte *bytes,
    const struct tile_shape *s, uint32_t row)
{
	for (int i = 0; i < s->unit; i++) {
		if (bytes[i].cover != COVER_SECOND)
			tile_make_line(m, &bytes[i], s, row);
	}
}

/* --- building ----------------------------------------------------------- */

/* A row of a part out of the lines. */
static void
tile_pick(const struct tile_maker *m, struct tile_part *p, size_t at)
{
	uint32_t step = 1u << p->shape.x_shift, start = 1 - (uint32_t)p->phase;

	for (int i = 0; i < p->shape.unit; i++) {
		const struct tile_byte *byte = &p->bytes[i];
		uint32_t x = start + (byte->cover == COVER_SECOND);
		const uint8_t *line = m->line[byte->channel];
		const uint8_t *inverse = m->inverse[byte->cover == COVER_BOTH];

		for (uint32_t k = 0; k < p->columns; k++, x += step) {
			size_t to = at + (size_t)k * p->shape.unit + (size_t)i;

			p->colour[to] = line[x];
			p->inverse[to] = inverse[x];
		}
	}
}

/* A row of RGB: bytes that are just a colour or alpha need no form. */
static void
tile_copy(const struct tile_maker *m, struct tile_part *p, uint32_t row)
{
	static const uint8_t places[N_CHANNELS] = {
		[CH_B] = 0, [CH_G] = 1, [CH_R] = 2, [CH_A] = 3
	};
	const uint8_t *from = m->image->bgra + m->image->stride * row, *end;
	uint8_t *colour = p->colour + (size_t)row * p->stride;
	uint8_t *inverse = p->inverse + (size_t)row * p->stride;
	uint8_t place[TILE_UNIT_MAX];
	const int unit = p->shape.unit;

	for (int i = 0; i < unit; i++)
		place[i] = places[p->bytes[i].channel];
	end = from + (size_t)p->columns * 4;
	for (; from < end; from += 4, colour += unit, inverse += unit) {
		uint8_t alpha = m->part[from[3]];

		for (int i = 0; alpha > 0 && i < unit; i++) {
			uint8_t c = m->part[from[place[i]]];

			colour[i] = c < alpha ? c : alpha;
			inverse[i] = (uint8_t)(255 - alpha);
		}
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

static void
tile_make_row(const struct tile_maker *m, struct tile_part *p, uint32_t row)
{
	size_t at = (size_t)row * p->stride;

	if (m->pixels == NULL)
		tile_copy(m, p, row);
	else if (p->shape.unit == 1 && p->shape.x_shift == 0) {
		memcpy(p->colour + at, m->line[CH_Y] + 1, p->stride);
		memcpy(p->inverse + at, m->inverse[0] + 1, p->stride);
	} else
		tile_pick(m, p, at);
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

static void
tile_part_init(
    struct tile_part *p, const struct tile_maker *m, int plane, int phase)
{
	const struct tile_shape *s = &tile_shapes[m->format][plane];
	size_t size;

	*p = (struct tile_part){ .bytes = tile_bytes[m->format][plane],
		.shape = *s,
		.phase = phase,
		.columns = tile_side(m->image->w + phase, s->x_shift),
		.rows = tile_side(m->image->h, s->y_shift) };
	p->stride = p->columns * s->unit;
	size = (size_t)p->rows * p->stride;
	p->first = xcalloc((size_t)p->rows + 1, sizeof(*p->first));
	p->colour = xcalloc(size, 1);
	p->inverse = xcalloc(size, 1);
	memset(p->inverse, 255, size);
}

/* Append the part, and free it. */
static int
tile_part_put(struct tile_part *p, struct buf *out)
{
	size_t size = (size_t)p->rows * p->stride;
	int rc = -1;

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
tile_make_plane(struct tile_maker *m, int plane, struct buf *out)
{
	const struct tile_shape *s = &tile_shapes[m->format][plane];
	int n = tile_phases(s), rc = 0;
	struct tile_part parts[2];

	for (int i = 0; i < n; i++)
		tile_part_init(&parts[i], m, plane, i);
	for (uint32_t row = 0; row < parts[0].rows; row++) {
		if (m->pixels != NULL)
			tile_make_lines(m, parts[0].bytes, s, row);
		for (int i = 0; i < n; i++)
			tile_make_row(m, &parts[i], row);
	}
	for (int i = 0; i < n; i++) {
		if (tile_part_put(&parts[i], out) == -1)
			rc = -1;
	}
	return rc;
}

/* The pixels and the lines, where the format needs forms. */
static void
tile_maker_init(struct tile_maker *m, const struct tile_image *image,
    const struct tile_target *target)
{
	*m = (struct tile_maker){ .image = image, .format = target->format };
	tile_forms(m->forms, target);
	for (int v = 0; v <= 255; v++)
		m->part[v] = (uint8_t)lroundf(m->forms[CH_A].a * (float)v);
	if (tile_bytes[m->format][0][0].channel >= CH_R)
		return;
	tile_take_pixels(m);
	for (int i = 0; i < N_CHANNELS; i++)
		m->line[i] = xcalloc(m->pitch, 1);
	for (int i = 0; i < 2; i++)
		m->inverse[i] = xcalloc(m->pitch, 1);
}

static void
tile_maker_clear(struct tile_maker *m)
{
	free(m->pixels);
	for (int i = 0; i < N_CHANNELS; i++)
		free(m->line[i]);
	for (int i = 0; i < 2; i++)
		free(m->inverse[i]);
}

int
tile_build(struct buf *out, const struct tile_image *image,
    const struct tile_target *target)
{
	struct tile_head head = { .magic = TILE_MAGIC,
		.format = target->format,
		.w = (uint32_t)image->w,
		.h = (uint32_t)image->h };
	struct tile_maker m;
	int rc = 0;

	if (!tile_is_size(image->w, image->h) ||
	    buf_put(out, &head, sizeof(head)) == -1)
		return -1;
	tile_maker_init(&m, image, target);
	for (int i = 0; rc == 0 && i < TILE_PLANES; i++) {
		if (tile_shapes[m.format][i].unit > 0)
			rc = tile_make_plane(&m, i, out);
	}
	tile_maker_clear(&m);
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
