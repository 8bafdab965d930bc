/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/answer.h"
#include "cli/reply.h"

#define ANSWER_KEEP_NAMES 20 /* of unchanged streams, one by one */

void
answer_results(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *results = reply_get(data, "results"), *r;
	char *name, *did;

	cJSON_ArrayForEach(r, results) {
		name = render_copy(reply_str(r, "name"), o);
		did = render_copy(reply_str(r, "did"), o);
		buf_putf(b, "%s: %s\n", name, did);
		free(name);
		free(did);
	}
}

/* The name of a member of a reload's lists: a string, or an object's. */
static const char *
answer_reload_name(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring
				    : reply_str(item, "name");
}

/* Columns of the widest name that a reload shows on a line of its own. */
static int
answer_reload_width(const cJSON *data, const struct render_opts *o)
{
	static const char *const lists[] = { "restart", "live" };
	int widest = 1, columns;

	for (size_t i = 0; i < NELEM(lists); i++) {
		columns = render_widest(reply_get(data, lists[i]), "name", o);
		if (columns > widest)
			widest = columns;
	}
	return widest;
}

/* Names of one list of a reload, a line for each. */
static void
answer_reload_list(struct buf *b, const cJSON *list, const char *verb,
    int width, const struct render_opts *o)
{
	const cJSON *item;
	const char *what, *name;

	cJSON_ArrayForEach(item, list) {
		buf_putf(b, "%-9s", verb);
		name = answer_reload_name(item);
		what = reply_str(item, "what");
		if (util_is_empty(what)) {
			render_plain(b, name != NULL ? name : "?", o);
		} else {
			render_name(b, name, width, o);
			render_plain(b, what, o);
		}
		buf_puts(b, "\n");
	}
}

/* "keep yolo, lofi": they do not matter, so they share their lines; of many,
 * only their number. */
static void
answer_reload_keep(
    struct buf *b, const cJSON *keep, const struct render_opts *o)
{
	int n = cJSON_GetArraySize(keep);
	const cJSON *item;
	struct buf names;

	if (n == 0)
		return;
	if (n > ANSWER_KEEP_NAMES) {
		buf_putf(b, "%-9s%d streams\n", "keep", n);
		return;
	}
	buf_init(&names, 0);
	cJSON_ArrayForEach(item, keep) {
		const char *name = answer_reload_name(item);

		if (names.len > 0)
			buf_puts(&names, ", ");
		render_plain(&names, name != NULL ? name : "?", o);
	}
	buf_putf(b, "%-9s", "keep");
	text_wrap(b, buf_text(&names), 9, o->width);
	buf_puts(b, "\n");
	buf_clear(&names);
}

void
answer_reload(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	static const struct {
		const char *key, *verb;
	} lists[] = {
		{ "start", "start" },
		{ "restart", "restart" },
		{ "stop", "stop" },
		{ "live", "live" },
	};
	int width = answer_reload_width(data, o);
	size_t before = b->len;

	for (size_t i = 0; i < NELEM(lists); i++)
		answer_reload_list(
		    b, reply_get(data, lists[i].key), lists[i].verb, width, o);
	answer_reload_keep(b, reply_get(data, "keep"), o);
	if (b->len == before)
		buf_puts(b, "no profiles, nothing to do\n");
}

void
answer_version(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *ffmpeg = reply_get(data, "ffmpeg");
	char *version = render_copy(reply_str(data, "version"), o);
	char *ff = render_copy(reply_str(ffmpeg, "version"), o);
	char *path = render_copy(reply_str(ffmpeg, "path"), o);

	buf_putf(b, "daemon %s, pid %.0f", version, reply_num(data, "pid", 0));
	if (*ff != '\0')
		buf_putf(b, ", ffmpeg %s (%s)", ff, path);
	buf_puts(b, "\n");
	free(version);
	free(ff);
	free(path);
}

void
answer_said(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const char *outcome = reply_str(data, "outcome");

	render_plain(b, outcome != NULL ? outcome : "?", o);
	buf_puts(b, "\n");
}

/* One overlay as a line. */
static void
answer_overlay(struct buf *b, const cJSON *item, const struct render_opts *o)
{
	static const char *const counts[] = { "visible", "waiting", "shown",
		"dropped", "merged", "blocked" };
	char *id = render_copy(reply_str(item, "id"), o);
	char *kind = render_copy(reply_str(item, "kind"), o);
	const char *before = " ";

	buf_putf(b, "%-16s %-8s %s", id, kind,
	    reply_is_true(item, "on") ? "on" : "off");
	for (size_t i = 0; i < NELEM(counts); i++) {
		if (!reply_has_num(item, counts[i]))
			continue;
		buf_putf(b, "%s %.0f %s", before, reply_num(item, counts[i], 0),
		    counts[i]);
		before = ",";
	}
	buf_puts(b, "\n");
	free(id);
	free(kind);
}

void
answer_overlays(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, reply_get(data, "overlay")) {
		answer_overlay(b, item, o);
	}
}

void
answer_nothing(struct buf *b UNUSED, const cJSON *data UNUSED,
    const struct render_opts *o UNUSED)
{
}
