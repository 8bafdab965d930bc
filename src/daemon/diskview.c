/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/util.h"
#include "daemon/diskview.h"
#include "daemon/resolve.h"
#include "process/job.h"

enum diskview_kind {
	DISKVIEW_READ,
	DISKVIEW_STAT,
	DISKVIEW_REAL,
	DISKVIEW_LIST,
	DISKVIEW_PLACE,
};

/* A question and its answer. `data` is a file's text, a struct diskview_stat, a
 * path ("": no answer), or names, each with its NUL. */
struct diskview_answer {
	enum diskview_kind kind;
	char *path;
	int err; /* an errno; 0: data */
	char *data;
	size_t len;
};

void
diskview_init(struct diskview *d)
{
	*d = (struct diskview){ .replay = false };
}

void
diskview_clear(struct diskview *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].path);
		free(d->v[i].data);
	}
	free(d->v);
	diskview_init(d);
}

/* --- answers ---------------------------------------------------------------- */

/* From the place of the last one: a replay asks in the same order. */
static const struct diskview_answer *
diskview_find(struct diskview *d, enum diskview_kind kind, const char *path)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diskview_answer *a = &d->v[(d->last + i) % d->n];

		if (a->kind == kind && strcmp(a->path, path) == 0) {
			d->last = (size_t)(a - d->v) + 1;
			return a;
		}
	}
	return NULL;
}

/* Append one; data may be NULL. The copies end with a NUL. */
static const struct diskview_answer *
diskview_add(struct diskview *d, enum diskview_kind kind, const char *path,
    int err, const void *data, size_t len)
{
	struct diskview_answer a = {
		.kind = kind, .path = xstrdup(path), .err = err, .len = len
	};

	a.data = xcalloc(len + 1, 1);
	if (len > 0)
		memcpy(a.data, data, len);
	d->v = xrealloc(d->v, d->n + 1, sizeof(*d->v));
	d->v[d->n] = a;
	return &d->v[d->n++];
}

/* The known answer; NULL: ask the disk. In a replay an unknown path does not
 * exist. */
static const struct diskview_answer *
diskview_known(struct diskview *d, enum diskview_kind kind, const char *path)
{
	const struct diskview_answer *a = diskview_find(d, kind, path);

	if (a == NULL && d->replay)
		a = diskview_add(d, kind, path, ENOENT, NULL, 0);
	return a;
}

/* --- questions -------------------------------------------------------------- */

static char *
diskview_copy(const struct diskview_answer *a, size_t *len)
{
	char *copy;

	if (a->err != 0) {
		errno = a->err;
		return NULL;
	}
	copy = xcalloc(a->len + 1, 1);
	memcpy(copy, a->data, a->len);
	*len = a->len;
	return copy;
}

char *
diskview_read(struct diskview *d, const char *path, size_t max, size_t *len)
{
	const struct diskview_answer *a;
	char *text;

	if (d == NULL)
		return fs_read(path, max, len);
	a = diskview_known(d, DISKVIEW_READ, path);
	if (a == NULL) {
		*len = 0;
		text = fs_read(path, max, len);
		a = diskview_add(d, DISKVIEW_READ, path,
		    text == NULL ? errno : 0, text, text == NULL ? 0 : *len);
		free(text);
	}
	return diskview_copy(a, len);
}

static int
diskview_ask_stat(const char *path, struct diskview_stat *out)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	*out = (struct diskview_stat){ .mode = st.st_mode,
		.size = st.st_size,
		.mtime_ns = fs_mtime_ns(&st) };
	return 0;
}

int
diskview_stat(struct diskview *d, const char *path, struct diskview_stat *st)
{
	const struct diskview_answer *a;
	struct diskview_stat found = { 0 };
	int rc;

	if (d == NULL)
		return diskview_ask_stat(path, st);
	a = diskview_known(d, DISKVIEW_STAT, path);
	if (a == NULL) {
		rc = diskview_ask_stat(path, &found);
		a = diskview_add(d, DISKVIEW_STAT, path, rc == -1 ? errno : 0,
		    &found, sizeof(found));
	}
	errno = a->err;
	if (a->err == 0)
		memcpy(st, a->data, sizeof(*st));
	return a->err == 0 ? 0 : -1;
}

