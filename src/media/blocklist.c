/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/blocklist.h"

#ifdef HAVE_PCRE2

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * PCRE2's own limit of backtracking starts again at each character of the text.
 * So its callouts, before each item of a pattern, add up the work done: a step
 * each, and one for each byte passed since the last.
 */
#define BLOCKLIST_STEPS	    80000 /* of one pattern in one text */
#define BLOCKLIST_CALL	    4	  /* steps of a callout */
#define BLOCKLIST_CLUSTER   32	  /* of each byte that \X goes over */
#define BLOCKLIST_BACKTRACK 50000
#define BLOCKLIST_DEPTH	    10000
#define BLOCKLIST_HEAP	    4096 /* KiB */
#define BLOCKLIST_NESTING   50	 /* parentheses */

struct blocklist_pattern {
	pcre2_code *code; /* owned */
	char *text;	  /* owned; callouts point into it */
	size_t len;	  /* of the text */
	bool verbs;	  /* some scan the whole match again */
	uint32_t behind;  /* characters that it looks back, at most */
	size_t ways;	  /* alternatives, at most */
};

struct blocklist {
	struct blocklist_pattern v[BLOCKLIST_PATTERNS];
	size_t n;
	pcre2_compile_context *compile; /* owned */
	pcre2_match_context *match;	/* owned */
	pcre2_match_data *found;	/* owned */
	uint64_t given_up;
};

/* One match as it goes on. */
struct blocklist_work {
	const struct blocklist_pattern *pattern;
	size_t steps;
	size_t at;     /* where the last callout was */
	size_t a_byte; /* steps of a byte from there on */
};

/* The count of "{n" in an item, at most so many bytes are gone over before it
 * fails; 0: it has none. */
static size_t
blocklist_count(const char *item, size_t len)
{
	const char *brace = memrchr(item, '{', len);

	return brace == NULL ? 0 : strtoul(brace + 1, NULL, 10);
}

/* The bytes matched by the group that an item refers to; 0: none. A reference
 * by name or the like counts as the whole text. */
static size_t
blocklist_reference(const pcre2_callout_block *c, const char *item, size_t len)
{
	unsigned long n;

	if ((len > 1 && item[0] == '\\' && strchr("gk", item[1])) ||
	    (len > 3 && strncmp(item, "(?P=", 4) == 0))
		return c->subject_length;
	if (len < 2 || item[0] != '\\' || item[1] < '1' || item[1] > '9')
		return 0;
	n = strtoul(item + 1, NULL, 10);
	if (n >= c->capture_top || c->offset_vector[2 * n] == PCRE2_UNSET)
		return 0;
	return c->offset_vector[2 * n + 1] - c->offset_vector[2 * n];
}

/* Whether an item looks back. */
static bool
blocklist_is_behind(const char *item, size_t len)
{
	return len > 3 && strncmp(item, "(?<", 3) == 0 &&
	    (item[3] == '=' || item[3] == '!');
}

/* The cost of an item that fails: it reads text without a callout. */
static size_t
blocklist_cost(const pcre2_callout_block *c, const struct blocklist_work *w,
    const char *item, size_t len)
{
	size_t rest = c->subject_length - c->current_position;
	size_t cost = blocklist_count(item, len);
	size_t reference = blocklist_reference(c, item, len);

	if (reference > 0)
		cost = 2 * reference * (1 + cost);
	if (cost > rest)
		cost = rest;
	if (blocklist_is_behind(item, len))
		cost += w->pattern->ways *
		    (c->current_position < w->pattern->behind
			    ? c->current_position
			    : w->pattern->behind);
	if (w->pattern->verbs)
		cost += c->subject_length;
	return BLOCKLIST_CALL + cost * w->a_byte;
}

static int
blocklist_step(pcre2_callout_block *c, void *ctx)
{
	struct blocklist_work *w = ctx;
	const struct blocklist_pattern *p = w->pattern;
	size_t pos = c->pattern_position, len = c->next_item_length;

	/* after some empty groups the library counts past the end */
	pos = pos < p->len ? pos : p->len;
	len = len < p->len - pos ? len : p->len - pos;
	if (c->current_position > w->at)
		w->steps += (c->current_position - w->at) * w->a_byte;
	w->at = c->current_position;
	w->a_byte =
	    strncmp(p->text + pos, "\\X", 2) == 0 ? BLOCKLIST_CLUSTER : 1;
	w->steps += blocklist_cost(c, w, p->text + pos, len);
	return w->steps > BLOCKLIST_STEPS ? PCRE2_ERROR_CALLOUT : 0;
}

