/* SPDX-License-Identifier: ISC */
/*
 * Each claim is a kind and a text, written so that the same thing has the same
 * text; sorted, conflicting ones are neighbours. The targets of all paths are
 * asked for at once; that two host names are one machine is not known here.
 */
#include "config.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/url.h"
#include "base/util.h"
#include "daemon/claims.h"
#include "ffmpeg/ffsink.h"
#include "profile/dates.h"
#include "profile/profile.h"

/* Pairs of patterns that are compared closely: conflicts in the rest are not
 * reported, but a thousand recordings in one directory are checked in no
 * time. */
#define CLAIMS_PAIRS 5000

enum claim_kind {
	CLAIM_RECORD, /* a pattern */
	CLAIM_FILE,   /* a path */
	CLAIM_HLS,    /* the path of segments, with "%d" */
	CLAIM_URL,
	CLAIM_PORT,
	N_CLAIM_KINDS
};

/* "outputs[0].record: " ... " by FILE too, ..." */
static const struct {
	const char *is, *advice;
} claim_words[] = {
	[CLAIM_RECORD] = { "these file names are also recorded to by",
	    "choose another name, or put \"${FFSUP_STREAM}\" in it" },
	[CLAIM_FILE] = { "this file is also used by",
	    "choose another name, or put \"${FFSUP_STREAM}\" in it" },
	[CLAIM_HLS] = { "HLS segments of these names are also written by",
	    "choose another name, or put \"${FFSUP_STREAM}\" in it" },
	[CLAIM_URL] = { "this address is also sent to by",
	    "choose another, or put \"${FFSUP_STREAM}\" in it" },
	[CLAIM_PORT] = { "this port is also listened on by", "choose another" },
};
_Static_assert(NELEM(claim_words) == N_CLAIM_KINDS, "words for each");

struct claim {
	enum claim_kind kind;
	char *text;  /* owned; NULL while only its path is known */
	char *path;  /* owned: to be looked up; NULL: text is final */
	char *rest;  /* owned: of a pattern, after its path; NULL: none */
	char *place; /* owned: "outputs[0].record" */
	const struct profile *p;
	const struct profile_output *o; /* of an output */
	size_t order;			/* of the profile, and in it */
	int line, col;
};

struct claims {
	struct claim *v;
	size_t n, cap;
};

/* --- one text for one thing -------------------------------------------------- */

/* Whether a part takes back the one before it. */
static bool
claims_is_undone(const struct strv *parts, size_t i)
{
	return i + 1 < parts->n && strcmp(parts->v[i + 1], "..") == 0 &&
	    strcmp(parts->v[i], "..") != 0 && strcmp(parts->v[i], ".") != 0;
}

/* A path without "//", "/./" and "/x/..". Caller frees. */
static char *
claims_path(const char *path)
{
	char *text = xstrdup(path), *before = NULL;
	struct strv parts = { 0 };
	struct buf out;

	while (before == NULL || strcmp(before, text) != 0) {
		free(before);
		before = text;
		dates_split(&parts, before);
		buf_init(&out, 0);
		buf_puts(&out, *path == '/' ? "" : ".");
		for (size_t i = 0; i < parts.n; i++)
			if (claims_is_undone(&parts, i))
				i++;
			else if (strcmp(parts.v[i], ".") != 0)
				buf_putf(&out, "/%s", parts.v[i]);
		strv_clear(&parts);
		text = buf_steal(&out);
	}
	free(before);
	return text;
}

/* Ports that need not be written. */
static const struct {
	const char *scheme, *port;
} claims_ports[] = { { "rtmp", "1935" }, { "rtmps", "443" }, { "rtmpt", "80" },
	{ "rtsp", "554" }, { "rtsps", "322" }, { "http", "80" },
	{ "https", "443" } };

/* A URL, taken apart; strings owned. */
struct claims_url {
	char *scheme, *host, *port; /* small letters */
	char *path;		    /* from the slash on, without query */
	char *query;		    /* after the '?', or "" */
};

