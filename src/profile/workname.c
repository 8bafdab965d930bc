/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "profile/dates.h"
#include "profile/workname.h"

/* The beginning of the names of all runs of an output. */
static char *
workname_prefix(const struct workname *w)
{
	return xasprintf(WORKNAME_PREFIX "%s+%s+", w->stream, w->output);
}

const char *
workname_extension(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot == NULL || strchr(dot, '/') != NULL ? "" : dot;
}

char *
workname_path(const struct workname *w, unsigned n)
{
	char *base = dates_base(w->pattern), *prefix = workname_prefix(w);
	char *path = xasprintf("%s/%s%s+%06u%s", base, prefix, w->token, n,
	    workname_extension(w->pattern));

	free(base);
	free(prefix);
	return path;
}

char *
workname_pattern(const struct workname *w)
{
	char *base = dates_base(w->pattern), *prefix = workname_prefix(w);
	struct buf out;

	buf_init(&out, 0);
	for (const char *p = base; *p != '\0'; p++)
		buf_puts(&out, *p == '%' ? "%%" : (char[]){ *p, '\0' });
	buf_putf(&out, "/%s%s+%%06d%s", prefix, w->token,
	    workname_extension(w->pattern));
	free(base);
	free(prefix);
	return buf_steal(&out);
}

bool
workname_is_of(const struct workname *w, const char *name, const char **token)
{
	char *prefix = workname_prefix(w);
	size_t len = strlen(prefix), digits;
	bool is = util_has_prefix(name, prefix);

	free(prefix);
	*token = name + len;
	if (!is || strspn(*token, "0123456789abcdef") != WORKNAME_TOKEN_LEN - 1)
		return false;
	name = *token + WORKNAME_TOKEN_LEN - 1;
	digits = *name == '+' ? strspn(name + 1, "0123456789") : 0;
	return digits >= 6 && name[1 + digits] == '.';
}

bool
workname_is_last(const struct workname *w, const char *name)
{
	static const char like[] = "0000-00-00_00-00-00";
	const char *token;
	char *time, *whole, *plain;
	bool is;

	if (strlen(name) < sizeof(like) || name[sizeof(like) - 1] != '_')
		return false;
	time = xstrndup(name, sizeof(like) - 1);
	whole = xasprintf(WORKNAME_PREFIX "%s", name + sizeof(like));
	plain = dates_plain(whole);
	is = dates_matches(WORKNAME_TIME, time) &&
	    workname_is_of(w, plain == NULL ? whole : plain, &token);
	free(time);
	free(plain);
	free(whole);
	return is;
}

long
workname_number(const struct workname *w, const char *name)
{
	const char *token;

	if (w->token == NULL || !workname_is_of(w, name, &token) ||
	    !util_has_prefix(token, w->token))
		return -1;
	return strtol(token + WORKNAME_TOKEN_LEN, NULL, 10);
}
