/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/util.h"
#include "daemon/planjson.h"
#include "ffmpeg/ffargs.h"
#include "process/probe.h"
#include "stream/launch.h"
#include "stream/stream.h"

/* The command line, as a list and for a shell: quoted after masking, so that it
 * agrees with the list. */
static void
planjson_argv(struct jsonw *j, const struct strv *argv)
{
	struct strv shown = { 0 };
	char *line;

	for (size_t i = 0; i < argv->n; i++)
		strv_take(&shown,
		    j->mask != NULL ? j->mask(argv->v[i])
				    : xstrdup(argv->v[i]));
	jsonw_array(j, "argv");
	for (size_t i = 0; i < shown.n; i++)
		jsonw_str(j, NULL, shown.v[i]);
	jsonw_array_end(j);
	line = strv_shell(&shown);
	jsonw_str(j, "shell", line);
	free(line);
	strv_clear(&shown);
}

static void
planjson_worker(struct jsonw *j, const struct profile *p,
    const struct plan_worker *w, const struct probe *ffmpeg,
    const struct stream *s)
{
	struct strv argv = { 0 };
	struct plan_worker now = *w;

	now.in = s != NULL
	    ? stream_stdin(s, w)
	    : launch_stdin(profile_source_at(p, (size_t)w->source), w);
	ffargs_worker(&argv, p, &now, ffmpeg->path, &ffmpeg->ver);
	jsonw_object(j, NULL);
	jsonw_str(j, "name", w->name);
	jsonw_word(j, "role", role_names[w->role]);
	planjson_argv(j, &argv);
	jsonw_object_end(j);
	strv_clear(&argv);
}

static void
planjson_link(
    struct jsonw *j, const struct plan *plan, const struct plan_link *l)
{
	char *text = plan_link_text(plan, l);

	jsonw_object(j, NULL);
	jsonw_word(j, "type", link_names[l->type]);
	jsonw_str(j, "from", plan_node_name(plan, l->from));
	jsonw_str(j, "to", plan_node_name(plan, l->to));
	jsonw_str(j, "text", text);
	jsonw_object_end(j);
	free(text);
}

void
planjson_write(struct jsonw *j, const struct profile *p,
    const struct probe *ffmpeg, const struct stream *s)
{
	struct plan plan;

	plan_make(&plan, p);
	jsonw_object(j, NULL);
	jsonw_word(j, "name", p->name);
	jsonw_word(j, "topology", topology_names[plan.topology]);
	jsonw_array(j, "workers");
	for (size_t i = 0; i < plan.n_workers; i++)
		planjson_worker(j, p, &plan.workers[i], ffmpeg, s);
	jsonw_array_end(j);
	jsonw_array(j, "links");
	for (size_t i = 0; i < plan.n_links; i++)
		planjson_link(j, &plan, &plan.links[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}
