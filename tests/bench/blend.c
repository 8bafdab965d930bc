/* SPDX-License-Identifier: ISC */
/*
 * blend FORMAT: ms of CPU that comments take on a frame of 1920x1080. Comments
 * of twelve signs of 36 pixels, with an outline, are laid on a copy of a clean
 * frame as at each beat; the copy and the blending are measured in turn, the
 * best of several rounds. Prints the part of a tile that is not empty, ms of
 * the copy, of building and of opening a tile; then pairs of comments and ms.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/blend.h"
#include "media/pattern.h"

#define ROUNDS	 60
#define COMMENTS 200
#define SIGNS	 12
#define SIGN	 36
#define LANE	 44
#define WIDTH	 (SIGNS * SIGN + 8)
#define LANES	 24

struct comment {
	struct buf block;
	struct tile tile;
	int x, y;
};

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
keep_least(double *least, double ms)
{
	if (*least == 0 || ms < *least)
		*least = ms;
}

static unsigned
next(unsigned *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 16 & 0x7fff;
}

/* --- signs -------------------------------------------------------------- */

/* How much of a point is covered by a line, 0..1, and by its outline. */
struct ink {
	double line, outline;
};

/* A line from (x0, y0), straight along one axis; 3 pixels and 2 around it. */
static void
draw_line(struct ink *ink, double x0, double y0, double x1, double y1)
{
	for (int i = 0; i < WIDTH * LANE; i++) {
		int column = i % WIDTH, row = i / WIDTH;
		double x = column, y = row;
		double dx = x < x0 ? x0 - x : x > x1 ? x - x1 : 0;
		double dy = y < y0 ? y0 - y : y > y1 ? y - y1 : 0;
		double d = dx > dy ? dx : dy;
		double line = 2 - d, outline = 4 - d;

		line = line < 0 ? 0 : line > 1 ? 1 : line;
		outline = outline < 0 ? 0 : outline > 1 ? 1 : outline;
		if (line > ink[i].line)
			ink[i].line = line;
		if (outline > ink[i].outline)
			ink[i].outline = outline;
	}
}

/* A sign of one to three strokes across and one or two down. */
static void
draw_sign(struct ink *ink, int left, unsigned *state, int down)
{
	int across = 1 + (int)(next(state) % 3);

	for (int i = 0; i < across; i++) {
		double y = 8 + next(state) % 28 + 0.3;

		draw_line(ink, left + 6, y, left + 30, y);
	}
	for (int i = 0; i < down; i++) {
		double x = left + 8 + next(state) % 20 + 0.6;

		draw_line(ink, x, 8, x, 36);
	}
}

/* White with a black outline, premultiplied; the part that is not empty. */
static double
draw(uint8_t *bgra, unsigned state)
{
	struct ink *ink = xcalloc((size_t)WIDTH * LANE, sizeof(*ink));
	int n = 0;

	for (int i = 0; i < SIGNS; i++)
		draw_sign(ink, 4 + i * SIGN, &state, 1 + i % 2);
	for (int i = 0; i < WIDTH * LANE; i++) {
		uint8_t white = (uint8_t)(ink[i].line * 255 + 0.5);

		memset(bgra + 4 * i, white, 3);
		bgra[4 * i + 3] = (uint8_t)(ink[i].outline * 255 + 0.5);
		n += ink[i].outline > 0;
	}
	free(ink);
	return (double)n / (WIDTH * LANE);
}

/* --- the run ------------------------------------------------------------ */

struct run {
	struct geometry g;
	struct comment comments[COMMENTS];
	uint8_t *clean, *frame;
	double share, copy_ms, build_ms, open_ms;
};

/* A comment is drawn, built and opened; lanes are filled one after another. */
static void
run_add(struct run *r, unsigned i)
{
	struct comment *c = &r->comments[i];
	uint8_t *bgra = xcalloc((size_t)WIDTH * LANE, 4);
	struct tile_image image = { bgra, (size_t)WIDTH * 4, WIDTH, LANE };
	struct tile_target target;
	double from;

	r->share += draw(bgra, i + 1) / COMMENTS;
	tile_target_init(&target, &r->g);
	buf_init(&c->block, 0);
	from = cpu_ms();
	tile_build(&c->block, &image, &target);
	keep_least(&r->build_ms, cpu_ms() - from);
	from = cpu_ms();
	if (tile_open(&c->tile, buf_text(&c->block), c->block.len,
		r->g.format) != NULL)
		exit(1);
	keep_least(&r->open_ms, cpu_ms() - from);
	c->x = (int)((i / LANES * 517 + i * 131) % (1920 - WIDTH));
	c->y = (int)(i % LANES) * LANE;
	free(bgra);
}

/* ms of blending so many comments; the copy before it is measured, too. */
static double
run_measure(struct run *r, int comments)
{
	double least = 0, from, copied;

	for (int round = 0; round < ROUNDS; round++) {
		from = cpu_ms();
		memcpy(r->frame, r->clean, r->g.bytes);
		copied = cpu_ms();
		for (int i = 0; i < comments; i++) {
			const struct comment *c = &r->comments[i];

			blend_tile(
			    &r->g, r->frame, &c->tile, c->x + round % 8, c->y);
		}
		keep_least(&least, cpu_ms() - copied);
		keep_least(&r->copy_ms, copied - from);
	}
	return least;
}

static enum pixfmt
format_of(const char *name)
{
	for (int i = 0; i < N_PIXFMTS; i++) {
		if (strcmp(pixfmt_names[i], name) == 0)
			return i;
	}
	exit(64);
}

int
main(int argc, char **argv)
{
	static const int counts[] = { 0, 10, 50, 100, 200 };
	static struct run r;
	double ms[NELEM(counts)];

	if (argc != 2 ||
	    frame_geometry_init(&r.g, format_of(argv[1]), 1920, 1080) == -1)
		return 64;
	r.clean = xcalloc(r.g.bytes, 1);
	r.frame = xcalloc(r.g.bytes, 1);
	pattern_draw(PATTERN_NOISE, &r.g, r.clean, 1, 0);
	for (unsigned i = 0; i < COMMENTS; i++)
		run_add(&r, i);
	for (size_t i = 0; i < NELEM(counts); i++)
		ms[i] = run_measure(&r, counts[i]);
	printf("%f %f %f %f", r.share, r.copy_ms, r.build_ms, r.open_ms);
	for (size_t i = 0; i < NELEM(counts); i++)
		printf(" %d %f", counts[i], ms[i]);
	printf("\n");
	return 0;
}
