/* SPDX-License-Identifier: ISC */
/*
 * Limits of recordings: what prune does is told here.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "prune.h"
#include "recorder.h"
#include "util.h"

#define RECORDER_PERIOD_MS  30000
#define RECORDER_HEADER_MAX 4096 /* bytes; a header with its tags is smaller */

static bool
recorder_is_limited(const struct profile_output *o)
{
	return o->record != NULL &&
	    (o->max_size > 0 || o->max_age > 0 || o->min_free > 0);
}

/* Say what was removed; and once, when that is not enough. */
static void
recorder_report(struct recorder *r, const struct profile *p, size_t i,
    const struct prune_result *found)
{
	char name[PROFILE_NAME_MAX + 1], *text;

	profile_output_name(p, i, name);
	if (found->removed > 0)
		log_info("%s/%s: %zu old recordings removed (%.1f MB), %zu "
			 "left (%.1f MB)",
		    p->name, name, found->removed, (double)found->freed / 1e6,
		    found->files, (double)found->bytes / 1e6);
	if (found->full && !r->full[i]) {
		text = xasprintf("%s: the limits of its recordings cannot be "
				 "kept: nothing is left that may be removed",
		    name);
		r->notice(r->ctx, "disk", text);
		free(text);
	}
	r->full[i] = found->full;
}

void
recorder_tick(struct recorder *r, const struct profile *p)
{
	const struct profile_output *o;
	struct prune_result found;

	if (mono_ms() < r->next_ms)
		return;
	r->next_ms = mono_ms() + RECORDER_PERIOD_MS;
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		struct prune_limits limits = { .max_size = o->max_size,
			.max_age_ms = o->max_age,
			.min_free = o->min_free };

		if (!recorder_is_limited(o))
			continue;
		prune_run(o->record, &limits, wall_ms(), &found);
		recorder_report(r, p, i, &found);
	}
}

void
recorder_hurry(struct recorder *r)
{
	r->next_ms = 0;
}

/* --- headers without a picture -------------------------------------------- */

static bool
recorder_has(const uint8_t *head, size_t len, const char *what)
{
	return memmem(head, len, what, 4) != NULL;
}

/* Matroska: the EBML header (RFC 8794, 11.2.1) and no Cluster (RFC 9559, 5.1.3).
 * MP4: "ftyp" and neither "moof" nor "mdat" (ISO/IEC 14496-12, 8.1.1, 8.8.4). */
static bool
recorder_is_bare(const uint8_t *head, size_t len)
{
	if (len < 8)
		return len == 0;
	if (memcmp(head, "\x1a\x45\xdf\xa3", 4) == 0)
		return !recorder_has(head, len, "\x1f\x43\xb6\x75");
	return memcmp(head + 4, "ftyp", 4) == 0 &&
	    !recorder_has(head, len, "moof") &&
	    !recorder_has(head, len, "mdat");
}

/* A read lease is granted only while nobody has the file open for writing. One
 * who opens it this moment breaks the lease: with a signal that nobody minds. */
static bool
recorder_is_left(int fd)
{
	return fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	    fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

static bool
recorder_remove_bare(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t head[RECORDER_HEADER_MAX];
	bool removed = false;
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= RECORDER_HEADER_MAX && recorder_is_left(fd)) {
		n = pread(fd, head, sizeof(head), 0);
		removed = n == st.st_size &&
		    recorder_is_bare(head, (size_t)n) && unlink(path) == 0;
	}
	close(fd);
	return removed;
}

void
recorder_sweep(const char *pattern)
{
	int64_t now = wall_ms();
	char *path, *last = NULL;

	for (int64_t t = now - RECORDER_SWEEP_MS; t <= now; t += 1000) {
		path = util_strftime(pattern, t);
		if (path == NULL || util_streq(path, last)) {
			free(path);
			continue;
		}
		if (recorder_remove_bare(path))
			log_info("%s: removed, its recorder ended before the "
				 "first picture was in it",
			    path);
		free(last);
		last = path;
	}
	free(last);
}
