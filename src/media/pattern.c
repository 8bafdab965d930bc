/* SPDX-License-Identifier: ISC */
/*
 * Test patterns. A frame is painted in stripes: runs of colour across the
 * width, painted once and copied down. The table of components knows where each
 * format keeps its bytes.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/util.h"
#include "media/pattern.h"

#define PATTERN_CONTRAST 64 /* white minus black that still counts */

enum pattern_ink {
	INK_ONE, /* the blocks of "counter": the same in luma and in RGB */
	INK_ZERO,
	INK_WHITE, /* "smpte": 75 % bars and friends, BT.601 */
	INK_DARK,
	INK_GRAY,
	INK_YELLOW,
	INK_CYAN,
	INK_GREEN,
	INK_MAGENTA,
	INK_RED,
	INK_BLUE,
	INK_MINUS_I,
	INK_PLUS_Q,
	N_INKS
};

/* Bytes of one channel: at plane start + offset + x * step. */
struct pattern_component {
	enum pixchannel channel;     /* CH_U and CH_V: half the width */
	uint8_t plane, offset, step; /* step 0: no such component */
};

#define PATTERN_COMPONENTS 4
#define PATTERN_PLANES	   3

/* A stretch of one colour; one of ink N_INKS ends the row. */
struct pattern_run {
	int to; /* first column after it */
	enum pattern_ink ink;
};

const char *const pattern_names[N_PATTERNS + 1] = {
	[PATTERN_COUNTER] = "counter",
	[PATTERN_SMPTE] = "smpte",
	[PATTERN_NOISE] = "noise",
};

static const struct pattern_component
    pattern_components[][PATTERN_COMPONENTS] = {
	    [PIX_BGR24] = { { CH_B, 0, 0, 3 }, { CH_G, 0, 1, 3 },
		{ CH_R, 0, 2, 3 } },
	    [PIX_RGB24] = { { CH_R, 0, 0, 3 }, { CH_G, 0, 1, 3 },
		{ CH_B, 0, 2, 3 } },
	    [PIX_GRAY] = { { CH_Y, 0, 0, 1 } },
	    [PIX_YUV420P] = { { CH_Y, 0, 0, 1 }, { CH_U, 1, 0, 1 },
		{ CH_V, 2, 0, 1 } },
	    [PIX_NV12] = { { CH_Y, 0, 0, 1 }, { CH_U, 1, 0, 2 },
		{ CH_V, 1, 1, 2 } },
	    [PIX_YUYV422] = { { CH_Y, 0, 0, 2 }, { CH_U, 0, 1, 4 },
		{ CH_V, 0, 3, 4 } },
	    [PIX_RGBA] = { { CH_R, 0, 0, 4 }, { CH_G, 0, 1, 4 },
		{ CH_B, 0, 2, 4 }, { CH_A, 0, 3, 4 } },
	    [PIX_BGRA] = { { CH_B, 0, 0, 4 }, { CH_G, 0, 1, 4 },
		{ CH_R, 0, 2, 4 }, { CH_A, 0, 3, 4 } },
    };
_Static_assert(NELEM(pattern_components) == N_PIXFMTS, "every format");

static const uint8_t pattern_inks[][N_CHANNELS] = {
	/* Y, U, V, R, G, B, A */
	[INK_ONE] = { 235, 128, 128, 235, 235, 235, 255 },
	[INK_ZERO] = { 16, 128, 128, 16, 16, 16, 255 },
	[INK_WHITE] = { 235, 128, 128, 255, 255, 255, 255 },
	[INK_DARK] = { 16, 128, 128, 0, 0, 0, 255 },
	[INK_GRAY] = { 180, 128, 128, 191, 191, 191, 255 },
	[INK_YELLOW] = { 162, 44, 142, 191, 191, 0, 255 },
	[INK_CYAN] = { 131, 156, 44, 0, 191, 191, 255 },
	[INK_GREEN] = { 112, 72, 58, 0, 191, 0, 255 },
	[INK_MAGENTA] = { 84, 184, 198, 191, 0, 191, 255 },
	[INK_RED] = { 65, 100, 212, 191, 0, 0, 255 },
	[INK_BLUE] = { 35, 212, 114, 0, 0, 191, 255 },
	[INK_MINUS_I] = { 40, 152, 110, 0, 33, 76, 255 },
	[INK_PLUS_Q] = { 39, 167, 142, 50, 0, 106, 255 },
};
_Static_assert(NELEM(pattern_inks) == N_INKS, "a colour for every ink");

