/* SPDX-License-Identifier: ISC */
/*
 * Masking. Both lines of defence only mark bytes of the original text; the
 * copy is made at the end, so that secrets which overlap each other or a URL
 * cannot hide one another.
 */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/redact.h"
#include "base/secretlook.h"
#include "base/spelling.h"
#include "base/urlparts.h"
#include "base/util.h"
#include "base/words.h"

#define REDACT_MASK	"****"
#define REDACT_MIN	3 /* a shorter secret is ignored */
#define REDACT_ANYWHERE 6 /* from here on masked inside words, too */
#define REDACT_BASE64	8 /* fewer letters of base64 say too little */
#define REDACT_BYTES	256

/* One spelling that is looked for. */
struct redact_pattern {
	char *text; /* owned */
	size_t len;
	bool base64;   /* part of a base64 text; '-', '_' may be '+', '/' */
	bool anywhere; /* inside words, too */
};

/* Patterns with the same first byte; their second bytes are one array, so that
 * one memchr(3) rules out most places of a text. */
struct redact_bucket {
	unsigned char *second;	  /* owned */
	struct redact_pattern *v; /* owned */
	size_t n, cap;
};

/* The patterns by their first byte: a text is walked once, however many secrets
 * are known. */
struct redact_index {
	struct redact_bucket *first[REDACT_BYTES]; /* owned; NULL: none */
};

/* --- learning ----------------------------------------------------------- */

static void
redact_bucket_free(struct redact_bucket *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].text);
	free(b->second);
	free(b->v);
	free(b);
}

static void
redact_index_free(struct redact_index *x)
{
	for (size_t i = 0; x != NULL && i < REDACT_BYTES; i++)
		redact_bucket_free(x->first[i]);
	free(x);
}

void
redact_clear(struct redact *r)
{
	strv_clear(&r->secrets);
	strv_clear(&r->spared);
	strv_clear(&r->by_place);
	redact_index_free(r->index);
	r->index = NULL;
}

/* The bucket of a first byte, with room for one more. */
static struct redact_bucket *
redact_bucket(struct redact *r, const char *text)
{
	struct redact_bucket **first, *b;

	if (r->index == NULL)
		r->index = xcalloc(1, sizeof(*r->index));
	first = &r->index->first[(unsigned char)*text];
	if (*first == NULL)
		*first = xcalloc(1, sizeof(**first));
	b = *first;
	if (b->n == b->cap) {
		b->cap = b->cap == 0 ? 2 : b->cap * 2;
		b->v = xrealloc(b->v, b->cap, sizeof(*b->v));
		b->second = xrealloc(b->second, b->cap, 1);
	}
	return b;
}

/* Look for this text (taken) from now on. */
static void
redact_index_add(struct redact *r, char *text, bool base64)
{
	struct redact_bucket *b = redact_bucket(r, text);
	size_t len = strlen(text);

	b->second[b->n] = (unsigned char)text[1];
	b->v[b->n++] = (struct redact_pattern){ .text = text,
		.len = len,
		.base64 = base64,
		.anywhere = base64 || len >= REDACT_ANYWHERE };
}

/* The letters of base64 that a secret alone decides, after `before` other
 * bytes. */
static void
redact_index_base64(struct redact *r, const char *secret, size_t before)
{
	static const size_t skip[] = { 0, 2, 3 };
	char *whole = xasprintf("%.*s%s", (int)before, "..", secret);
	char *text = spelling_base64(whole);
	size_t end = strlen(whole) * 8 / 6;

	if (end >= skip[before] + REDACT_BASE64)
		redact_index_add(
		    r, xstrndup(text + skip[before], end - skip[before]), true);
	free(text);
	free(whole);
}

static bool
redact_knows(const struct redact *r, const char *secret)
{
	const struct redact_bucket *b =
	    r->index == NULL ? NULL : r->index->first[(unsigned char)*secret];

	for (size_t i = 0; b != NULL && i < b->n; i++)
		if (!b->v[i].base64 && strcmp(b->v[i].text, secret) == 0)
			return true;
	return false;
}

