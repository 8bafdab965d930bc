/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/exitcode.h"
#include "base/util.h"
#include "daemon/call.h"
#include "daemon/fleet.h"
#include "daemon/select.h"
#include "stream/stream.h"

/* Whether a word is the name or a pattern of a stream as a whole. */
static bool
select_word_whole(const char *word, const struct stream *s)
{
	return strchr(word, '/') == NULL &&
	    fnmatch(word, s->profile->name, 0) == 0;
}

/* Whether a word is "STREAM/PART" with this part. */
static bool
select_word_part(const char *word, const struct stream *s, const char *part)
{
	char *full = xasprintf("%s/%s", s->profile->name, part);
	bool means =
	    strchr(word, '/') != NULL && fnmatch(word, full, FNM_PATHNAME) == 0;

	free(full);
	return means;
}

/* The same for a worker, by its name or those of its outputs. */
static bool
select_word_worker(
    const char *word, const struct stream *s, const struct worker *w)
{
	char name[PROFILE_NAME_MAX + 1];

	if (select_word_part(word, s, w->plan.name))
		return true;
	for (size_t i = 0; i < s->profile->outputs.n; i++) {
		profile_output_name(s->profile, i, name);
		if (stream_output(s, i) == w && select_word_part(word, s, name))
			return true;
	}
	return false;
}

static bool
select_word(const char *word, const struct stream *s)
{
	if (select_word_whole(word, s))
		return true;
	for (size_t i = 0; i < s->plan.n_workers; i++)
		if (select_word_worker(word, s, s->workers[i]))
			return true;
	return false;
}

bool
select_means(const struct strv *words, const struct stream *s)
{
	for (size_t i = 0; i < words->n; i++)
		if (select_word(words->v[i], s))
			return true;
	return words->n == 0;
}

bool
select_means_whole(const struct strv *words, const struct stream *s)
{
	for (size_t i = 0; i < words->n; i++)
		if (select_word_whole(words->v[i], s))
			return true;
	return words->n == 0;
}

bool
select_means_worker(
    const struct strv *words, const struct stream *s, const struct worker *w)
{
	for (size_t i = 0; i < words->n; i++)
		if (select_word_worker(words->v[i], s, w))
			return true;
	return select_means_whole(words, s);
}

bool
select_means_output(const struct strv *words, const struct stream *s, size_t i)
{
	char name[PROFILE_NAME_MAX + 1];

	profile_output_name(s->profile, i, name);
	for (size_t k = 0; k < words->n; k++)
		if (select_word_part(words->v[k], s, name))
			return true;
	return select_means_whole(words, s);
}

/* The worker of an event, or NULL. */
static const struct worker *
select_find(const struct stream *s, const char *worker)
{
	for (size_t i = 0; worker != NULL && i < s->plan.n_workers; i++)
		if (strcmp(s->workers[i]->plan.name, worker) == 0)
			return s->workers[i];
	return NULL;
}

bool
select_means_event(
    const struct strv *words, const struct fleet *f, const struct event *e)
{
	const struct stream *s = NULL;
	const struct worker *w;

	if (words->n == 0 || e->stream == NULL)
		return words->n == 0;
	s = fleet_find(f, e->stream);
	w = s == NULL ? NULL : select_find(s, e->worker);
	if (w != NULL)
		return select_means_worker(words, s, w);
	for (size_t i = 0; i < words->n; i++)
		if (fnmatch(words->v[i], e->stream, FNM_PATHNAME) == 0)
			return true;
	return false;
}

bool
select_is_exact(const struct strv *words)
{
	return words->n == 1 && strpbrk(words->v[0], "*?[") == NULL;
}

/* Say what a word that means nothing may have meant. */
static void
select_fail(struct command_call *call, const char *word)
{
	char *name = xstrndup(word, strcspn(word, "/"));

	if (strchr(word, '/') != NULL && fleet_find(call->fleet, name) != NULL)
		call_fail(call, EXIT_NO_STREAM,
		    "no output \"%s\"; `ffsup status %s` lists the outputs",
		    word, name);
	else
		call_fail_name(call, strchr(word, '/') == NULL ? word : name);
	free(name);
}

int
select_check(struct command_call *call)
{
	for (size_t i = 0; i < call->args.n; i++) {
		bool found = false;
		struct stream *s;

		TAILQ_FOREACH(s, &call->fleet->streams, entry) {
			found |= select_word(call->args.v[i], s);
		}
		if (!found) {
			select_fail(call, call->args.v[i]);
			return -1;
		}
	}
	return 0;
}