#define PATTERN_BARS 7

static const enum pattern_ink pattern_bars[PATTERN_BARS] = { INK_GRAY,
	INK_YELLOW, INK_CYAN, INK_GREEN, INK_MAGENTA, INK_RED, INK_BLUE };
static const enum pattern_ink pattern_castellation[PATTERN_BARS] = { INK_BLUE,
	INK_DARK, INK_MAGENTA, INK_DARK, INK_CYAN, INK_DARK, INK_GRAY };
static const enum pattern_ink pattern_base[PATTERN_BARS] = { INK_MINUS_I,
	INK_WHITE, INK_PLUS_Q, INK_DARK, INK_DARK, INK_DARK, INK_DARK };

/* --- painting ----------------------------------------------------------- */

/* The place of a plane in a frame. */
struct pattern_plane {
	uint8_t *data;
	size_t stride; /* bytes of a row; 0: no such plane */
	bool half;     /* half the height */
};

static bool
pattern_is_chroma(enum pixchannel channel)
{
	return channel == CH_U || channel == CH_V;
}

static int
pattern_half(int n, bool half)
{
	return half ? (n + 1) / 2 : n;
}

/* Lay the planes of a frame out in memory. */
static void
pattern_planes(const struct geometry *g, uint8_t *out,
    struct pattern_plane planes[PATTERN_PLANES])
{
	const struct pattern_component *c = pattern_components[g->format];
	size_t i, n, row;
	int rows;

	memset(planes, 0, PATTERN_PLANES * sizeof(*planes));
	for (i = 0; i < PATTERN_COMPONENTS && c[i].step > 0; i++) {
		n = (size_t)pattern_half(g->w, pattern_is_chroma(c[i].channel));
		row = n * c[i].step; /* yuyv422: the chroma pair is wider */
		if (row > planes[c[i].plane].stride)
			planes[c[i].plane].stride = row;
		planes[c[i].plane].half = c[i].plane > 0;
	}
	for (i = 0; i < PATTERN_PLANES; i++) {
		planes[i].data = out;
		rows = pattern_half(g->h, planes[i].half);
		out += planes[i].stride * (size_t)rows;
	}
}

/* One component of one row. */
static void
pattern_paint_row(uint8_t *row, const struct pattern_component *c,
    const struct pattern_run *runs)
{
	bool half = pattern_is_chroma(c->channel);
	int x = 0, to;

	for (; runs->ink != N_INKS; runs++) {
		for (to = pattern_half(runs->to, half); x < to; x++)
			row[c->offset + x * c->step] =
			    pattern_inks[runs->ink][c->channel];
	}
}

/* Paint rows [y0, y1) of a frame. */
static void
pattern_paint(const struct geometry *g, uint8_t *out, int y0, int y1,
    const struct pattern_run *runs)
{
	const struct pattern_component *c = pattern_components[g->format];
	struct pattern_plane planes[PATTERN_PLANES], *p;
	uint8_t *first;
	int i, y, to;

	pattern_planes(g, out, planes);
	for (p = planes; p < planes + PATTERN_PLANES; p++) {
		y = pattern_half(y0, p->half);
		to = pattern_half(y1, p->half);
		if (p->stride == 0 || y >= to)
			continue;
		first = p->data + (size_t)y * p->stride;
		for (i = 0; i < PATTERN_COMPONENTS && c[i].step > 0; i++) {
			if (c[i].plane == p - planes)
				pattern_paint_row(first, &c[i], runs);
		}
		if (g->format == PIX_YUYV422 && g->w % 2 == 1)
			first[p->stride - 2] = first[p->stride - 4];
		while (++y < to)
			memcpy(
			    p->data + (size_t)y * p->stride, first, p->stride);
	}
}

/* --- counter ------------------------------------------------------------ */

#define PATTERN_PAYLOAD 10		      /* number and wall clock */
#define PATTERN_CODE	(PATTERN_PAYLOAD + 2) /* with their sum */

_Static_assert(PATTERN_CODE * 8 == (PATTERN_ROWS - 2) * PATTERN_COLS,
    "number, clock and sum fill the grid between the calibration rows");

