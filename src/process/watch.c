/* SPDX-License-Identifier: ISC */
/*
 * The descriptor of inotify is ours, the watches are added by the process that
 * looks: to name a file may be to wait for its disk.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/util.h"
#include "process/watch.h"

#define WATCH_SETTLE_S 0.05 /* a change of a file comes in several steps */
#define WATCH_POLL_S   30.0
#define WATCH_BLIND_S  5.0 /* the same without inotify */

#define WATCH_FILE (IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF)
#define WATCH_DIR  (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

/* --- in the process that looks ---------------------------------------------- */

/* The file, and its directory: a replaced file is another one. */
static void
watch_add(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".")
	    : slash == path	  ? xstrdup("/")
				  : xstrndup(path, (size_t)(slash - path));

	inotify_add_watch(STDIN_FILENO, dir, WATCH_DIR | IN_ONLYDIR);
	inotify_add_watch(STDIN_FILENO, path, WATCH_FILE);
	free(dir);
}

static struct watch_file
watch_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (struct watch_file){ .err = errno };
	return (struct watch_file){ .size = st.st_size,
		.mtime_ns = fs_mtime_ns(&st) };
}

/* Watched first, then looked at: nothing happens in between. */
static void
watch_work(const void *arg, int out)
{
	const struct watch *w = arg;

	for (size_t i = 0; i < w->paths.n; i++) {
		struct watch_file f;

		if (w->fd != -1)
			watch_add(w->paths.v[i]);
		f = watch_look(w->paths.v[i]);
		job_put(out, &f, sizeof(f));
	}
}

/* --- on our side -------------------------------------------------------------- */

/* The next look comes after so many seconds, if not earlier. */
static void
watch_arm(struct watch *w, double s)
{
	ev_timer_stop(w->loop, &w->timer);
	ev_timer_set(&w->timer, s, 0.0);
	ev_timer_start(w->loop, &w->timer);
}

static void
watch_begin(struct watch *w)
{
	w->again = job_is_busy(&w->job);
	if (w->again)
		return;
	ev_timer_stop(w->loop, &w->timer);
	job_start_with(&w->job, w->fd, watch_work, w);
}

static void
watch_done(void *ctx, const char *answer, size_t len, const char *why UNUSED)
{
	struct watch *w = ctx;
	size_t want = w->paths.n * sizeof(*w->files);

	watch_arm(w,
	    w->again	      ? WATCH_SETTLE_S
		: w->fd == -1 ? WATCH_BLIND_S
			      : WATCH_POLL_S);
	w->again = false;
	if (answer == NULL || len != want)
		return;
	memcpy(w->files, answer, want);
	if (w->looked != NULL)
		w->looked(w->ctx);
}

static void
watch_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	watch_begin(t->data);
}

/* Whether an event is about one of ours: for a directory, by the name in it. */
static bool
watch_concerns(const struct watch *w, const struct inotify_event *e)
{
	for (size_t i = 0; e->len > 0 && i < w->paths.n; i++) {
		const char *slash = strrchr(w->paths.v[i], '/');

		if (strcmp(slash == NULL ? w->paths.v[i] : slash + 1,
			e->name) == 0)
			return true;
	}
	return e->len == 0;
}

static void
watch_io_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	_Alignas(struct inotify_event) char chunk[4096];
	struct watch *w = io->data;
	bool ours = false;
	ssize_t n, at;

	while ((n = read(w->fd, chunk, sizeof(chunk))) > 0)
		for (at = 0; at < n;) {
			const struct inotify_event *e =
			    (const void *)(chunk + at);

			ours |= watch_concerns(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	if (ours && job_is_busy(&w->job))
		w->again = true;
	else if (ours)
		watch_arm(w, WATCH_SETTLE_S);
}

/* Watch nothing. */
static void
watch_close(struct watch *w)
{
	ev_timer_stop(w->loop, &w->timer);
	job_stop(&w->job);
	if (w->fd != -1) {
		ev_io_stop(w->loop, &w->io);
		close(w->fd);
	}
	w->fd = -1;
	w->again = false;
	free(w->files);
	w->files = NULL;
	strv_clear(&w->paths);
}

void
watch_init(
    struct watch *w, struct ev_loop *loop, void (*looked)(void *ctx), void *ctx)
{
	*w = (struct watch){
		.loop = loop, .fd = -1, .looked = looked, .ctx = ctx
	};
	job_init(&w->job, loop, watch_done, w);
	ev_init(&w->io, watch_io_cb);
	w->io.data = w;
	ev_init(&w->timer, watch_timer_cb);
	w->timer.data = w;
}

void
watch_clear(struct watch *w)
{
	watch_close(w);
}

static int
watch_cmp(const void *a, const void *b)
{
	const char *const *pa = a, *const *pb = b;

	return strcmp(*pa, *pb);
}

/* Watch these, sorted, instead of the old ones. */
static void
watch_open(struct watch *w, const struct strv *paths)
{
	watch_close(w);
	if (paths->n == 0)
		return;
	strv_append(&w->paths, paths);
	w->files = xcalloc(paths->n, sizeof(*w->files));
	for (size_t i = 0; i < paths->n; i++)
		w->files[i].err = -1;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd != -1) {
		ev_io_set(&w->io, w->fd, EV_READ);
		ev_io_start(w->loop, &w->io);
	}
	watch_begin(w);
}

void
watch_set(struct watch *w, const struct strv *paths)
{
	struct strv sorted = { 0 };

	strv_append(&sorted, paths);
	if (sorted.n > 0)
		qsort(sorted.v, sorted.n, sizeof(*sorted.v), watch_cmp);
	if (!strv_equal(&w->paths, &sorted))
		watch_open(w, &sorted);
	strv_clear(&sorted);
}

const struct watch_file *
watch_file(const struct watch *w, const char *path)
{
	char *const *found = w->paths.n == 0
	    ? NULL
	    : bsearch(&path, w->paths.v, w->paths.n, sizeof(path), watch_cmp);

	return found == NULL ? NULL : &w->files[found - w->paths.v];
}
