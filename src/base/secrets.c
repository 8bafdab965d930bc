/* SPDX-License-Identifier: ISC */
/*
 * The versions, newest last, and one index of all their secrets. The index is
 * rebuilt when a version is forgotten, or when a new one's words spare an entry
 * of the index; no more than a reload causes that.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/redact.h"
#include "base/secrets.h"
#include "base/util.h"

/* Versions that are remembered though nobody holds them, beside as many as are
 * held: those of one reload. */
#define SECRETS_PAST 64

struct secrets {
	unsigned held;
	struct strv texts;    /* owned */
	struct strv by_place; /* owned: those that other words may spare */
	struct strv spared;   /* owned: public words */
	TAILQ_ENTRY(secrets) entry;
};

TAILQ_HEAD(secrets_list, secrets);

/* One per process: nothing may leave it in clear. */
static struct {
	struct secrets_list versions;
	size_t n, n_past; /* all versions; those that nobody holds */
	struct redact all;
	bool stale; /* all must be rebuilt */
} secrets_known = {
	.versions = TAILQ_HEAD_INITIALIZER(secrets_known.versions),
};

/* The version that holds just these, or NULL. */
static struct secrets *
secrets_find(const struct redact *r)
{
	struct secrets *s;

	TAILQ_FOREACH(s, &secrets_known.versions, entry) {
		if (strv_equal(&s->texts, &r->secrets) &&
		    strv_equal(&s->by_place, &r->by_place) &&
		    strv_equal(&s->spared, &r->spared))
			return s;
	}
	return NULL;
}

static void
secrets_free(struct secrets *s)
{
	TAILQ_REMOVE(&secrets_known.versions, s, entry);
	strv_clear(&s->texts);
	strv_clear(&s->by_place);
	strv_clear(&s->spared);
	free(s);
	secrets_known.n--;
	secrets_known.n_past--;
}

/* Put a version into the index, except secrets that a word of any version
 * spares. */
static void
secrets_index(const struct secrets *s)
{
	struct strv spared = { 0 };
	const struct secrets *other;

	for (size_t i = 0; i < s->by_place.n; i++) {
		const char *text = s->by_place.v[i];

		TAILQ_FOREACH(other, &secrets_known.versions, entry) {
			if (redact_is_spared(&other->spared, text)) {
				strv_push(&spared, text);
				break;
			}
		}
	}
	redact_add_all(&secrets_known.all, &s->texts, &spared);
	strv_clear(&spared);
}

/* Whether its words spare an entry of the index. */
static bool
secrets_spares(const struct secrets *s)
{
	const struct secrets *other;

	TAILQ_FOREACH(other, &secrets_known.versions, entry) {
		for (size_t i = 0; i < other->by_place.n; i++)
			if (redact_is_spared(&s->spared, other->by_place.v[i]))
				return true;
	}
	return false;
}

/* The index of all versions. */
static const struct redact *
secrets_all(void)
{
	const struct secrets *s;

	if (secrets_known.stale) {
		secrets_known.stale = false;
		redact_clear(&secrets_known.all);
		TAILQ_FOREACH(s, &secrets_known.versions, entry)
			secrets_index(s);
	}
	return &secrets_known.all;
}

/* Forget the oldest ones that nobody holds, once they are twice as many as we
 * keep: each time the index is rebuilt. */
static void
secrets_forget(void)
{
	size_t keep = SECRETS_PAST + secrets_known.n - secrets_known.n_past;
	struct secrets *s, *next;

	if (secrets_known.n_past <= 2 * keep)
		return;
	secrets_known.stale = true;
	for (s = TAILQ_FIRST(&secrets_known.versions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->held == 0 && secrets_known.n_past > keep)
			secrets_free(s);
	}
}

/* Hold it once more. */
static struct secrets *
secrets_get(struct secrets *s)
{
	if (s->held++ == 0)
		secrets_known.n_past--;
	return s;
}

struct secrets *
secrets_new(const struct redact *r)
{
	struct secrets *s = secrets_find(r);

	if (s != NULL)
		return secrets_get(s);
	s = xcalloc(1, sizeof(*s));
	s->held = 1;
	strv_append(&s->texts, &r->secrets);
	strv_append(&s->by_place, &r->by_place);
	strv_append(&s->spared, &r->spared);
	TAILQ_INSERT_TAIL(&secrets_known.versions, s, entry);
	secrets_known.n++;
	if (secrets_spares(s))
		secrets_known.stale = true;
	else
		secrets_index(s);
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
	return redact_text(secrets_all(), text);
}

char *
secrets_line(const char *line, size_t max)
{
	return strlen(line) < max ? secrets_text(line)
				  : redact_cut_text(secrets_all(), line);
}