static unsigned
pattern_sum(const uint8_t code[PATTERN_CODE])
{
	unsigned sum = 0, i;

	for (i = 0; i < PATTERN_PAYLOAD; i++)
		sum += code[i];
	return sum & 0xffff;
}

static void
pattern_encode(uint8_t code[PATTERN_CODE], uint32_t number, int64_t wall)
{
	unsigned sum, i;

	for (i = 0; i < 4; i++)
		code[i] = (uint8_t)(number >> (24 - 8 * i));
	for (i = 0; i < 6; i++)
		code[4 + i] = (uint8_t)((uint64_t)wall >> (40 - 8 * i));
	sum = pattern_sum(code);
	code[PATTERN_PAYLOAD] = (uint8_t)(sum >> 8);
	code[PATTERN_PAYLOAD + 1] = (uint8_t)sum;
}

/* Whether a cell is white. */
static bool
pattern_cell(const uint8_t code[PATTERN_CODE], int row, int col)
{
	int bit = (row - 1) * PATTERN_COLS + col;

	if (row == 0)
		return col % 2 == 0;
	if (row == PATTERN_ROWS - 1)
		return col % 2 == 1;
	return code[bit / 8] >> (7 - bit % 8) & 1;
}

static void
pattern_draw_counter(
    const struct geometry *g, uint8_t *out, uint32_t number, int64_t wall)
{
	struct pattern_run runs[PATTERN_COLS + 1];
	uint8_t code[PATTERN_CODE];
	int row, col;

	pattern_encode(code, number, wall);
	runs[PATTERN_COLS].ink = N_INKS;
	for (row = 0; row < PATTERN_ROWS; row++) {
		for (col = 0; col < PATTERN_COLS; col++) {
			runs[col].to = (col + 1) * g->w / PATTERN_COLS;
			runs[col].ink =
			    pattern_cell(code, row, col) ? INK_ONE : INK_ZERO;
		}
		pattern_paint(g, out, row * g->h / PATTERN_ROWS,
		    (row + 1) * g->h / PATTERN_ROWS, runs);
	}
}

/* --- the others --------------------------------------------------------- */

static void
pattern_draw_bars(const struct geometry *g, uint8_t *out, int y0, int y1,
    const enum pattern_ink inks[PATTERN_BARS])
{
	struct pattern_run runs[PATTERN_BARS + 1];
	int i;

	for (i = 0; i < PATTERN_BARS; i++) {
		runs[i].to = (i + 1) * g->w / PATTERN_BARS;
		runs[i].ink = inks[i];
	}
	runs[PATTERN_BARS].ink = N_INKS;
	pattern_paint(g, out, y0, y1, runs);
}

/* Bars, and a white block that wanders through a dark stripe: alive. */
static void
pattern_draw_smpte(const struct geometry *g, uint8_t *out, uint32_t number)
{
	int block = g->w / 14 + 1, step = g->w / 120 + 1, x;
	int y1 = g->h * 2 / 3, y2 = g->h * 3 / 4, y3 = g->h * 13 / 16;
	struct pattern_run runs[4] = { { 0, INK_DARK }, { 0, INK_WHITE },
		{ g->w, INK_DARK }, { 0, N_INKS } };

	x = (int)((uint64_t)number * (unsigned)step % (unsigned)g->w);
	runs[0].to = x;
	runs[1].to = x + block < g->w ? x + block : g->w;
	pattern_draw_bars(g, out, 0, y1, pattern_bars);
	pattern_draw_bars(g, out, y1, y2, pattern_castellation);
	pattern_paint(g, out, y2, y3, runs);
	pattern_draw_bars(g, out, y3, g->h, pattern_base);
}

/* Eight bytes at a time, each 64..191: inside every legal range. */
static void
pattern_draw_noise(const struct geometry *g, uint8_t *out, uint32_t number)
{
	static const uint8_t alpha[8] = { 0, 0, 0, 255, 0, 0, 0, 255 };
	uint64_t state = (number + 1) * 0x9e3779b97f4a7c15, opaque = 0, v;
	size_t left;

	if (g->format == PIX_RGBA || g->format == PIX_BGRA)
		memcpy(&opaque, alpha, sizeof(opaque));
	for (left = g->bytes; left > 0;) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		v = (state & 0x7f7f7f7f7f7f7f7f) + 0x4040404040404040;
		v |= opaque;
		if (left < sizeof(v)) {
			memcpy(out, &v, left);
			return;
		}
		memcpy(out, &v, sizeof(v));
		out += sizeof(v);
		left -= sizeof(v);
	}
}