/* It is a secret for more than its place. */
static void
redact_confirm(struct redact *r, const char *secret)
{
	for (size_t i = 0; i < r->by_place.n; i++)
		if (strcmp(r->by_place.v[i], secret) == 0)
			r->by_place.v[i][0] = '\0';
}

/* Learn it as it is written. */
static void
redact_add_one(struct redact *r, const char *secret)
{
	if (!r->placing)
		redact_confirm(r, secret);
	if (strlen(secret) < REDACT_MIN || redact_knows(r, secret))
		return;
	if (r->placing)
		strv_push(&r->by_place, secret);
	strv_push(&r->secrets, secret);
	redact_index_add(r, xstrdup(secret), false);
	if (strlen(secret) >= REDACT_ANYWHERE)
		for (size_t before = 0; before < 3; before++)
			redact_index_base64(r, secret, before);
}

/* A secret of several lines is usually printed line by line. */
static void
redact_add_lines(struct redact *r, const char *secret)
{
	static const char ends[] = "\r\n";
	size_t len;
	char *line;

	if (secret[strcspn(secret, ends)] == '\0')
		return;
	for (; *secret != '\0'; secret += len) {
		secret += strspn(secret, ends);
		len = strcspn(secret, ends);
		line = xstrndup(secret, len);
		if (secretlook_is_telling(line, len) &&
		    !secretlook_is_word(line))
			redact_add_one(r, line);
		free(line);
	}
}

void
redact_add(struct redact *r, const char *secret)
{
	char *meant;

	if (secret == NULL)
		return;
	redact_add_one(r, secret);
	redact_add_lines(r, secret);
	meant = xstrdup(secret);
	spelling_decode(meant);
	redact_add_one(r, meant);
	free(meant);
}

static bool
redact_has(const struct strv *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->v[i], text) == 0)
			return true;
	return false;
}

void
redact_add_all(
    struct redact *r, const struct strv *secrets, const struct strv *without)
{
	for (size_t i = 0; i < secrets->n; i++)
		if (!redact_has(without, secrets->v[i]))
			redact_add_one(r, secrets->v[i]);
}

/* HTTP's "Authorization: Basic" is made of both. */
void
redact_add_login(struct redact *r, const char *user, const char *password)
{
	char *both, *header;

	redact_add(r, password);
	if (user == NULL || password == NULL)
		return;
	both = xasprintf("%s:%s", user, password);
	header = spelling_base64(both);
	redact_add_one(r, header);
	free(header);
	free(both);
}

/* Whether the value of a parameter is words, and its name does not say that it
 * is a secret: it is masked in this place and not learnt. */
static bool
redact_is_prose(const struct urlparts *u, size_t value, size_t to)
{
	static const char *const names[] = { "code", "e", "hash", "hdnea",
		"hdnts", "hmac", "login", "policy", "session", "sid", "sig",
		"st", "streamid", "user", "username" };
	size_t len;
	const char *at = urlparts_parameter(u, value, &len);
	char *name = xstrndup(at, len);
	bool says = len == 0 || secretlook_is_name(name) ||
	    words_has(names, NELEM(names), name, len);

	free(name);
	return !says && secretlook_is_words(u->text + value, to - value);
}

/* Whether the value of a parameter is a password, be it a common word. */
static bool
redact_is_password(const struct urlparts *u, size_t value)
{
	size_t len;
	const char *at = urlparts_parameter(u, value, &len);
	char *name = xstrndup(at, len);
	bool is = strcasestr(name, "pass") != NULL ||
	    strcasestr(name, "pwd") != NULL ||
	    strcasestr(name, "secret") != NULL ||
	    strcasestr(name, "token") != NULL;

	free(name);
	return is;
}