static char *
claims_lower(const char *text, size_t len)
{
	char *out = xstrndup(text, len);

	for (char *c = out; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

/* This machine has several names. */
static char *
claims_host(const char *text, size_t len)
{
	static const char *const ours[] = { "127.0.0.1", "[::1]", "" };
	char *host = claims_lower(text, len);

	for (size_t i = 0; i < NELEM(ours); i++) {
		if (strcmp(host, ours[i]) != 0)
			continue;
		free(host);
		return xstrdup("localhost");
	}
	return host;
}

static char *
claims_port(const char *scheme, const char *text, size_t len)
{
	if (len > 0)
		return xstrndup(text, len);
	for (size_t i = 0; i < NELEM(claims_ports); i++)
		if (strcmp(claims_ports[i].scheme, scheme) == 0)
			return xstrdup(claims_ports[i].port);
	return xstrdup("");
}

/* False: it has no host. */
static bool
claims_parse(struct claims_url *u, const char *url)
{
	struct url_place at;
	const char *port;
	size_t len;

	if (!url_find_place(url, &at))
		return false;
	u->scheme = claims_lower(url, at.scheme);
	u->host = claims_host(at.host, (size_t)(at.port - at.host));
	port = at.port + (at.port < at.end);
	u->port = claims_port(u->scheme, port, (size_t)(at.end - port));
	len = strcspn(at.end, "?");
	u->query = xstrdup(at.end[len] == '?' ? at.end + len + 1 : "");
	while (len > 0 && at.end[len - 1] == '/')
		len--;
	u->path = xstrndup(at.end, len);
	return true;
}

static void
claims_url_clear(struct claims_url *u)
{
	free(u->scheme);
	free(u->host);
	free(u->port);
	free(u->path);
	free(u->query);
}

/* The value of an option that ffmpeg gets, or NULL. */
static const char *
claims_option(const struct strv *options, const char *name)
{
	for (size_t i = 0; i + 1 < options->n; i++)
		if (strcmp(options->v[i], name) == 0)
			return options->v[i + 1];
	return NULL;
}

/* Whether a query holds "name=value", or with value NULL a name whose value is
 * not 0. */
static bool
claims_asks(const char *query, const char *name, const char *value)
{
	size_t len = strlen(name), n;

	for (; *query != '\0'; query += n + (query[n] == '&')) {
		n = strcspn(query, "&");
		if (strncmp(query, name, len) != 0)
			continue;
		if (value == NULL && (n == len || query[len] == '='))
			return n <= len + 1 || query[len + 1] != '0';
		if (value != NULL && query[len] == '=' &&
		    strlen(value) == n - len - 1 &&
		    strncmp(query + len + 1, value, n - len - 1) == 0)
			return true;
	}
	return false;
}

static bool
claims_is_set(const char *value)
{
	return value != NULL && strcmp(value, "0") != 0;
}

/* Whether ffmpeg listens there instead of connecting. */
static bool
claims_listens(const struct claims_url *u, const struct strv *options)
{
	const char *flags = claims_option(options, "-rtsp_flags");

	if (strcmp(u->scheme, "srt") == 0)
		return claims_asks(u->query, "mode", "listener") ||
		    util_streq(claims_option(options, "-mode"), "listener");
	return claims_asks(u->query, "listen", NULL) ||
	    claims_is_set(claims_option(options, "-listen")) ||
	    claims_is_set(claims_option(options, "-rtmp_listen")) ||
	    (flags != NULL && strstr(flags, "listen") != NULL);
}

static bool
claims_is_datagram(const struct claims_url *u)
{
	return strcmp(u->scheme, "udp") == 0 || strcmp(u->scheme, "rtp") == 0;
}

/* Whether an IPv4 address, or an IPv6 one in brackets, is a group's. */
static bool
claims_is_multicast(const char *host)
{
	int first = atoi(host);

	return (first >= 224 && first <= 239) || util_has_prefix(host, "[ff");
}

/* --- the claims --------------------------------------------------------- */

static void
claims_add(struct claims *c, struct claim claim)
{
	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 64 : c->cap * 2;
		c->v = xrealloc(c->v, c->cap, sizeof(*c->v));
	}
	claim.order = c->n;
	c->v[c->n++] = claim;
}

/* A port that is listened on. */
static struct claim
claims_of_port(const struct claims_url *u)
{
	bool udp = claims_is_datagram(u) || strcmp(u->scheme, "srt") == 0;
	bool any = strcmp(u->host, "0.0.0.0") == 0 ||
	    strcmp(u->host, "[::]") == 0 || strcmp(u->host, "localhost") == 0;

	return (struct claim){ .kind = CLAIM_PORT,
		.text = xasprintf("%s %s:%s", udp ? "udp" : "tcp",
		    any ? "" : u->host, u->port) };
}

/* The options that name the place at a server beside the URL. */
static void
claims_put_options(struct buf *out, const struct strv *options)
{
	static const char *const names[] = { "-rtmp_app", "-rtmp_playpath",
		"-streamid", "-srt_streamid" };

	for (size_t i = 0; i < NELEM(names); i++) {
		const char *value = claims_option(options, names[i]);

		if (value != NULL)
			buf_putf(out, " %s %s", names[i], value);
	}
}

/* An output's address on the net; text NULL: none. */
static struct claim
claims_of_url(const struct profile_output *o)
{
	struct claim claim = { .kind = CLAIM_URL };
	struct claims_url u = { 0 };
	struct buf text;

	if (!claims_parse(&u, o->url))
		return claim;
	if (claims_listens(&u, &o->options)) {
		claim = claims_of_port(&u);
	} else {
		buf_init(&text, 0);
		buf_putf(
		    &text, "%s://%s:%s%s", u.scheme, u.host, u.port, u.path);
		if (!claims_is_datagram(&u) && *u.query != '\0')
			buf_putf(&text, "?%s", u.query);
		claims_put_options(&text, &o->options);
		claim.text = buf_steal(&text);
	}
	claims_url_clear(&u);
	return claim;
}

/* The text with "%d" for every number, so that widths make no difference.
 * Caller frees. */
static char *
claims_numbers(const char *text)
{
	struct buf out;
	size_t width;

	buf_init(&out, 0);
	for (; *text != '\0'; text++) {
		buf_put(&out, text, 1);
		if (*text != '%')
			continue;
		if (text[1] == '%')
			buf_put(&out, ++text, 1);
		width = strspn(text + 1, "0123456789");
		if (width > 0 && text[1 + width] == 'd')
			text += width;
	}
	return buf_steal(&out);
}

/* The segments of an HLS output; path NULL: none. */
static struct claim
claims_of_segments(const struct profile_output *o)
{
	struct claim claim = { .kind = CLAIM_HLS, .o = o };

	claim.path = ffsink_hls_segments(o);
	return claim;
}

/* The parts of a pattern after its directory. Caller frees. */
static char *
claims_rest(const char *record)
{
	char *expanded = dates_expand(record);
	struct strv parts = { 0 };
	struct buf out;

	dates_split(&parts, expanded);
	buf_init(&out, 0);
	for (size_t i = dates_count_fixed(record); i < parts.n; i++)
		buf_putf(&out, "/%s", parts.v[i]);
	strv_clear(&parts);
	free(expanded);
	return buf_steal(&out);
}

/* The claim of an output; neither text nor path: none. */
static struct claim
claims_of_output(const struct profile_output *o)
{
	struct claim claim = { .kind = CLAIM_FILE };

	switch (ffsink_of(o)) {
	case SINK_RECORD:
		claim.kind = CLAIM_RECORD;
		claim.path = dates_base(o->record);
		claim.rest = claims_rest(o->record);
		break;
	case SINK_FILE:
	case SINK_HLS:
		claim.path = xstrdup(ffsink_path(o));
		break;
	case SINK_OTHER:
		if (ffsink_path(o) != NULL)
			claim.path = xstrdup(ffsink_path(o));
		else if (o->url != NULL)
			claim = claims_of_url(o);
		break;
	}
	return claim;
}

/* The claim of a source; neither text nor path: none. */
static struct claim
claims_of_source(const struct profile_source *s, const char **key)
{
	struct claim claim = { .kind = CLAIM_FILE };
	struct claims_url u = { 0 };
	const char *fifo =
	    s->frames.fifo != NULL ? s->frames.fifo : s->h264.fifo;

	*key = s->h264.fifo != NULL ? "h264.fifo" : "frames.fifo";
	if (fifo != NULL)
		claim.path = xstrdup(fifo);
	if (s->url == NULL || !claims_parse(&u, s->url))
		return claim;
	*key = "url";
	if (claims_listens(&u, &s->options) ||
	    (claims_is_datagram(&u) && !claims_is_multicast(u.host)))
		claim = claims_of_port(&u);
	claims_url_clear(&u);
	return claim;
}

static void
claims_take_source(struct claims *c, const struct profile *p, size_t i)
{
	const struct profile_source *s = profile_source_at(p, i);
	const char *key;
	struct claim claim = claims_of_source(s, &key);

	if (claim.text == NULL && claim.path == NULL)
		return;
	claim.p = p;
	claim.line = s->line;
	claim.col = s->col;
	claim.place = profile_n_sources(p) == 1
	    ? xasprintf("source.%s", key)
	    : xasprintf("source[%zu].%s", i, key);
	claims_add(c, claim);
}

static void
claims_take_output(struct claims *c, const struct profile *p, size_t i)
{
	const struct profile_output *o = profile_output(p, i);
	struct claim all[] = { claims_of_output(o), claims_of_segments(o) };

	for (size_t k = 0; k < NELEM(all); k++) {
		if (all[k].text == NULL && all[k].path == NULL)
			continue;
		all[k].p = p;
		all[k].o = o;
		all[k].line = o->line;
		all[k].col = o->col;
		all[k].place = xasprintf(
		    "outputs[%zu].%s", i, o->record != NULL ? "record" : "url");
		claims_add(c, all[k]);
	}
}

static void
claims_take(struct claims *c, const struct profile *p)
{
	if (!p->enabled || p->args.n > 0)
		return;
	for (size_t i = 0; i < profile_n_sources(p); i++)
		claims_take_source(c, p, i);
	for (size_t i = 0; i < p->outputs.n; i++)
		claims_take_output(c, p, i);
}

/* --- where paths lead ----------------------------------------------------------- */

/* The text of a claim whose path leads to that place; "": as written. */
static char *
claims_text(const struct claim *claim, const char *place)
{
	char *path = claims_path(*place == '\0' ? claim->path : place);
	struct buf out;

	if (claim->kind == CLAIM_HLS) {
		char *numbers = claims_numbers(path);

		free(path);
		return numbers;
	}
	if (claim->kind != CLAIM_RECORD)
		return path;
	buf_init(&out, 0);
	for (const char *p = path; *p != '\0'; p++)
		buf_puts(&out, *p == '%' ? "%%" : (char[]){ *p, '\0' });
	buf_puts(&out, claim->rest);
	free(path);
	path = claims_path(buf_text(&out));
	buf_clear(&out);
	return path;
}

/* A single path cannot conflict: no need to look it up. */
static void
claims_resolve(struct claims *c, const struct claims_disk *disk)
{
	struct strv paths = { 0 }, found = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].path != NULL)
			strv_push(&paths, c->v[i].path);
	if (disk != NULL && paths.n > 1)
		disk->places(disk->ctx, &paths, &found);
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].path == NULL)
			continue;
		c->v[i].text =
		    claims_text(&c->v[i], at < found.n ? found.v[at] : "");
		at++;
	}
	strv_clear(&paths);
	strv_clear(&found);
}