char *
diskview_real(struct diskview *d, const char *path)
{
	const struct diskview_answer *a;
	size_t len;
	char *full;

	if (d == NULL)
		return realpath(path, NULL);
	a = diskview_known(d, DISKVIEW_REAL, path);
	if (a == NULL) {
		full = realpath(path, NULL);
		a = diskview_add(d, DISKVIEW_REAL, path,
		    full == NULL ? errno : 0, full,
		    full == NULL ? 0 : strlen(full));
		free(full);
	}
	return diskview_copy(a, &len);
}

/* Ask for those that are not known yet, and remember. */
static void
diskview_ask_places(struct diskview *d, const struct strv *paths)
{
	struct strv ask = { 0 }, found = { 0 };

	for (size_t i = 0; i < paths->n; i++)
		if (diskview_known(d, DISKVIEW_PLACE, paths->v[i]) == NULL)
			strv_push(&ask, paths->v[i]);
	if (ask.n > 0)
		resolve_paths(&ask, &found);
	for (size_t i = 0; i < ask.n; i++)
		diskview_add(d, DISKVIEW_PLACE, ask.v[i], 0, found.v[i],
		    strlen(found.v[i]));
	strv_clear(&ask);
	strv_clear(&found);
}

void
diskview_places(
    struct diskview *d, const struct strv *paths, struct strv *found)
{
	if (d == NULL) {
		resolve_paths(paths, found);
		return;
	}
	diskview_ask_places(d, paths);
	for (size_t i = 0; i < paths->n; i++)
		strv_push(
		    found, diskview_find(d, DISKVIEW_PLACE, paths->v[i])->data);
}

static int
diskview_ask_list(const char *path, struct strv *names)
{
	struct dirent **v;
	int n = scandir(path, &v, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		strv_push(names, v[i]->d_name);
		free(v[i]);
	}
	if (n >= 0)
		free(v);
	return n == -1 ? -1 : 0;
}

/* The names, each with its NUL, in one piece. */
static const struct diskview_answer *
diskview_add_list(struct diskview *d, const char *path)
{
	const struct diskview_answer *a;
	struct strv names = { 0 };
	struct buf b;
	int rc = diskview_ask_list(path, &names), err = errno;

	buf_init(&b, 0);
	for (size_t i = 0; i < names.n; i++)
		buf_put(&b, names.v[i], strlen(names.v[i]) + 1);
	a = diskview_add(
	    d, DISKVIEW_LIST, path, rc == -1 ? err : 0, buf_text(&b), b.len);
	buf_clear(&b);
	strv_clear(&names);
	return a;
}

int
diskview_list(struct diskview *d, const char *path, struct strv *names)
{
	const struct diskview_answer *a;

	if (d == NULL)
		return diskview_ask_list(path, names);
	a = diskview_known(d, DISKVIEW_LIST, path);
	if (a == NULL)
		a = diskview_add_list(d, path);
	for (size_t at = 0; at < a->len; at += strlen(a->data + at) + 1)
		strv_push(names, a->data + at);
	errno = a->err;
	return a->err == 0 ? 0 : -1;
}

/* --- from process to process -------------------------------------------------- */

/* Before each answer: both ends are the same program, so in the machine's own
 * form. */
struct diskview_head {
	int kind, err;
	size_t path_len, len;
};

void
diskview_send(const struct diskview *d, int out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diskview_answer *a = &d->v[i];
		const struct diskview_head head = { .kind = (int)a->kind,
			.err = a->err,
			.path_len = strlen(a->path),
			.len = a->len };

		job_put(out, &head, sizeof(head));
		job_put(out, a->path, head.path_len);
		job_put(out, a->data, a->len);
	}
}

int
diskview_take(struct diskview *d, const char *data, size_t len)
{
	diskview_init(d);
	d->replay = true;
	while (len > 0) {
		struct diskview_head head;
		char *path;

		if (len < sizeof(head))
			return -1;
		memcpy(&head, data, sizeof(head));
		data += sizeof(head);
		len -= sizeof(head);
		if (head.path_len > len || head.len > len - head.path_len)
			return -1;
		path = xstrndup(data, head.path_len);
		diskview_add(d, (enum diskview_kind)head.kind, path, head.err,
		    data + head.path_len, head.len);
		free(path);
		data += head.path_len + head.len;
		len -= head.path_len + head.len;
	}
	return 0;
}
