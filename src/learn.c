/* SPDX-License-Identifier: ISC */
/*
 * Secrets by place. A value is learnt whole, and in the pieces in which it may
 * show up again: each line of headers, what stands behind a header's name and
 * behind the word for the method.
 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "learn.h"
#include "redact.h"
#include "strv.h"
#include "util.h"

/* ffmpeg's options whose values are secrets, beside those that say so. */
static const char *const learn_options_known[] = { "headers", "streamid",
	"srt_streamid", "rtmp_playpath", "rtmp_conn", "srtp_in_params",
	"srtp_out_params", "hls_enc_iv", "decryption_iv", "post_data", "iv" };

static bool
learn_is_one(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

/* Learn a piece that is no common word. */
static void
learn_piece(struct redact *r, const char *text, size_t len)
{
	char *piece;

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	piece = xstrndup(text, len);
	if (!redact_is_word(piece))
		redact_add(r, piece);
	free(piece);
}

/* Headers that any client sends; their values hide nothing. */
static bool
learn_is_plain_header(const char *line, size_t len)
{
	static const char *const plain[] = { "Accept", "Accept-Encoding",
		"Accept-Language", "Cache-Control", "Connection",
		"Content-Type", "Host", "Icy-MetaData", "Origin", "Pragma",
		"Range", "Referer", "User-Agent" };
	char *name = xstrndup(line, len);
	bool is = learn_is_one(plain, NELEM(plain), name);

	free(name);
	return is;
}

/* "Authorization: Bearer XYZ": the line, its value, and the last word of it;
 * "a=b; c=d" of a cookie: what stands behind each '='. */
static void
learn_line(struct redact *r, const char *line, size_t len)
{
	const char *end = line + len, *colon = memchr(line, ':', len), *p;

	if (colon != NULL &&
	    learn_is_plain_header(line, (size_t)(colon - line)))
		return;
	learn_piece(r, line, len);
	if (colon != NULL) {
		for (p = colon + 1; p < end && *p == ' '; p++)
			;
		learn_piece(r, p, (size_t)(end - p));
	}
	for (p = line; p < end; p++)
		if (p > line && strchr(" :=;,", p[-1]) != NULL)
			learn_piece(r, p, strcspn(p, " ;,\r\n"));
}

/* A secret in whole and in lines. */
static void
learn_text(struct redact *r, const char *value)
{
	size_t len;

	redact_add(r, value);
	for (; *value != '\0'; value += len) {
		value += strspn(value, "\r\n");
		len = strcspn(value, "\r\n");
		if (len > 0)
			learn_line(r, value, len);
	}
}

void
learn_option(struct redact *r, const char *name, const char *value)
{
	name += strspn(name, "-");
	if (redact_is_secret_name(name) ||
	    learn_is_one(learn_options_known, NELEM(learn_options_known), name))
		learn_text(r, value);
	redact_add_urls(r, value);
}

void
learn_options(struct redact *r, const struct strv *options)
{
	for (size_t i = 0; i + 1 < options->n; i += 2)
		learn_option(r, options->v[i], options->v[i + 1]);
}

/* Every "name=value" of a text that says it is a secret: an argument may be a
 * whole command for a shell. */
static void
learn_assignments(struct redact *r, const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		const char *equals;
		char *name;

		text += strspn(text, " \t\n;&|'\"");
		len = strcspn(text, " \t\n;&|'\"");
		equals = memchr(text, '=', len);
		if (equals == NULL)
			continue;
		name = xstrndup(text, (size_t)(equals - text));
		if (strstr(name, "://") == NULL && redact_is_secret_name(name))
			learn_piece(
			    r, equals + 1, len - (size_t)(equals + 1 - text));
		free(name);
	}
}

/* One argument: a URL alone is taken whole, others are looked for. */
static void
learn_argument(struct redact *r, const char *arg)
{
	size_t scheme = strspn(
	    arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.");

	if (scheme > 0 && util_has_prefix(arg + scheme, "://") &&
	    strpbrk(arg, " \t\n") == NULL)
		redact_add_url(r, arg);
	redact_add_urls(r, arg);
	learn_assignments(r, arg);
}

void
learn_arguments(struct redact *r, const struct strv *argv)
{
	for (size_t i = 0; i < argv->n; i++) {
		const char *arg = argv->v[i];

		learn_argument(r, arg);
		if (*arg == '-' && strchr(arg, '=') == NULL && i + 1 < argv->n)
			learn_option(r, arg, argv->v[i + 1]);
	}
}

void
learn_environment(struct redact *r, const struct strv *env)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *value = strchr(env->v[i], '=');
		char *name;

		if (value == NULL)
			continue;
		name = xstrndup(env->v[i], (size_t)(value - env->v[i]));
		if (redact_is_secret_name(name))
			learn_text(r, value + 1);
		redact_add_urls(r, value + 1);
		free(name);
	}
}
