/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"
#include "cli/planscript.h"
#include "cli/reply.h"

/* One word, quoted for a shell; caller frees. */
static char *
planscript_quote(const char *word, const struct render_opts *o)
{
	struct strv one = { 0 };
	char *quoted, *plain;

	strv_push(&one, word);
	quoted = strv_shell(&one);
	plain = render_copy(quoted, o);
	strv_clear(&one);
	free(quoted);
	return plain;
}

/* An option and its value, on this line or the next; empties `group`. */
static void
planscript_group(struct buf *b, struct buf *group, int *at, int width)
{
	int columns = text_columns(buf_text(group));

	if (group->len == 0)
		return;
	if (width > 0 && *at > 0 && *at + 1 + columns + 2 > width) {
		buf_puts(b, " \\\n    ");
		*at = 4;
	} else if (*at > 0) {
		buf_puts(b, " ");
		++*at;
	}
	buf_puts(b, buf_text(group));
	*at += columns;
	buf_consume(group, group->len);
}

/* A command line that a shell takes, folded only before an option. */
static void
planscript_command(
    struct buf *b, const cJSON *argv, const struct render_opts *o)
{
	const cJSON *arg;
	struct buf group;
	char *word;
	int at = 0;

	buf_init(&group, 0);
	cJSON_ArrayForEach(arg, argv) {
		if (!cJSON_IsString(arg))
			continue;
		if (arg->valuestring[0] == '-')
			planscript_group(b, &group, &at, o->width);
		if (group.len > 0)
			buf_puts(&group, " ");
		word = planscript_quote(arg->valuestring, o);
		buf_puts(&group, word);
		free(word);
	}
	planscript_group(b, &group, &at, o->width);
	buf_puts(b, "\n");
	buf_clear(&group);
}

/* "# frames: producer -> encoder, 1280x720 bgr24 30 fps" */
static void
planscript_links(struct buf *b, const cJSON *links, const struct render_opts *o)
{
	const cJSON *link;
	char *type, *from, *to, *text;

	cJSON_ArrayForEach(link, links) {
		type = render_copy(reply_str(link, "type"), o);
		from = render_copy(reply_str(link, "from"), o);
		to = render_copy(reply_str(link, "to"), o);
		text = render_copy(reply_str(link, "text"), o);
		buf_putf(b, "# %s: %s -> %s%s%s\n", type, from, to,
		    *text != '\0' ? ", " : "", text);
		free(type);
		free(from);
		free(to);
		free(text);
	}
}

/* "# encoder" over its command line; the role where the name is another. */
static void
planscript_worker(
    struct buf *b, const cJSON *worker, const struct render_opts *o)
{
	char *name = render_copy(reply_str(worker, "name"), o);
	char *role = render_copy(reply_str(worker, "role"), o);

	buf_putf(b, "\n# %s", name);
	if (strcmp(name, role) != 0)
		buf_putf(b, " (%s)", role);
	buf_puts(b, "\n");
	planscript_command(b, reply_get(worker, "argv"), o);
	free(name);
	free(role);
}

void
planscript_write(struct buf *b, const cJSON *data, const struct render_opts *o)
{
	const cJSON *workers = reply_get(data, "workers"), *w;
	int n = cJSON_GetArraySize(workers);
	char *name = render_copy(reply_str(data, "name"), o);
	char *topology = render_copy(reply_str(data, "topology"), o);

	buf_putf(
	    b, "# %s: %s, %d worker%s\n", name, topology, n, n == 1 ? "" : "s");
	planscript_links(b, reply_get(data, "links"), o);
	cJSON_ArrayForEach(w, workers) {
		planscript_worker(b, w, o);
	}
	free(name);
	free(topology);
}
