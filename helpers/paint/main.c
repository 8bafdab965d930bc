/* SPDX-License-Identifier: ISC */
/*
 * ffsup-paint: draws text for a daemon in a separate process, so that a font
 * that breaks it breaks nothing else. Descriptor 0 is a socket; media/paint.h
 * has the protocol.
 */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/util.h"
#include "media/paint.h"
#include "paint/draw.h"
#include "paint/jail.h"
#include "paint/pam.h"
#include "paint/picture.h"
#include "paint/serve.h"

/* Memory of this size is kept for the next text, in bytes: to get it from the
 * kernel and to give it back takes as long as to draw. */
#define MAIN_KEPT (16 << 20)

/* Processor time of this process. */
static int64_t
main_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
main_say(struct paint_reply *reply, const char *text)
{
	snprintf(reply->said, sizeof(reply->said), "%s", text);
}

/* Paint the image for a request; NULL, or the reason for a failure. */
static const char *
main_picture(struct draw *d, const struct paint_request *r, int file,
    struct picture *p, struct paint_reply *reply)
{
	const char *cause, *instead = NULL;

	if (r->image && file == -1)
		return "no file came with it";
	if (r->image)
		cause = pam_read_file(p, file);
	else
		cause = draw_text(d, r, p, &instead);
	if (instead != NULL)
		main_say(reply, instead);
	if (cause == NULL && p->w > r->width)
		cause = "wider than asked for";
	return cause;
}

/* The tile of an image, sealed; -1 with *cause. */
static int
main_tile(const struct picture *p, const struct tile_target *target,
    struct paint_reply *reply, const char **cause)
{
	const struct tile_image image = { .bgra = p->bgra,
		.stride = (size_t)p->w * 4,
		.w = p->w,
		.h = p->h };
	struct buf tile;
	int fd = -1;

	buf_init(&tile, PAINT_BYTES_MAX);
	if (tile_build(&tile, &image, target) == -1)
		*cause = "too large";
	else if ((fd = serve_seal(&tile)) == -1)
		*cause = "no memory for it";
	reply->w = p->w;
	reply->h = p->h;
	reply->bytes = (int64_t)tile.len;
	buf_clear(&tile);
	return fd;
}

/* Answer a request; -1: the other end is closed. */
static int
main_paint(struct draw *d, const struct paint_request *r, int file)
{
	int64_t since = main_cpu_us();
	struct paint_reply reply = { .kind = PAINT_TILE, .id = r->id };
	struct picture p = { .bgra = NULL };
	const char *cause = main_picture(d, r, file, &p, &reply);
	int fd = -1, rc;

	if (cause == NULL)
		fd = main_tile(&p, &r->target, &reply, &cause);
	picture_clear(&p);
	if (cause != NULL) {
		reply.kind = PAINT_ERROR;
		main_say(&reply, cause);
	}
	reply.cpu_us = main_cpu_us() - since;
	rc = serve_send(STDIN_FILENO, &reply, fd);
	if (fd != -1)
		close(fd);
	return rc;
}

static int
main_refuse(const struct paint_request *r, const char *cause)
{
	struct paint_reply reply = { .kind = PAINT_ERROR, .id = r->id };

	snprintf(reply.said, sizeof(reply.said), "bad request: %s", cause);
	return serve_send(STDIN_FILENO, &reply, -1);
}

/* Serve until the other end is closed. */
static void
main_serve(struct draw *d)
{
	struct paint_request r;
	const char *cause = NULL;
	enum serve_got got;
	int file, rc = 0;

	do {
		got = serve_receive(STDIN_FILENO, &r, &file, &cause);
		if (got == SERVE_REQUEST)
			rc = main_paint(d, &r, file);
		else if (got == SERVE_BAD)
			rc = main_refuse(&r, cause);
		if (file != -1)
			close(file);
		paint_request_clear(&r);
	} while (got != SERVE_END && rc == 0);
}

static bool
main_is_asked(void)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) ==
	    0 &&
	    type == SOCK_SEQPACKET;
}

int
main(void)
{
	struct paint_reply ready = { .kind = PAINT_READY };
	const char *cause;
	struct draw d;

	if (!main_is_asked()) {
		fprintf(stderr,
		    "ffsup-paint: started by ffsup, with a socket"
		    " at descriptor 0\n");
		return EXIT_USAGE;
	}
	jail_limit();
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, MAIN_KEPT);
	mallopt(M_TRIM_THRESHOLD, MAIN_KEPT);
#endif
	draw_init(&d);
	cause = draw_warm(&d);
	if (cause != NULL) {
		fprintf(stderr, "ffsup-paint: cannot draw text: %s\n", cause);
		return EXIT_FAILED;
	}
	jail_close_files();
	main_say(&ready, pango_version_string());
	if (serve_send(STDIN_FILENO, &ready, -1) == 0)
		main_serve(&d);
	draw_clear(&d);
	return 0;
}
