/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/strv.h"
#include "base/util.h"
#include "stream/hlsdir.h"

#define HLSDIR_PLAYLIST_MAX (1024 * 1024)

/* A playlist that is not written for so long, and for so many segments, is
 * stale. */
#define HLSDIR_STALE_MS	      15000
#define HLSDIR_STALE_SEGMENTS 3

/* A disk that was full a moment ago will be so again: no flip at each look. */
#define HLSDIR_BAD_MS 30000

#define HLSDIR_NEWEST 3		  /* segments that are looked at */
#define HLSDIR_FULL   (64 * 1024) /* bytes that are as good as none */

/* A playlist's content: its segments' names without directory, its length. */
struct hlsdir_list {
	struct strv names;
	double length_s, target_s;
	bool elsewhere; /* some names have a directory */
};

static const char *
hlsdir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void
hlsdir_add_name(struct hlsdir_list *l, const char *line)
{
	const char *name = hlsdir_name(line);

	l->elsewhere = l->elsewhere || name != line;
	strv_push(&l->names, name);
}

static void
hlsdir_line(struct hlsdir_list *l, const char *line)
{
	static const char inf[] = "#EXTINF:";
	static const char target[] = "#EXT-X-TARGETDURATION:";

	if (util_has_prefix(line, inf))
		l->length_s += strtod(line + sizeof(inf) - 1, NULL);
	else if (util_has_prefix(line, target))
		l->target_s = strtod(line + sizeof(target) - 1, NULL);
	else if (*line != '#' && *line != '\0')
		hlsdir_add_name(l, line);
}

/* False: no playlist. */
static bool
hlsdir_read(struct hlsdir_list *l, const char *playlist)
{
	size_t len;
	char *text = fs_read(playlist, HLSDIR_PLAYLIST_MAX, &len);
	bool is_one = text != NULL && util_has_prefix(text, "#EXTM3U");
	char *save = NULL;

	for (char *line = is_one ? strtok_r(text, "\r\n", &save) : NULL;
	     line != NULL; line = strtok_r(NULL, "\r\n", &save))
		hlsdir_line(l, line);
	free(text);
	return is_one;
}

/* Whether it is a name that ffmpeg makes of "STEM-%05d.ts". */
static bool
hlsdir_is_segment(const char *name, const char *stem)
{
	const char *number = name + strlen(stem) + 1, *end;

	if (!util_has_prefix(name, stem) || name[strlen(stem)] != '-')
		return false;
	end = number + strspn(number, "0123456789");
	return (end - number == 5 || (end - number > 5 && *number != '0')) &&
	    (util_streq(end, ".ts") || util_streq(end, ".ts.tmp"));
}

static bool
hlsdir_has(const struct hlsdir_list *l, const char *name)
{
	for (size_t i = 0; i < l->names.n; i++)
		if (strcmp(l->names.v[i], name) == 0)
			return true;
	return false;
}

/* Remove a segment that is old enough. */
static bool
hlsdir_remove(int dir, const char *name, int64_t before)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && (int64_t)st.st_mtim.tv_sec * 1000 < before &&
	    unlinkat(dir, name, 0) == 0;
}

size_t
hlsdir_sweep(const char *playlist, const char *stem, int64_t now)
{
	char *dir =
	    xstrndup(playlist, (size_t)(hlsdir_name(playlist) - playlist));
	DIR *d = opendir(*dir == '\0' ? "." : dir);
	struct hlsdir_list l = { 0 };
	struct dirent *e;
	size_t removed = 0;

	if (d != NULL && hlsdir_read(&l, playlist)) {
		now -= HLSDIR_SPARE_MS + (int64_t)(l.length_s * 1000);
		while ((e = readdir(d)) != NULL)
			if (hlsdir_is_segment(e->d_name, stem) &&
			    !hlsdir_has(&l, e->d_name) &&
			    hlsdir_remove(dirfd(d), e->d_name, now))
				removed++;
	}
	if (d != NULL)
		closedir(d);
	strv_clear(&l.names);
	free(dir);
	return removed;
}

/* --- is it written? ------------------------------------------------------ */

/* How many of the newest segments are missing or empty. Those of another place
 * are not looked at. */
static int64_t
hlsdir_holes(const char *dir, const struct hlsdir_list *l)
{
	size_t from =
	    l->names.n > HLSDIR_NEWEST ? l->names.n - HLSDIR_NEWEST : 0;
	int64_t holes = 0;
	struct stat st;

	for (size_t i = from; i < l->names.n; i++) {
		char *path = xasprintf("%s%s", dir, l->names.v[i]);

		holes += stat(path, &st) == -1 || st.st_size == 0;
		free(path);
	}
	return holes;
}

struct hlsdir_look
hlsdir_look(const char *playlist)
{
	char *dir =
	    xstrndup(playlist, (size_t)(hlsdir_name(playlist) - playlist));
	struct hlsdir_look look = { .free = -1 };
	struct hlsdir_list l = { 0 };
	struct statvfs fs;
	struct stat st;

	if (stat(playlist, &st) == 0)
		look.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
		    st.st_mtim.tv_nsec;
	if (hlsdir_read(&l, playlist) && l.target_s > 0 && l.target_s < 1e6)
		look.target_ms = (int64_t)(l.target_s * 1000);
	if (!l.elsewhere)
		look.holes = hlsdir_holes(dir, &l);
	if (statvfs(*dir == '\0' ? "." : dir, &fs) == 0)
		look.free =
		    (int64_t)((geteuid() == 0 ? fs.f_bfree : fs.f_bavail) *
			fs.f_frsize);
	strv_clear(&l.names);
	free(dir);
	return look;
}

static bool
hlsdir_is_full(const struct hlsdir_watch *w)
{
	return w->last.free >= 0 && w->last.free < HLSDIR_FULL;
}

void
hlsdir_begin(struct hlsdir_watch *w, int64_t now)
{
	w->changed_ms = now;
	w->looked = false;
}

void
hlsdir_add(struct hlsdir_watch *w, const struct hlsdir_look *look, int64_t now)
{
	if (w->looked && look->mtime_ns != w->last.mtime_ns) {
		w->changed_ms = now;
		w->moved = true;
	}
	w->last = *look;
	w->looked = true;
	if (look->holes > 0 || hlsdir_is_full(w))
		w->bad_ms = now;
}

bool
hlsdir_is_stale(const struct hlsdir_watch *w, int64_t now)
{
	int64_t limit = HLSDIR_STALE_MS;

	if (w->last.target_ms * HLSDIR_STALE_SEGMENTS > limit)
		limit = w->last.target_ms * HLSDIR_STALE_SEGMENTS;
	return w->looked && w->changed_ms != 0 &&
	    (now - w->changed_ms > limit ||
		(w->bad_ms != 0 && now - w->bad_ms < HLSDIR_BAD_MS));
}

char *
hlsdir_text(const struct hlsdir_watch *w, const char *playlist, int64_t now)
{
	const char *full = hlsdir_is_full(w) ? "; its disk is full" : "";
	char span[UTIL_SPAN_LEN];

	if (w->bad_ms != 0 && w->last.holes == 0 && *full == '\0')
		return xasprintf("newest segments of %s were missing or empty "
				 "%s ago",
		    playlist, util_span(now - w->bad_ms, span));
	if (w->last.holes > 0)
		return xasprintf("%lld of the newest segments of %s are "
				 "missing or empty%s",
		    (long long)w->last.holes, playlist, full);
	return xasprintf("%s has not been written for %s%s", playlist,
	    util_span(now - w->changed_ms, span), full);
}