/* A password that contains an unescaped '@' or slash: ffmpeg takes the rest for
 * a host and a path, and prints these. */
static void
redact_learn_pieces(struct redact *r, const char *password)
{
	static const char ends[] = "@/?#:";
	size_t len = strcspn(password, ends);
	char *piece;

	for (; password[len] != '\0' || len > 0;
	     len = strcspn(password, ends)) {
		piece = xstrndup(password, len);
		redact_add_place(r, piece);
		free(piece);
		password += len + (password[len] != '\0');
	}
}

/* Learn "user:password" of a URL; a user name alone is not a secret. */
static void
redact_learn_user(struct redact *r, const char *user, size_t len)
{
	char *login = xstrndup(user, len), *password;

	password = strchr(login, ':');
	if (password != NULL) {
		*password++ = '\0';
		redact_add_login(r, login, password);
		spelling_decode(login);
		spelling_decode(password);
		redact_add_login(r, login, password);
		redact_learn_pieces(r, password);
	}
	free(login);
}

bool
redact_is_spared(const struct strv *spared, const char *text)
{
	for (size_t i = 0; i < spared->n; i++)
		if (strstr(spared->v[i], text) != NULL)
			return true;
	return false;
}

/* A common word is hidden where it is that part of a URL, and nowhere else. */
void
redact_add_place(struct redact *r, const char *secret)
{
	bool placing = r->placing;

	if (secretlook_is_word(secret) || redact_is_spared(&r->spared, secret))
		return;
	r->placing = true;
	redact_add(r, secret);
	r->placing = placing;
}

/* A password is hidden everywhere, be it a common word. */
static void
redact_learn_value(struct redact *r, const char *secret, bool password)
{
	if (password)
		redact_add(r, secret);
	else
		redact_add_place(r, secret);
}

/* Learn one part of a URL: as it is written and as it is meant. */
static void
redact_learn(void *ctx, const struct urlparts *u, enum urlpart part,
    size_t from, size_t to)
{
	struct redact *r = ctx;
	char *secret;

	if (part == URLPART_USER) {
		redact_learn_user(r, u->text + from, to - from);
		return;
	}
	if (part == URLPART_VALUE && redact_is_prose(u, from, to))
		return;
	secret = xstrndup(u->text + from, to - from);
	redact_learn_value(
	    r, secret, part == URLPART_VALUE && redact_is_password(u, from));
	/* librtmp's way: "rtmp://host/app/key live=1" */
	secret[strcspn(secret, " ")] = '\0';
	redact_learn_value(r, secret, false);
	free(secret);
}

void
redact_add_url(struct redact *r, const char *url)
{
	urlparts_walk_url(url, redact_learn, r);
}

void
redact_add_urls(struct redact *r, const char *text)
{
	urlparts_walk_text(text, redact_learn, r);
}

/* --- masking ------------------------------------------------------------ */

/* Bytes of text to be masked, one flag each. */
struct redact_marks {
	uint8_t *v; /* owned */
	size_t len;
	bool cut;	    /* the text goes on where it ends */
	enum spelling last; /* that the text can have */
};

static void
redact_mark(void *ctx, const struct urlparts *u UNUSED,
    enum urlpart part UNUSED, size_t from, size_t to)
{
	struct redact_marks *marks = ctx;

	memset(marks->v + from, 1, to - from);
}

static bool
redact_is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* Mark a pattern that begins at `at`, in whatever spelling. */
static void
redact_mark_pattern(struct redact_marks *marks, const char *text, size_t at,
    const struct redact_pattern *p)
{
	enum spelling spelling;
	size_t len;

	if (p->base64) {
		len = spelling_match_base64(
		    text + at, p->text, p->len, marks->cut);
		memset(marks->v + at, 1, len);
		return;
	}
	if (!p->anywhere && at > 0 && redact_is_word_byte(text[at - 1]))
		return;
	for (spelling = 0; spelling <= marks->last; spelling++) {
		len = spelling_match(text + at, p->text, spelling, marks->cut);
		if (len == 0 ||
		    (!p->anywhere && redact_is_word_byte(text[at + len])))
			continue;
		memset(marks->v + at, 1, len);
	}
}

