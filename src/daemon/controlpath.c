/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/controlpath.h"
#include "process/lock.h"
#include "process/pathkeeper.h"

#define CONTROLPATH_TROUBLE_EVERY 60 /* checks: five minutes */

/* --- in the process ------------------------------------------------------- */

/* The result of a look at the lock and the socket. */
struct controlpath_seen {
	struct lock_seen lock;
	bool in_place; /* the socket's name leads to ours */
	int fd;	       /* it did not: another one, where that is not -1 */
	dev_t dev;
	ino_t ino;
	char cause[128]; /* why it has none */
};

/* Listen, and remember the object of the name. As sock_listen(). */
static int
controlpath_make(
    const char *path, struct controlpath_seen *seen, const char **cause)
{
	struct stat st;

	seen->fd = sock_listen(path, cause);
	if (seen->fd == -1)
		return -1;
	if (path[0] != '@' && lstat(path, &st) == 0) {
		seen->dev = st.st_dev;
		seen->ino = st.st_ino;
	}
	return 0;
}

/* Whether the name still leads to our socket. */
static bool
controlpath_is_in_place(const struct controlpath *s)
{
	/* an abstract one has no file */
	return s->path[0] == '@' || fs_leads_to(s->path, s->dev, s->ino);
}

/* Whether the place is ours, as far as the lock shows: we do not fight for
 * another daemon's. */
static bool
controlpath_is_ours(const struct controlpath *s, const struct lock_seen *seen)
{
	return seen->state == LOCK_HELD ||
	    /* which keeps others away, too */
	    (seen->state == LOCK_UNABLE && s->lock->guard != -1);
}

/* In a process that may wait: when the directory was cleaned up, or something
 * else is in our place, make the lock, or the socket, again. */
static void
controlpath_look_work(const void *arg, int out)
{
	const struct controlpath *s = arg;
	struct controlpath_seen seen = { .lock = { .fd = -1 }, .fd = -1 };
	const char *cause;

	if (s->lock != NULL)
		lock_look(s->lock, &seen.lock);
	if (controlpath_is_ours(s, &seen.lock)) {
		seen.in_place = controlpath_is_in_place(s);
		if (!seen.in_place &&
		    controlpath_make(s->path, &seen, &cause) == -1)
			snprintf(seen.cause, sizeof(seen.cause), "%s", cause);
	}
	if (seen.lock.fd != -1)
		job_pass(out, seen.lock.fd);
	else if (seen.fd != -1)
		job_pass(out, seen.fd);
	job_put(out, &seen, sizeof(seen));
}

/* --- the result --------------------------------------------------------- */

/* This is our socket from now on. */
static void
controlpath_take(struct controlpath *s, const struct controlpath_seen *seen)
{
	s->dev = seen->dev;
	s->ino = seen->ino;
	s->host.opened(s->host.ctx, seen->fd);
}

/* Another check in a row finds the same: report it at first, and then now and
 * then. */
static bool
controlpath_is_worth_a_word(struct controlpath *s)
{
	return s->trouble++ % CONTROLPATH_TROUBLE_EVERY == 0;
}

/* Report the result for the lock. */
static void
controlpath_tell_lock(struct controlpath *s, const struct lock_seen *seen)
{
	if (seen->state == LOCK_REMADE)
		log_warn("control: the lock %s.lock had vanished, created "
			 "again",
		    s->path);
	else if (seen->state == LOCK_LOST && controlpath_is_worth_a_word(s))
		log_error("control: another ffsup (pid %d) has taken over %s: "
			  "this one (pid %d) keeps streaming, but cannot be "
			  "reached there; end one of the two",
		    (int)seen->holder, s->path, (int)getpid());
	else if (seen->state == LOCK_UNABLE && controlpath_is_worth_a_word(s))
		log_warn("control: the lock %s.lock had vanished, and cannot "
			 "be created again: %s",
		    s->path, strerror(seen->err));
}

/* Report the result for the socket. */
static void
controlpath_tell_socket(
    struct controlpath *s, const struct controlpath_seen *seen)
{
	if (seen->in_place) {
		s->trouble = 0;
	} else if (seen->fd != -1) {
		log_warn("control: %s had vanished, created again", s->path);
		s->trouble = 0;
	} else if (controlpath_is_worth_a_word(s)) {
		log_warn("control: %s had vanished, and cannot be created "
			 "again: %s",
		    s->path, seen->cause);
	}
}

/* Report that the disk of the two has become silent, or answers again. */
static void
controlpath_watch_disk(struct controlpath *s)
{
	if (diskhang_watch(&s->silence, &s->look))
		diskhang_say(&s->silence, "control: ", s->path);
}

/* Report, at first and then now and then, that the look failed: the last known
 * facts hold. */
static void
controlpath_fail(struct controlpath *s, const char *why)
{
	if (s->blind++ % CONTROLPATH_TROUBLE_EVERY == 0)
		log_warn(
		    "control: cannot check %s and its lock: %s", s->path, why);
}

static void
controlpath_looked(void *ctx, const char *answer, size_t len, const char *why)
{
	struct controlpath *s = ctx;
	struct controlpath_seen seen;
	int fd = job_take(&s->look);

	controlpath_watch_disk(s);
	if (why != NULL || len < sizeof(seen)) {
		controlpath_fail(s, why != NULL ? why : "incomplete answer");
		if (fd != -1)
			close(fd);
		return;
	}
	s->blind = 0;
	/* the byte of a passed descriptor may come before it */
	memcpy(&seen, answer + len - sizeof(seen), sizeof(seen));
	seen.lock.fd = seen.lock.fd == -1 ? -1 : fd;
	seen.fd = seen.fd == -1 ? -1 : fd;
	if (s->lock != NULL) {
		lock_apply(s->lock, &seen.lock);
		controlpath_tell_lock(s, &seen.lock);
	}
	if (seen.lock.state == LOCK_REMADE)
		job_start(&s->look, controlpath_look_work, s); /* the socket */
	if (seen.fd != -1) {
		controlpath_take(s, &seen);
		pathkeeper_look_all(); /* they may have gone with it */
	}
	if (controlpath_is_ours(s, &seen.lock))
		controlpath_tell_socket(s, &seen);
}

/* --- public ------------------------------------------------------------- */

int
controlpath_open(struct controlpath *s, struct ev_loop *loop, const char *path,
    const struct controlpath_host *host, const char **cause)
{
	struct controlpath_seen made = { .fd = -1 };

	*s = (struct controlpath){ .loop = loop, .host = *host };
	if (controlpath_make(path, &made, cause) == -1)
		return -1;
	s->path = xstrdup(path);
	job_init(&s->look, loop, controlpath_looked, s);
	controlpath_take(s, &made);
	return 0;
}

void
controlpath_check(struct controlpath *s)
{
	controlpath_watch_disk(s);
	if (!job_is_busy(&s->look))
		job_start(&s->look, controlpath_look_work, s);
}

void
controlpath_close(struct controlpath *s)
{
	job_stop(&s->look);
	if (s->path[0] != '@')
		pathkeeper_remove(s->loop, s->path, s->dev, s->ino);
	free(s->path);
	s->path = NULL;
}