/* --- conflicts ---------------------------------------------------------- */

static int
claims_compare(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	order = strcmp(x->text, y->text);
	if (order != 0)
		return order;
	return x->order < y->order ? -1 : 1;
}

/* The place of a claim: "cam1.json:6:18", or in the same file the key. Caller
 * frees. */
static char *
claims_where(const struct claim *first, const struct claim *then)
{
	if (first->p == then->p)
		return xstrdup(first->place);
	if (first->line == 0)
		return xasprintf("%s", first->p->path);
	return xasprintf("%s:%d:%d", first->p->path, first->line, first->col);
}

static const char *
claims_origin(const struct claim *c)
{
	return c->line == 0 ? " (it comes from \"defaults\" in ffsup.json)"
			    : "";
}

/* Whether two have the same segments only because they have one playlist. */
static bool
claims_is_told(
    const struct claims *c, const struct claim *first, const struct claim *then)
{
	const char *a = NULL, *b = NULL;

	for (size_t i = 0; then->kind == CLAIM_HLS && i < c->n; i++) {
		if (c->v[i].kind != CLAIM_FILE)
			continue;
		if (c->v[i].o == first->o)
			a = c->v[i].text;
		if (c->v[i].o == then->o)
			b = c->v[i].text;
	}
	return a != NULL && util_streq(a, b);
}

