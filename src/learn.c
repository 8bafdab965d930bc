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
static const char *const learn_options_known[] = { "headers", "header",
	"streamid", "srt_streamid", "rtmp_playpath", "rtmp_conn",
	"srtp_in_params", "srtp_out_params", "hls_enc_iv", "decryption_iv",
	"post_data", "iv" };

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

/* "name=value" where the name says that it is a secret. */
static void
learn_assignment(struct redact *r, const char *arg)
{
	const char *equals = strchr(arg, '=');
	char *name;

	if (equals == NULL)
		return;
	name = xstrndup(arg, (size_t)(equals - arg));
	if (strstr(name, "://") == NULL && redact_is_secret_name(name))
		learn_text(r, equals + 1);
	free(name);
}

/* The words of a text, as a shell would part them, roughly. */
static void
learn_split(const char *text, struct strv *words)
{
	size_t len;

	while (*(text += strspn(text, " \t\n;&|()")) != '\0') {
		char quote = *text == '\'' || *text == '"' ? *text++ : '\0';

		len = quote != '\0' ? strcspn(text, quote == '"' ? "\"" : "'")
				    : strcspn(text, " \t\n;&|()");
		strv_take(words, xstrndup(text, len));
		text += len + (quote != '\0' && text[len] == quote);
	}
}

/* What an argument is that follows another: curl's "-u me:password", a header,
 * the value of an option. */
static void
learn_behind(struct redact *r, const char *option, const char *arg)
{
	const char *colon = strchr(arg, ':');
	char *user;

	if ((strcmp(option, "-u") == 0 || strcmp(option, "--user") == 0) &&
	    colon != NULL) {
		user = xstrndup(arg, (size_t)(colon - arg));
		redact_add_login(r, user, colon + 1);
		free(user);
	} else if (strcmp(option, "-H") == 0) {
		learn_option(r, "headers", arg);
	} else if (*option == '-' && strchr(option, '=') == NULL) {
		learn_option(r, option, arg);
	}
}

/* One argument: a URL alone is taken whole, others are looked for; what has
 * blanks may be a command of its own, for a shell. */
static void
learn_argument(struct redact *r, const char *arg)
{
	size_t scheme = strspn(
	    arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.");
	struct strv words = { 0 };

	if (scheme > 0 && util_has_prefix(arg + scheme, "://") &&
	    strpbrk(arg, " \t\n") == NULL)
		redact_add_url(r, arg);
	redact_add_urls(r, arg);
	learn_assignment(r, arg);
	if (strpbrk(arg, " \t\n") == NULL)
		return;
	learn_split(arg, &words);
	if (words.n > 1)
		learn_arguments(r, &words);
	strv_clear(&words);
}

void
learn_arguments(struct redact *r, const struct strv *argv)
{
	for (size_t i = 0; i < argv->n; i++) {
		learn_argument(r, argv->v[i]);
		if (i > 0)
			learn_behind(r, argv->v[i - 1], argv->v[i]);
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