void
pattern_draw(enum pattern kind, const struct geometry *g, uint8_t *out,
    uint32_t number, int64_t wall)
{
	switch (kind) {
	case PATTERN_COUNTER:
		pattern_draw_counter(g, out, number, wall);
		break;
	case PATTERN_SMPTE:
		pattern_draw_smpte(g, out, number);
		break;
	case PATTERN_NOISE:
		pattern_draw_noise(g, out, number);
		break;
	case N_PATTERNS:
		break;
	}
}

/* A third of a channel's distance from its black (or grey, for chroma). */
static uint8_t
pattern_dimmed(enum pixchannel channel, uint8_t value)
{
	int zero = pattern_inks[INK_DARK][channel];

	if (channel == CH_A)
		return value;
	return (uint8_t)(zero + (value - zero) / 3);
}

/* Dim one channel of a whole frame: every `step`th byte of its plane. */
static void
pattern_dim_channel(const struct pattern_component *c, const uint8_t *from,
    uint8_t *to, size_t len)
{
	uint8_t table[256];

	for (int v = 0; v < 256; v++)
		table[v] = pattern_dimmed(c->channel, (uint8_t)v);
	for (size_t i = c->offset; i < len; i += c->step)
		to[i] = table[from[i]];
}

static void
pattern_dim(const struct geometry *g, const uint8_t *last, uint8_t *out)
{
	const struct pattern_component *c = pattern_components[g->format];
	struct pattern_plane planes[PATTERN_PLANES];

	pattern_planes(g, out, planes);
	for (int i = 0; i < PATTERN_COMPONENTS && c[i].step > 0; i++) {
		const struct pattern_plane *p = &planes[c[i].plane];
		int rows = pattern_half(g->h, p->half);

		pattern_dim_channel(&c[i], last + (p->data - out), p->data,
		    p->stride * (size_t)rows);
	}
}

#define PATTERN_SLATE_BARS 8 /* pairs of a bright and a dark one */

/* Bars that walk to the right, a quarter of a pair at a time. */
static void
pattern_draw_stripe(const struct geometry *g, uint8_t *out, unsigned number)
{
	struct pattern_run runs[2 * PATTERN_SLATE_BARS + 3];
	int y0 = g->h - g->h / 16 - 1, pair = g->w / PATTERN_SLATE_BARS + 1;
	int x = (int)(number % 4) * pair / 4 - pair, n = 0;

	for (; x < g->w; x += pair) {
		if (x + pair / 2 > 0)
			runs[n++] =
			    (struct pattern_run){ x + pair / 2, INK_GRAY };
		runs[n++] =
		    (struct pattern_run){ x + pair < g->w ? x + pair : g->w,
			    INK_DARK };
		if (n > 2 * PATTERN_SLATE_BARS)
			break;
	}
	for (int i = 0; i < n; i++)
		if (runs[i].to > g->w)
			runs[i].to = g->w;
	runs[n - 1].to = g->w;
	runs[n].ink = N_INKS;
	pattern_paint(g, out, y0 > 0 ? y0 : 0, g->h, runs);
}

void
pattern_slate(const struct geometry *g, const uint8_t *last, uint8_t *out,
    unsigned number)
{
	if (last == NULL)
		pattern_black(g, out);
	else
		pattern_dim(g, last, out);
	pattern_draw_stripe(g, out, number);
}

void
pattern_black(const struct geometry *g, uint8_t *out)
{
	const struct pattern_run runs[] = { { g->w, INK_DARK }, { 0, N_INKS } };

	if (g->format == PIX_GRAY) /* full range in ffmpeg */
		memset(out, 0, g->bytes);
	else
		pattern_paint(g, out, 0, g->h, runs);
}

/* --- reading ------------------------------------------------------------ */

/* A received luma plane and its white level. */
struct pattern_view {
	const uint8_t *luma;
	int w, h;
	int white, black; /* means of the calibration cells */
};

