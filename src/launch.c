/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ffargs.h"
#include "launch.h"
#include "util.h"

/* --- files -------------------------------------------------------------- */

/* Names in a list are relative to the list, so they must be absolute. */
static void
launch_list_line(struct strv *lines, const char *name)
{
	char *full = realpath(name, NULL);

	ffargs_list_line(lines, full != NULL ? full : name);
	free(full);
}

/* Every file that a source's patterns match now, in order; a directory
 * stands for what is in it. */
static void
launch_glob(const struct profile_source *source, struct strv *files)
{
	for (size_t i = 0; i < source->files.n; i++) {
		const char *pattern = source->files.v[i];
		char *inside = xasprintf("%s/*", pattern);
		glob_t g;

		if (util_is_directory(pattern))
			pattern = inside;
		if (glob(pattern, 0, NULL, &g) == 0) {
			for (size_t k = 0; k < g.gl_pathc; k++)
				strv_push(files, g.gl_pathv[k]);
			globfree(&g);
		}
		free(inside);
	}
}

char *
launch_next_file(const struct profile *p, const char *last)
{
	struct strv files = { 0 };
	size_t next = 0;
	char *out = NULL;

	launch_glob(&p->source, &files);
	for (size_t i = 0; last != NULL && i < files.n; i++)
		if (strcmp(files.v[i], last) == 0)
			next = i + 1;
	if (next >= files.n && p->source.loop)
		next = 0;
	if (next < files.n)
		out = xstrdup(files.v[next]);
	strv_clear(&files);
	return out;
}

/* The files of a source's patterns, as a list for ffmpeg's concat demuxer in
 * a memory file. -1 with *cause. */
static int
launch_list_files(const struct profile_source *source, char **cause)
{
	struct strv files = { 0 }, lines = { 0 };
	int fd = -1;

	launch_glob(source, &files);
	for (size_t i = 0; i < files.n; i++)
		launch_list_line(&lines, files.v[i]);
	if (lines.n == 0)
		*cause = xasprintf(
		    "%s: No such file or directory", source->files.v[0]);
	else if ((fd = memfd_create("files", MFD_CLOEXEC)) == -1)
		*cause = xasprintf("memfd: %s", strerror(errno));
	for (size_t i = 0; fd != -1 && i < lines.n; i++)
		dprintf(fd, "%s\n", lines.v[i]);
	if (fd != -1)
		lseek(fd, 0, SEEK_SET);
	strv_clear(&files);
	strv_clear(&lines);
	return fd;
}

/* --- environment --------------------------------------------------------- */

/* A variable with a formatted value. */
static void __attribute__((format(printf, 3, 4)))
launch_setenvf(struct strv *env, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *value;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	strv_setenv(env, name, value);
	free(value);
}

/* What a program that brings pictures is told of them. */
static void
launch_producer_environment(
    struct strv *env, const struct profile *p, const struct plan_worker *w)
{
	const struct profile_source *src = &p->source;
	struct rate fps = src->h264.key.set ? src->h264.fps : src->frames.fps;

	launch_setenvf(env, "FFSUP_FD", "%d", w->out);
	if (fps.num > 0 && fps.den == 1)
		launch_setenvf(env, "FFSUP_FPS", "%lld", (long long)fps.num);
	else if (fps.num > 0)
		launch_setenvf(env, "FFSUP_FPS", "%lld/%lld",
		    (long long)fps.num, (long long)fps.den);
	if (src->h264.key.set) {
		strv_setenv(env, "FFSUP_FORMAT", "h264");
		return;
	}
	launch_setenvf(
	    env, "FFSUP_SIZE", "%dx%d", src->frames.size.w, src->frames.size.h);
	strv_setenv(env, "FFSUP_FORMAT", pixfmt_names[src->frames.format]);
}

/* The child's environment: ours, the profile's, and who it works for. */
static void
launch_environment(
    struct strv *env, const struct profile *p, const struct plan_worker *w)
{
	char *var;

	for (char **e = environ; *e != NULL; e++)
		strv_push(env, *e);
	strv_setenv(env, "AV_LOG_FORCE_NOCOLOR", "1");
	strv_setenv(env, "FFSUP_STREAM", p->name);
	strv_setenv(env, "FFSUP_WORKER", w->name);
	if (w->role == ROLE_PRODUCER)
		launch_producer_environment(env, p, w);
	for (size_t i = 0; i < p->env.n; i++) {
		const char *eq = strchr(p->env.v[i], '=');

		var = xstrndup(p->env.v[i], (size_t)(eq - p->env.v[i]));
		strv_setenv(env, var, eq + 1);
		free(var);
	}
}

/* --- in the child -------------------------------------------------------- */

/* An old option to a new ffmpeg would cost the stream; and what it writes to
 * has to be there. */
static int
launch_before(void *ctx, char *what, size_t size)
{
	const struct worker_launch *l = ctx;

	if (l->ffmpeg != NULL && probe_is_stale(l->ffmpeg)) {
		snprintf(what, size, "%s was replaced", l->ffmpeg->path);
		return ESTALE;
	}
	if (l->directory != NULL && util_mkdirs(l->directory, false) == -1) {
		snprintf(what, size, "making the directory %s", l->directory);
		return errno == ESTALE ? EIO : errno; /* a server's ESTALE */
	}
	return 0;
}

/* --- all of it ---------------------------------------------------------- */

int
launch_prepare(struct worker_launch *l, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg, char **cause)
{
	if (w->in == STDIN_LIST) {
		l->stdin_fd = launch_list_files(
		    profile_source_at(p, (size_t)w->source), cause);
		if (l->stdin_fd == -1)
			return -1;
	}
	l->before = launch_before;
	l->ctx = l;
	if (w->ffmpeg)
		l->ffmpeg = ffmpeg;
	ffargs_worker(&l->argv, p, w, ffmpeg->path, &ffmpeg->ver);
	launch_environment(&l->env, p, w);
	l->nice = (int)p->limits.nice;
	return 0;
}
