/* SPDX-License-Identifier: ISC */
/* File -> ffmpeg -> PAM in a memfd -> painter -> tile. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/strv.h"
#include "base/util.h"
#include "ffmpeg/ffjobs.h"
#include "link/ground.h"
#include "link/logo.h"
#include "process/probe.h"

/* The largest image that is read: a frame of the largest screens. */
#define LOGO_BYTES_MAX ((size_t)64 << 20)

/* Close the memory of an image. */
static void
logo_drop_file(struct logo *l)
{
	painter_cancel(l->ground->painter, &l->task);
	if (l->task.file != -1)
		close(l->task.file);
	l->task.file = -1;
}

static void
logo_painted(struct painter_task *t, struct painted *tile, const char *why)
{
	struct logo *l = t->ctx;

	logo_drop_file(l);
	if (tile == NULL) {
		l->trouble(l, why);
		return;
	}
	painted_free(l->tile);
	l->tile = tile;
	l->ground->changes++;
}

/* Bytes in an unnamed file, or -1 with errno. */
static int
logo_make_file(const uint8_t *data, size_t len)
{
	int fd = memfd_create("image", MFD_CLOEXEC), err;

	if (fd == -1 || fs_write_all(fd, data, len) == len)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void
logo_grabbed(void *ctx, uint8_t *data, size_t len, const char *why)
{
	struct logo *l = ctx;

	if (data == NULL) {
		l->trouble(l, why);
		return;
	}
	logo_drop_file(l);
	l->task.file = logo_make_file(data, len);
	free(data);
	if (l->task.file == -1) {
		l->trouble(l, strerror(errno));
		return;
	}
	paint_request_clear(&l->task.request);
	ground_request(l->ground, &l->task.request, l->keys);
	painter_ask(l->ground->painter, &l->task);
}

/* Read the image when it exists and is not the one read before. */
static void
logo_looked(void *ctx)
{
	struct logo *l = ctx;
	const struct watch_file *file = watch_file(&l->watch, l->path);
	int64_t mtime = file->err != 0 ? 0 : file->mtime_ns;
	struct strv argv = { 0 };

	if (mtime == l->mtime_ns)
		return;
	l->mtime_ns = mtime;
	if (mtime == 0) {
		l->trouble(l, strerror(file->err));
		capture_stop(&l->grab);
		return;
	}
	ffjobs_image(&argv, l->ground->ffmpeg->path, l->path, l->keys->size);
	capture_start_from(&l->grab, &argv, -1, LOGO_BYTES_MAX);
	strv_clear(&argv);
}

void
logo_init(struct logo *l, struct ground *ground)
{
	*l = (struct logo){ .ground = ground, .mtime_ns = -1 };
	l->task.file = -1;
	l->task.done = logo_painted;
	l->task.ctx = l;
	capture_init(&l->grab, ground->loop, logo_grabbed, l);
	watch_init(&l->watch, ground->loop, logo_looked, l);
}

void
logo_clear(struct logo *l)
{
	watch_clear(&l->watch);
	capture_stop(&l->grab);
	logo_drop_file(l);
	paint_request_clear(&l->task.request);
	painted_free(l->tile);
	free(l->path);
}

void
logo_set(struct logo *l, const struct profile_overlay *keys)
{
	struct strv paths = { 0 };

	l->keys = keys;
	l->mtime_ns = -1; /* another size, or a file of the same age */
	capture_stop(&l->grab);
	free(l->path);
	l->path = xstrdup(keys->file);
	strv_push(&paths, l->path);
	watch_set(&l->watch, &paths);
	strv_clear(&paths);
	if (watch_file(&l->watch, l->path)->err != -1)
		logo_looked(l);
}
