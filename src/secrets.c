/* SPDX-License-Identifier: ISC */
/*
 * The versions, newest last, and one index of all that is in them. An index is
 * made anew when a version is forgotten, which no more than a reload causes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "redact.h"
#include "secrets.h"
#include "util.h"

#define SECRETS_PAST 64 /* versions that are remembered though nobody holds */

struct secrets {
	unsigned held;
	struct strv texts; /* owned */
	TAILQ_ENTRY(secrets) entry;
};

/* One per process: nothing may leave it in clear. */
static struct {
	TAILQ_HEAD(, secrets) versions;
	size_t n_past;
	struct redact all;
} secrets_known = { .versions =
			TAILQ_HEAD_INITIALIZER(secrets_known.versions) };

/* The version that holds just these, or NULL. */
static struct secrets *
secrets_find(const struct strv *texts)
{
	struct secrets *s;

	TAILQ_FOREACH(s, &secrets_known.versions, entry) {
		if (strv_equal(&s->texts, texts))
			return s;
	}
	return NULL;
}

/* Forget the oldest one that nobody holds. */
static void
secrets_forget(void)
{
	struct secrets *s, *old = NULL;

	redact_clear(&secrets_known.all);
	TAILQ_FOREACH(s, &secrets_known.versions, entry) {
		if (s->held == 0 && old == NULL)
			old = s;
		else
			redact_add_all(&secrets_known.all, &s->texts);
	}
	TAILQ_REMOVE(&secrets_known.versions, old, entry);
	strv_clear(&old->texts);
	free(old);
	secrets_known.n_past--;
}

struct secrets *
secrets_new(const struct redact *r)
{
	struct secrets *s = secrets_find(&r->secrets);

	if (s != NULL)
		return secrets_get(s);
	s = xcalloc(1, sizeof(*s));
	s->held = 1;
	strv_append(&s->texts, &r->secrets);
	TAILQ_INSERT_TAIL(&secrets_known.versions, s, entry);
	redact_add_all(&secrets_known.all, &s->texts);
	return s;
}

struct secrets *
secrets_get(struct secrets *s)
{
	if (s != NULL && s->held++ == 0)
		secrets_known.n_past--;
	return s;
}

void
secrets_put(struct secrets *s)
{
	if (s == NULL || --s->held > 0)
		return;
	/* the youngest of the past ones */
	TAILQ_REMOVE(&secrets_known.versions, s, entry);
	TAILQ_INSERT_TAIL(&secrets_known.versions, s, entry);
	if (++secrets_known.n_past > SECRETS_PAST)
		secrets_forget();
}

char *
secrets_text(const char *text)
{
	return redact_text(&secrets_known.all, text);
}

char *
secrets_line(const char *line, size_t max)
{
	return strlen(line) < max ? secrets_text(line)
				  : redact_cut_text(&secrets_known.all, line);
}