static void
claims_report(const struct claims *c, const struct claim *first,
    const struct claim *then, struct errors *errs)
{
	char *where;

	if (claims_is_told(c, first, then))
		return;
	where = claims_where(first, then);
	errors_add(errs, then->p->path, then->line, then->col,
	    "%s: %s %s: %s%s", then->place, claim_words[then->kind].is, where,
	    claim_words[then->kind].advice, claims_origin(then));
	free(where);
}

static bool
claims_has_limits(const struct claim *c)
{
	return c->o->max_size > 0 || c->o->max_age > 0 || c->o->min_free > 0;
}

/* Whether two patterns may begin alike: the part before the first conversion of
 * one begins the other. */
static bool
claims_begin_alike(const struct claim *a, const struct claim *b)
{
	size_t n = strcspn(a->text, "%"), m = strcspn(b->text, "%");

	return strncmp(a->text, b->text, n < m ? n : m) == 0;
}

/* Whether the limits of a recording may remove files that a pattern makes: by
 * its names, or by those beside a directory that could not be made. */
static bool
claims_prunes(const struct claim *record, const char *pattern)
{
	size_t fixed = dates_count_fixed(record->text);
	struct strv parts = { 0 };
	bool does = false;
	char *beside;

	if (!claims_has_limits(record))
		return false;
	dates_split(&parts, record->text);
	for (size_t i = fixed; !does && i < parts.n; i++) {
		beside = dates_beside(&parts, i, *record->text == '/');
		does = dates_makes(pattern, beside);
		free(beside);
	}
	strv_clear(&parts);
	return does;
}