/* Set up the counting of its steps. */
static void
blocklist_look(struct blocklist_pattern *p, const char *text)
{
	p->text = xstrdup(text);
	p->len = strlen(text);
	p->verbs = strstr(text, "(*") != NULL;
	pcre2_pattern_info(p->code, PCRE2_INFO_MAXLOOKBEHIND, &p->behind);
	for (p->ways = 1; *text != '\0'; text++)
		p->ways += *text == '|';
}

/* Compile the next pattern; NULL, or the error. */
static char *
blocklist_add(struct blocklist *b, const char *text)
{
	struct blocklist_pattern *p = &b->v[b->n];
	PCRE2_UCHAR words[256];
	PCRE2_SIZE at;
	int error;

	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
		PCRE2_AUTO_CALLOUT,
	    &error, &at, b->compile);
	if (p->code == NULL) {
		pcre2_get_error_message(error, words, sizeof(words));
		return xasprintf("at byte %zu: %s", at, (const char *)words);
	}
	blocklist_look(p, text);
	b->n++;
	return NULL;
}

static struct blocklist *
blocklist_alloc(void)
{
	struct blocklist *b = xcalloc(1, sizeof(*b));

	b->compile = pcre2_compile_context_create(NULL);
	b->match = pcre2_match_context_create(NULL);
	b->found = pcre2_match_data_create(1, NULL);
	if (b->compile == NULL || b->match == NULL || b->found == NULL)
		abort(); /* no memory, as everywhere */
	pcre2_set_max_pattern_length(b->compile, BLOCKLIST_PATTERN_MAX);
	pcre2_set_parens_nest_limit(b->compile, BLOCKLIST_NESTING);
	pcre2_set_match_limit(b->match, BLOCKLIST_BACKTRACK);
	pcre2_set_depth_limit(b->match, BLOCKLIST_DEPTH);
	pcre2_set_heap_limit(b->match, BLOCKLIST_HEAP);
	return b;
}

struct blocklist *
blocklist_new(const char *const *patterns, size_t n, char **cause)
{
	struct blocklist *b;
	char *wrong = NULL;

	if (n > BLOCKLIST_PATTERNS) {
		*cause = xasprintf(
		    "%zu patterns, more than %d", n, BLOCKLIST_PATTERNS);
		return NULL;
	}
	b = blocklist_alloc();
	while (b->n < n && wrong == NULL)
		wrong = blocklist_add(b, patterns[b->n]);
	if (wrong == NULL)
		return b;
	*cause = xasprintf("[%zu]: %s", b->n, wrong);
	free(wrong);
	blocklist_free(b);
	return NULL;
}

void
blocklist_free(struct blocklist *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++) {
		pcre2_code_free(b->v[i].code);
		free(b->v[i].text);
	}
	pcre2_match_data_free(b->found);
	pcre2_match_context_free(b->match);
	pcre2_compile_context_free(b->compile);
	free(b);
}

bool
blocklist_has(struct blocklist *b, const char *text)
{
	size_t len = strlen(text);
	int rc = PCRE2_ERROR_NOMATCH;

	for (size_t i = 0; b != NULL && i < b->n; i++) {
		struct blocklist_work work = { .pattern = &b->v[i],
			.a_byte = 1 };

		pcre2_set_callout(b->match, blocklist_step, &work);
		rc = pcre2_match(b->v[i].code, (PCRE2_SPTR)text, len, 0, 0,
		    b->found, b->match);
		if (rc >= 0)
			return true;
		b->given_up += rc != PCRE2_ERROR_NOMATCH;
	}
	return false;
}

uint64_t
blocklist_given_up(const struct blocklist *b)
{
	return b == NULL ? 0 : b->given_up;
}

#else

struct blocklist {
	char none;
};

struct blocklist *
blocklist_new(const char *const *patterns UNUSED, size_t n, char **cause)
{
	if (n == 0)
		return xcalloc(1, sizeof(struct blocklist));
	*cause = xstrdup("built without PCRE2; on Debian: apt-get install "
			 "libpcre2-dev, then build again");
	return NULL;
}

void
blocklist_free(struct blocklist *b)
{
	free(b);
}

bool
blocklist_has(struct blocklist *b UNUSED, const char *text UNUSED)
{
	return false;
}

uint64_t
blocklist_given_up(const struct blocklist *b UNUSED)
{
	return 0;
}

#endif
