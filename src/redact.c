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
#include <strings.h>

#include "buf.h"
#include "redact.h"
#include "util.h"

#define REDACT_MASK	"****"
#define REDACT_MIN	3 /* a shorter secret is ignored */
#define REDACT_ANYWHERE 6 /* from here on masked inside words, too */

/* Where the parts of a URL lie: offsets into the text. */
struct redact_url {
	const char *text;
	size_t user;  /* behind "://" */
	size_t host;  /* behind '@'; == user without user info */
	size_t path;  /* the first '/', or == query */
	size_t query; /* the '?', or == end */
	size_t end;
	bool rtmp; /* the last part of the path is a key */
};

enum redact_part {
	REDACT_USER,
	REDACT_KEY,
	REDACT_VALUE
};

/* Ways to write a secret down. */
enum redact_spelling {
	REDACT_PLAIN,
	REDACT_ESCAPED, /* for tee, JSON or a shell */
	REDACT_ENCODED, /* "%XX", and escapes around it */
	N_REDACT_SPELLINGS
};

/* Called for every secret part of a URL. */
typedef void (*redact_part_fn)(void *ctx, const struct redact_url *url,
    enum redact_part part, size_t from, size_t to);

/* --- URLs --------------------------------------------------------------- */

static bool
redact_is_scheme_char(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

static bool
redact_is_rtmp(const char *scheme, size_t len)
{
	static const char *const names[] = { "rtmp", "rtmps", "rtmpt", "rtmpe",
		"rtmpts", "rtmpte" };
	size_t i;

	for (i = 0; i < NELEM(names); i++) {
		if (strlen(names[i]) == len &&
		    strncasecmp(scheme, names[i], len) == 0)
			return true;
	}
	return false;
}

/* Whether a URL inside a text cannot go on with s[i]. */
static bool
redact_is_end(const char *s, size_t i)
{
	unsigned char c = (unsigned char)s[i];

	if (c <= ' ' || c == 0x7f)
		return true;
	if ((c == '|' || c == ']') && s[i - 1] == '\\')
		return false; /* escaped for tee */
	return strchr("'\"<>|]", c) != NULL;
}

/* End of the URL whose "://" ends before `from`. */
static size_t
redact_find_end(const char *s, size_t from)
{
	bool ipv6 = false; /* inside the brackets of [::1] */
	size_t i;

	for (i = from; s[i] != '\0'; i++) {
		if (s[i] == '[' && (i == from || s[i - 1] == '@')) {
			ipv6 = true;
		} else if (s[i] == ']' && ipv6) {
			ipv6 = false;
		} else if (redact_is_end(s, i)) {
			break;
		}
	}
	/* the message's own punctuation: "rtmp://h/live/key: Broken pipe" */
	while (i > from && strchr(".,:;!?)", s[i - 1]) != NULL)
		i--;
	return i;
}

static size_t
redact_find_last(const char *s, size_t from, size_t to, char c)
{
	const char *p = memrchr(s + from, c, to - from);

	return p != NULL ? (size_t)(p - s) : to;
}

/* The first of two characters in [from, to), or to. */
static size_t
redact_find_any(const char *s, size_t from, size_t to, char a, char b)
{
	size_t i;

	for (i = from; i < to && s[i] != a && s[i] != b; i++)
		;
	return i;
}

/* Whether [from, to) has a ':' with something that is no port behind it:
 * then it is no host but the beginning of "user:pass/word@host". */
static bool
redact_is_no_host(const char *s, size_t from, size_t to)
{
	size_t i = redact_find_last(s, from, to, ':');

	if (i == to || s[from] == '[')
		return false;
	for (i++; i < to; i++) {
		if (!isdigit((unsigned char)s[i]))
			return true;
	}
	return false;
}

/* Find the parts of the URL whose "://" ends at `user` and that ends at
 * `end`; both are set by the caller. */
static void
redact_split(struct redact_url *u)
{
	size_t slash = redact_find_any(u->text, u->user, u->end, '/', '?');
	size_t at = redact_find_last(u->text, u->user, slash, '@');

	if (at == slash) {
		at = u->end;
		if (redact_is_no_host(u->text, u->user, slash))
			at = redact_find_last(u->text, u->user, u->end, '@');
		if (at != u->end)
			slash = redact_find_any(u->text, at, u->end, '/', '?');
		else
			at = slash;
	}
	u->host = at == slash ? u->user : at + 1;
	u->path = slash;
	u->query = redact_find_any(u->text, slash, u->end, '?', '?');
}

/* The last part of the path, if there are at least two. */
static void
redact_walk_key(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	size_t from, to = u->query, i;

	while (to > u->path && u->text[to - 1] == '/')
		to--;
	for (from = to; from > u->path && u->text[from - 1] != '/'; from--)
		;
	for (i = u->path; i < from && u->text[i] == '/'; i++)
		;
	if (i < from && from < to)
		fn(ctx, u, REDACT_KEY, from, to);
}

/* Every "name=value" of the query; a lone word counts as a value. */
static void
redact_walk_query(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	size_t from = u->query + 1, to, equals;

	for (; from < u->end; from = to + 1) {
		to = redact_find_any(u->text, from, u->end, '&', '&');
		equals = redact_find_any(u->text, from, to, '=', '=');
		if (equals < to)
			from = equals + 1;
		/* one byte hides nothing: ffmpeg's own "?tcp_nodelay=1" */
		if (from + 1 < to)
			fn(ctx, u, REDACT_VALUE, from, to);
	}
}

static void
redact_walk(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	if (u->host > u->user + 1)
		fn(ctx, u, REDACT_USER, u->user, u->host - 1);
	if (u->rtmp)
		redact_walk_key(u, fn, ctx);
	redact_walk_query(u, fn, ctx);
}

/*
 * Find the next "scheme://" at or after *at and move *at behind it. `u` gets
 * its text, user and rtmp.
 */
static bool
redact_find_url(const char *text, size_t *at, struct redact_url *u)
{
	const char *sep = text + *at;
	size_t colon, scheme;

	while ((sep = strstr(sep, "://")) != NULL) {
		colon = scheme = (size_t)(sep - text);
		while (scheme > 0 && redact_is_scheme_char(text[scheme - 1]))
			scheme--;
		sep += 3;
		if (scheme == colon)
			continue;
		*at = u->user = colon + 3;
		u->text = text;
		u->rtmp = redact_is_rtmp(text + scheme, colon - scheme);
		return true;
	}
	return false;
}

/* --- learning ----------------------------------------------------------- */

void
redact_clear(struct redact *r)
{
	strv_clear(&r->secrets);
}

void
redact_add(struct redact *r, const char *secret)
{
	size_t i;

	if (secret == NULL || strlen(secret) < REDACT_MIN)
		return;
	for (i = 0; i < r->secrets.n; i++) {
		if (strcmp(r->secrets.v[i], secret) == 0)
			return;
	}
	strv_push(&r->secrets, secret);
}

static int
redact_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at s stands for, or -1. */
static int
redact_unescape(const char *s)
{
	int high, low;

	if (s[0] != '%' || (high = redact_hex(s[1])) == -1 ||
	    (low = redact_hex(s[2])) == -1)
		return -1;
	return high << 4 | low;
}

/* Percent-decode in place; a "%00" stays as it is. */
static void
redact_decode(char *s)
{
	char *out = s;
	int c;

	while (*s != '\0') {
		c = redact_unescape(s);
		if (c > 0) {
			*out++ = (char)c;
			s += 3;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/*
 * Values of these parameters say nothing to anybody; masking the word
 * "caller" in every message would only hide what happened.
 */
static bool
redact_is_harmless(const struct redact_url *u, size_t value)
{
	static const char *const names[] = { "mode", "latency", "rcvlatency",
		"peerlatency", "transtype", "transport", "timeout",
		"connect_timeout", "listen_timeout", "pkt_size", "pbkeylen",
		"buffer_size", "fifo_size", "overrun_nonfatal", "ttl",
		"tcp_nodelay", "localaddr", "localport", "channel", "subtype",
		"proto", "unicast" };
	size_t end = value - 1, start = end, i;

	if (u->text[end] != '=')
		return false;
	while (start > u->query + 1 && u->text[start - 1] != '&')
		start--;
	for (i = 0; i < NELEM(names); i++) {
		if (strlen(names[i]) == end - start &&
		    memcmp(names[i], u->text + start, end - start) == 0)
			return true;
	}
	return false;
}

/* Learn one part of a URL: as it is written and as it is meant. */
static void
redact_learn(void *ctx, const struct redact_url *u, enum redact_part part,
    size_t from, size_t to)
{
	struct redact *r = ctx;
	char *secret;

	if (part == REDACT_USER) { /* a user's name alone is no secret */
		from = redact_find_any(u->text, from, to, ':', ':');
		if (from == to)
			return;
		from++;
	} else if (part == REDACT_VALUE && redact_is_harmless(u, from)) {
		return;
	}
	secret = xstrndup(u->text + from, to - from);
	redact_add(r, secret);
	redact_decode(secret);
	redact_add(r, secret);
	free(secret);
}

void
redact_add_url(struct redact *r, const char *url)
{
	struct redact_url u;
	size_t at = 0;

	if (url == NULL || !redact_find_url(url, &at, &u))
		return;
	u.end = strlen(url); /* alone: nothing in it belongs to a message */
	redact_split(&u);
	redact_walk(&u, redact_learn, r);
}

/* --- masking ------------------------------------------------------------ */

/* Bytes of text to be masked, one flag each. */
struct redact_marks {
	uint8_t *v; /* owned */
	size_t len;
};

static void
redact_mark(void *ctx, const struct redact_url *u UNUSED,
    enum redact_part part UNUSED, size_t from, size_t to)
{
	struct redact_marks *marks = ctx;

	memset(marks->v + from, 1, to - from);
}

static void
redact_mark_urls(struct redact_marks *marks, const char *text)
{
	struct redact_url u;
	size_t at = 0;

	while (redact_find_url(text, &at, &u)) {
		u.end = redact_find_end(text, u.user);
		redact_split(&u);
		redact_walk(&u, redact_mark, marks);
	}
}

/*
 * Length of the spelling of byte c at s, or 0. With `encoded`, "%XX" is one
 * byte and '+' a blank. An escaping backslash belongs to the byte behind it,
 * and the shell's way to say ' is '\''.
 */
static size_t
redact_match_byte(const char *s, char c, bool encoded)
{
	size_t skip = 0;

	if (encoded && redact_unescape(s) == (unsigned char)c)
		return 3;
	if (encoded && c == ' ' && *s == '+')
		return 1;
	if (c == '\'' && strncmp(s, "'\\''", 4) == 0)
		return 4;
	if (*s == c)
		return 1;
	while (s[skip] == '\\')
		skip++;
	return s[skip] == c ? skip + 1 : 0;
}

/* Length of the secret's spelling at s, or 0. */
static size_t
redact_match(const char *s, const char *secret, enum redact_spelling spelling)
{
	size_t len = 0, n;

	if (spelling == REDACT_PLAIN)
		return util_has_prefix(s, secret) ? strlen(secret) : 0;
	for (; *secret != '\0'; secret++) {
		if (len == 0 && *s == '\\' && *secret != '\\')
			return 0; /* begins behind it */
		n = redact_match_byte(
		    s + len, *secret, spelling == REDACT_ENCODED);
		if (n == 0)
			return 0;
		len += n;
	}
	return len;
}

static bool
redact_is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* Mark every place where the secret stands, overlapping ones as well. */
static void
redact_mark_secret(
    struct redact_marks *marks, const char *text, const char *secret)
{
	bool anywhere = strlen(secret) >= REDACT_ANYWHERE;
	enum redact_spelling spelling;
	size_t at, len;

	for (at = 0; at < marks->len; at++) {
		if (!anywhere && at > 0 && redact_is_word(text[at - 1]))
			continue;
		for (spelling = 0; spelling < N_REDACT_SPELLINGS; spelling++) {
			len = redact_match(text + at, secret, spelling);
			if (len == 0 ||
			    (!anywhere && redact_is_word(text[at + len])))
				continue;
			memset(marks->v + at, 1, len);
		}
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

char *
redact_text(const struct redact *r, const char *text)
{
	struct redact_marks marks = { .len = strlen(text) };
	char *copy;
	size_t i;

	marks.v = xcalloc(marks.len, 1);
	redact_mark_urls(&marks, text);
	for (i = 0; r != NULL && i < r->secrets.n; i++)
		redact_mark_secret(&marks, text, r->secrets.v[i]);
	copy = redact_copy(&marks, text);
	free(marks.v);
	return copy;
}

char *
redact_encode(const char *s)
{
	struct buf out;

	buf_init(&out, 0);
	for (; *s != '\0'; s++) {
		if (isalnum((unsigned char)*s) ||
		    strchr("-._~!$&'()*+,;=", *s) != NULL)
			buf_put(&out, s, 1);
		else
			buf_putf(&out, "%%%02X", (unsigned char)*s);
	}
	return buf_steal(&out);
}