/* Two patterns that are not the same: can their files have the same names? */
static void
claims_compare_records(
    const struct claim *a, const struct claim *b, struct errors *errs)
{
	bool loses = claims_prunes(a, b->text) || claims_prunes(b, a->text);
	const struct claim *then = a->order > b->order ? a : b;
	const struct claim *first = then == a ? b : a;
	char *where;

	if (!loses && !dates_makes(a->text, b->text) &&
	    !dates_makes(b->text, a->text))
		return;
	where = claims_where(first, then);
	if (loses)
		errors_add(errs, then->p->path, then->line, then->col,
		    "%s: its files can have the same names as those of %s, and "
		    "the limits of one would remove files of the other: use a "
		    "directory for each, or put \"${FFSUP_STREAM}\" in it%s",
		    then->place, where, claims_origin(then));
	else
		errors_warn(errs, then->p->path, then->line, then->col,
		    "%s: its files can have the same names as those of %s: use "
		    "a directory for each, or put \"${FFSUP_STREAM}\" in the "
		    "name%s",
		    then->place, where, claims_origin(then));
	free(where);
}

/* The recordings come first. */
static void
claims_check_records(const struct claims *c, struct errors *errs)
{
	size_t pairs = 0;

	for (size_t i = 0; i < c->n && c->v[i].kind == CLAIM_RECORD; i++)
		for (size_t k = i + 1; k < c->n && c->v[k].kind == CLAIM_RECORD;
		     k++) {
			if (!claims_begin_alike(&c->v[i], &c->v[k]) ||
			    strcmp(c->v[i].text, c->v[k].text) == 0)
				continue;
			if (pairs++ >= CLAIMS_PAIRS)
				return;
			claims_compare_records(&c->v[i], &c->v[k], errs);
		}
}

/* Can the pattern have made the path, or one of the segments? */
static bool
claims_makes(const char *pattern, const char *text)
{
	static const char *const numbers[] = { "1", "10", "100", "1000",
		"00001", "00010", "00123", "01234", "12345", "100000",
		"1234567890" };
	const char *at = strstr(text, "%d");
	bool makes = dates_matches(pattern, text);
	char *path;

	for (size_t i = 0; at != NULL && !makes && i < NELEM(numbers); i++) {
		path = xasprintf(
		    "%.*s%s%s", (int)(at - text), text, numbers[i], at + 2);
		makes = dates_matches(pattern, path);
		free(path);
	}
	return makes;
}

