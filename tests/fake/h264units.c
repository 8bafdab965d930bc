/* SPDX-License-Identifier: ISC */
/*
 * For tests: the access units that ffsup finds in an H.264 byte stream, a line
 * each ("unit BYTES KEY SLICES"), and what the stream is ("stream WIDTH HEIGHT
 * PROFILE_IDC LEVEL_IDC REORDER GARBAGE"). With -t instead the stream as
 * MPEG-TS on stdout, as if its units had come at FPS.
 *
 *     h264units [-p BYTES-OF-A-PIECE] [-t FPS] FILE
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/h264.h"
#include "media/remux.h"

struct auqueue {
	size_t *len; /* of each */
	size_t n;
	struct h264_sps sps;
};

static void
take(void *ctx, const struct h264_unit *u)
{
	struct auqueue *v = ctx;

	v->len = xrealloc(v->len, v->n + 1, sizeof(*v->len));
	v->len[v->n++] = u->bytes;
	v->sps = *u->sps;
	printf("unit %zu %d %d\n", u->bytes, u->key, u->slices);
}

static bool
ignore(void *ctx UNUSED, const struct h264_unit *u UNUSED)
{
	return true;
}

static void
put(void *ctx UNUSED, uint8_t *data, size_t len)
{
	fwrite(data, 1, len, stdout);
}

/* Count the units without a word. */
static void
count(void *ctx, const struct h264_unit *u)
{
	struct auqueue *v = ctx;

	v->len = xrealloc(v->len, v->n + 1, sizeof(*v->len));
	v->len[v->n++] = u->bytes;
}

static void
feed(struct h264 *h, const struct buf *b, size_t piece)
{
	const uint8_t *data = (const uint8_t *)buf_text(b);

	for (size_t i = 0; i < b->len; i += piece)
		h264_feed(h, data + i, piece < b->len - i ? piece : b->len - i,
		    (int64_t)i);
	h264_end(h, true);
}

static void
list(const struct buf *b, size_t piece)
{
	struct auqueue v = { 0 };
	struct h264 h;

	h264_init(&h, take, &v);
	feed(&h, b, piece);
	printf("stream %d %d %d %d %d %llu\n", v.sps.width, v.sps.height,
	    v.sps.profile_idc, v.sps.level_idc, v.sps.reorder,
	    (unsigned long long)h.garbage);
	h264_clear(&h);
	free(v.len);
}

static void
remux(const struct buf *b, double fps)
{
	const struct remux_opts opts = { .unit = ignore, .put = put };
	const uint8_t *data = (const uint8_t *)buf_text(b);
	struct auqueue v = { 0 };
	struct remux r;
	struct h264 h;
	size_t at = 0;

	h264_init(&h, count, &v);
	feed(&h, b, 65536);
	h264_clear(&h);
	remux_init(&r, &opts);
	for (size_t i = 0; i < v.n; at += v.len[i++])
		remux_feed(&r, data + at, v.len[i],
		    (int64_t)(1e6 + (double)i * 1e6 / fps));
	remux_end(&r, true);
	remux_clear(&r);
	free(v.len);
}

int
main(int argc, char **argv)
{
	static char chunk[65536];
	struct buf b;
	size_t piece = 65536, n;
	double fps = 0;
	FILE *f;
	int c;

	while ((c = getopt(argc, argv, "p:t:")) != -1) {
		if (c == 'p')
			piece = (size_t)atoi(optarg);
		else
			fps = atof(optarg);
	}
	if (optind != argc - 1 || piece == 0 ||
	    (f = fopen(argv[optind], "rb")) == NULL)
		return 64;
	buf_init(&b, 0);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	fclose(f);
	if (fps > 0)
		remux(&b, fps);
	else
		list(&b, piece);
	buf_clear(&b);
	return 0;
}