/* Whether a byte, or the end, may begin another spelling of the one that is
 * looked for: encoded, escaped, of the other base64, cut off. */
static bool
redact_is_odd(char c)
{
	return c == '\0' || strchr("\\%+'-_?", c) != NULL;
}

/* Mark the patterns of one first byte. */
static void
redact_mark_byte(struct redact_marks *marks, const char *text, size_t at,
    const struct redact_index *x, int byte)
{
	const struct redact_bucket *b = x->first[byte];
	const unsigned char *p;
	bool odd =
	    text[at] == '%' || text[at] == '\\' || redact_is_odd(text[at + 1]);
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++) {
		if (!odd) {
			p = memchr(b->second + i, text[at + 1], b->n - i);
			if (p == NULL)
				return;
			i = (size_t)(p - b->second);
		}
		redact_mark_pattern(marks, text, at, &b->v[i]);
	}
}

/* Mark every place of a secret, overlapping ones as well. */
static void
redact_mark_secrets(
    struct redact_marks *marks, const char *text, const struct redact_index *x)
{
	for (size_t at = 0; at < marks->len; at++) {
		int byte = (unsigned char)text[at];
		int meant = byte == '%' ? spelling_unescape(text + at) : -1;
		size_t len;
		char c[4];

		redact_mark_byte(marks, text, at, x, byte);
		if (byte == '\\' && spelling_read_char(text + at, c, &len) > 0)
			meant = (unsigned char)*c;
		if (meant != -1 && meant != byte)
			redact_mark_byte(marks, text, at, x, meant);
		if (byte == '+')
			redact_mark_byte(marks, text, at, x, ' ');
		if (byte == '-')
			redact_mark_byte(marks, text, at, x, '+');
		if (byte == '_')
			redact_mark_byte(marks, text, at, x, '/');
		for (int k = 1; byte == '?' && k < ' '; k++)
			redact_mark_byte(marks, text, at, x, k);
	}
}

/* The copy: every run of marked bytes becomes one mask. */
static char *
redact_copy(const struct redact_marks *marks, const char *text)
{
	struct buf out;
	size_t from, to;

	buf_init(&out, 0);
	for (from = 0; from < marks->len; from = to) {
		for (to = from; to < marks->len; to++) {
			if (marks->v[to] != marks->v[from])
				break;
		}
		if (marks->v[from])
			buf_puts(&out, REDACT_MASK);
		else
			buf_put(&out, text + from, to - from);
	}
	return buf_steal(&out);
}

/* The masked copy. In the build that shows whether the tests of this file can
 * fail, the text stays as it is. */
static char *
redact_mask(const struct redact *r, const char *text, bool cut)
{
	struct redact_marks marks = { .len = strlen(text), .cut = cut };
	char *copy;

#ifdef FFSUP_NO_REDACT
	return xstrdup(text);
#endif
	marks.last = strpbrk(text, "%+") != NULL ? SPELLING_ENCODED
	    : strchr(text, '\\') != NULL	 ? SPELLING_ESCAPED
						 : SPELLING_PLAIN;
	marks.v = xcalloc(marks.len + 1, 1);
	urlparts_walk_text(text, redact_mark, &marks);
	if (r != NULL && r->index != NULL)
		redact_mark_secrets(&marks, text, r->index);
	copy = redact_copy(&marks, text);
	free(marks.v);
	return copy;
}

char *
redact_text(const struct redact *r, const char *text)
{
	return redact_mask(r, text, false);
}

char *
redact_cut_text(const struct redact *r, const char *text)
{
	return redact_mask(r, text, true);
}