/* Mean of the rectangle [x0, x1) x [y0, y1). */
static int
pattern_mean(const struct pattern_view *v, int x0, int y0, int x1, int y1)
{
	int64_t sum = 0;
	int x, y;

	for (y = y0; y < y1; y++) {
		for (x = x0; x < x1; x++)
			sum += v->luma[(size_t)y * (size_t)v->w + (size_t)x];
	}
	return (int)(sum / ((int64_t)(x1 - x0) * (y1 - y0)));
}

/* The central third [*from, *to) of part i out of n, at least one wide. */
static void
pattern_centre(int size, int i, int n, int *from, int *to)
{
	int start = i * size / n, end = (i + 1) * size / n;
	int third = (end - start) / 3;

	*from = start + third;
	*to = end - third;
}

static int
pattern_sample(const struct pattern_view *v, int row, int col)
{
	int x0, x1, y0, y1;

	pattern_centre(v->w, col, PATTERN_COLS, &x0, &x1);
	pattern_centre(v->h, row, PATTERN_ROWS, &y0, &y1);
	return pattern_mean(v, x0, y0, x1, y1);
}

/* Learn white and black from row 0. False without contrast. */
static bool
pattern_calibrate(struct pattern_view *v)
{
	int col;

	v->white = v->black = 0;
	for (col = 0; col < PATTERN_COLS; col++) {
		if (col % 2 == 0)
			v->white += pattern_sample(v, 0, col);
		else
			v->black += pattern_sample(v, 0, col);
	}
	v->white /= PATTERN_COLS / 2;
	v->black /= PATTERN_COLS / 2;
	return v->white - v->black >= PATTERN_CONTRAST;
}

static bool
pattern_is_white(const struct pattern_view *v, int mean)
{
	return mean > (v->white + v->black) / 2;
}

/*
 * Whether the outermost lines of the frame have the colour of their cell. A
 * frame that slipped by a few bytes wraps round, and white meets black exactly
 * there: at the left edge for a shift to the right, and so on.
 */
static bool
pattern_is_straight(const struct pattern_view *v, int row, bool first_white)
{
	int edge = row == 0 ? 0 : v->h - 1, col, x0, x1, y0, y1;
	bool left, right, line;

	for (col = 0; col < PATTERN_COLS; col++) {
		pattern_centre(v->w, col, PATTERN_COLS, &x0, &x1);
		line = pattern_is_white(
		    v, pattern_mean(v, x0, edge, x1, edge + 1));
		if (line != (first_white == (col % 2 == 0)) ||
		    line != pattern_is_white(v, pattern_sample(v, row, col)))
			return false;
	}
	pattern_centre(v->h, row, PATTERN_ROWS, &y0, &y1);
	left = pattern_is_white(v, pattern_mean(v, 0, y0, 1, y1));
	right = pattern_is_white(v, pattern_mean(v, v->w - 1, y0, v->w, y1));
	return left == first_white && right != first_white;
}

static void
pattern_read_code(const struct pattern_view *v, uint8_t code[PATTERN_CODE])
{
	int bit;

	memset(code, 0, PATTERN_CODE);
	for (bit = 0; bit < PATTERN_CODE * 8; bit++) {
		if (pattern_is_white(v,
			pattern_sample(
			    v, 1 + bit / PATTERN_COLS, bit % PATTERN_COLS)))
			code[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

bool
pattern_read(const uint8_t *luma, int w, int h, uint32_t *number, int64_t *wall)
{
	struct pattern_view v = { .luma = luma, .w = w, .h = h };
	uint8_t code[PATTERN_CODE];
	int i;

	if (w < PATTERN_COLS || h < PATTERN_ROWS || !pattern_calibrate(&v) ||
	    !pattern_is_straight(&v, 0, true) ||
	    !pattern_is_straight(&v, PATTERN_ROWS - 1, false))
		return false;
	pattern_read_code(&v, code);
	if (pattern_sum(code) !=
	    ((unsigned)code[PATTERN_PAYLOAD] << 8 | code[PATTERN_PAYLOAD + 1]))
		return false;
	*number = 0;
	for (i = 0; i < 4; i++)
		*number = *number << 8 | code[i];
	*wall = 0;
	for (i = 4; i < PATTERN_PAYLOAD; i++)
		*wall = *wall << 8 | code[i];
	return true;
}
