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

/* Versions that are remembered though nobody holds them, beside as many as are
 * held: those of one reload. */
#define SECRETS_PAST 64

struct secrets {
	unsigned held;
	struct strv texts; /* owned */
	TAILQ_ENTRY(secrets) entry;
};

TAILQ_HEAD(secrets_list, secrets);

/* One per process: nothing may leave it in clear. */
static struct {
	struct secrets_list versions;
	size_t n, n_past; /* all of them; those that nobody holds */
	struct redact all;
} secrets_known = {
	.versions = TAILQ_HEAD_INITIALIZER(secrets_known.versions),
};

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

static void
secrets_free(struct secrets *s)
{
	TAILQ_REMOVE(&secrets_known.versions, s, entry);
	strv_clear(&s->texts);
	free(s);
	secrets_known.n--;
	secrets_known.n_past--;
}

/* Forget the oldest ones that nobody holds, once they are twice as many as are
 * to be remembered: each time the index is made anew. */
static void
secrets_forget(void)
{
	size_t keep = SECRETS_PAST + secrets_known.n - secrets_known.n_past;
	struct secrets *s, *next;

	if (secrets_known.n_past <= 2 * keep)
		return;
	redact_clear(&secrets_known.all);
	for (s = TAILQ_FIRST(&secrets_known.versions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->held == 0 && secrets_known.n_past > keep)
			secrets_free(s);
		else
			redact_add_all(&secrets_known.all, &s->texts);
	}
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
	secrets_known.n++;
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
	secrets_known.n_past++;
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