/* A recording with limits, and a file or segments of another output. */
static void
claims_compare_file(
    const struct claim *record, const struct claim *file, struct errors *errs)
{
	const struct claim *then = record->order > file->order ? record : file;
	char *where;

	if (!claims_makes(record->text, file->text))
		return;
	where = claims_where(then == record ? file : record, then);
	errors_add(errs, then->p->path, then->line, then->col,
	    "%s: the limits of a \"record\" would remove files of another "
	    "output, see %s: use a directory for each%s",
	    then->place, where, claims_origin(then));
	free(where);
}

/* Files that limits would remove, though they are not recordings. */
static void
claims_check_files(const struct claims *c, struct errors *errs)
{
	const struct claim *a, *b;
	size_t pairs = 0;

	for (size_t i = 0; i < c->n && c->v[i].kind == CLAIM_RECORD; i++) {
		a = &c->v[i];
		for (size_t k = i + 1; k < c->n && claims_has_limits(a); k++) {
			b = &c->v[k];
			if ((b->kind != CLAIM_FILE && b->kind != CLAIM_HLS) ||
			    !claims_begin_alike(a, b))
				continue;
			if (pairs++ >= CLAIMS_PAIRS)
				return;
			claims_compare_file(a, b, errs);
		}
	}
}

/* Files that the next run of the same stream would write over. */
static void
claims_check_runs(const struct profile *p, struct errors *errs)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		if (p->args.n == 0 && ffsink_begins_anew(o))
			errors_add(errs, p->path, o->line, o->col,
			    "outputs[%zu].url: each run would overwrite the "
			    "files of the previous one: use \"record\", and "
			    "several outputs instead of a \"tee\"",
			    i);
}

/* Bytes of the longest name of an output's files; a suffix while they are
 * written counts. 0: no files. */
static size_t
claims_longest(const struct profile_output *o)
{
	static const char hidden[] = ".tmp";
	enum sink sink = ffsink_of(o);
	char *segments = ffsink_hls_segments(o);
	size_t len = 0, more;

	if (sink == SINK_FILE || sink == SINK_HLS)
		len = dates_longest_part(ffsink_path(o));
	if (segments != NULL) {
		/* numbers of up to ten digits, instead of "%05d" */
		more = dates_longest_part(segments) + 6;
		len = (more > len ? more : len) + strlen(hidden);
	}
	free(segments);
	return len;
}

/* Names of files that no file system takes. */
static void
claims_check_lengths(const struct profile *p, struct errors *errs)
{
	const struct profile_output *o;
	size_t len;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		len = p->args.n > 0 ? 0 : claims_longest(o);
		if (len > NAME_MAX)
			errors_add(errs, p->path, o->line, o->col,
			    "outputs[%zu].url: makes a name of %zu bytes; a "
			    "file or directory name has at most %d: write a "
			    "shorter one",
			    i, len, NAME_MAX);
	}
}

void
claims_check(const struct profile *const *profiles, size_t n,
    const struct claims_disk *disk, struct errors *errs)
{
	struct claims c = { 0 };
	size_t first = 0;

	for (size_t i = 0; i < n; i++) {
		claims_take(&c, profiles[i]);
		claims_check_runs(profiles[i], errs);
		claims_check_lengths(profiles[i], errs);
	}
	claims_resolve(&c, disk);
	if (c.n > 0)
		qsort(c.v, c.n, sizeof(*c.v), claims_compare);
	for (size_t i = 1; i < c.n; i++) {
		if (c.v[i].kind != c.v[first].kind ||
		    strcmp(c.v[i].text, c.v[first].text) != 0)
			first = i;
		else
			claims_report(&c, &c.v[first], &c.v[i], errs);
	}
	claims_check_records(&c, errs);
	claims_check_files(&c, errs);
	for (size_t i = 0; i < c.n; i++) {
		free(c.v[i].text);
		free(c.v[i].path);
		free(c.v[i].rest);
		free(c.v[i].place);
	}
	free(c.v);
}
