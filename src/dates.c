/* SPDX-License-Identifier: ISC */
/*
 * Patterns of strftime(3), read backwards.
 */
#include "config.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "dates.h"
#include "util.h"

/* Conversions that are other conversions, in the C locale. */
static const struct dates_alias {
	char conv;
	const char *text;
} dates_aliases[] = {
	{ 'D', "%m/%d/%y" },
	{ 'F', "%Y-%m-%d" },
	{ 'R', "%H:%M" },
	{ 'T', "%H:%M:%S" },
	{ 'X', "%H:%M:%S" },
	{ 'c', "%a %b %e %H:%M:%S %Y" },
	{ 'n', "\n" },
	{ 'r', "%I:%M:%S %p" },
	{ 't', "\t" },
	{ 'x', "%m/%d/%y" },
};

/* Conversions that are numbers. */
static const struct dates_number {
	char conv, pad;
	int digits, min, max;
} dates_numbers[] = {
	{ 'C', '0', 2, 0, 99 },
	{ 'G', '0', 4, 1000, 9999 },
	{ 'H', '0', 2, 0, 23 },
	{ 'I', '0', 2, 1, 12 },
	{ 'M', '0', 2, 0, 59 },
	{ 'S', '0', 2, 0, 60 },
	{ 'U', '0', 2, 0, 53 },
	{ 'V', '0', 2, 1, 53 },
	{ 'W', '0', 2, 0, 53 },
	{ 'Y', '0', 4, 1000, 9999 },
	{ 'd', '0', 2, 1, 31 },
	{ 'e', '_', 2, 1, 31 },
	{ 'g', '0', 2, 0, 99 },
	{ 'j', '0', 3, 1, 366 },
	{ 'k', '_', 2, 0, 23 },
	{ 'l', '_', 2, 1, 12 },
	{ 'm', '0', 2, 1, 12 },
	{ 'u', '0', 1, 1, 7 },
	{ 'w', '0', 1, 0, 6 },
	{ 'y', '0', 2, 0, 99 },
};

/* Conversions that are one of some words. */
static const struct dates_word {
	char conv;
	const char *words; /* with a space behind each */
} dates_words[] = {
	{ 'A', "Sunday Monday Tuesday Wednesday Thursday Friday Saturday " },
	{ 'B',
	    "January February March April May June July August September "
	    "October November December " },
	{ 'P', "am pm " },
	{ 'a', "Sun Mon Tue Wed Thu Fri Sat " },
	{ 'b', "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec " },
	{ 'h', "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec " },
	{ 'p', "AM PM " },
};

/* A conversion as it is written: "%-d", "%10Y", "%Ey". */
struct dates_spec {
	char conv;  /* '\0': the pattern ends within it */
	char pad;   /* '-', '_' or '0'; '\0': its own */
	bool loose; /* a width, or '+' */
	bool fold;  /* other letters, small or large */
	size_t len; /* from the % on */
};

enum dates_kind {
	DATES_CHAR,
	DATES_NUMBER,
	DATES_DIGITS, /* a run */
	DATES_WORD,
	DATES_ZONE, /* a run */
	DATES_NEVER /* matches nothing */
};

/* What a part of a pattern stands for. */
struct dates_token {
	enum dates_kind kind;
	char c;				   /* of DATES_CHAR */
	char pad;			   /* of DATES_NUMBER */
	bool fold;			   /* of DATES_WORD */
	const char *words;		   /* of DATES_WORD */
	const struct dates_number *number; /* of DATES_NUMBER */
	size_t len;			   /* in the pattern */
};

/* Read the conversion at a '%'. */
static struct dates_spec
dates_parse(const char *text)
{
	struct dates_spec s = { .conv = '\0' };
	const char *p = text + 1;
	size_t width;

	for (; *p != '\0' && strchr("-_0+^#", *p) != NULL; p++) {
		if (*p == '+')
			s.loose = true;
		else if (*p == '^' || *p == '#')
			s.fold = true;
		else
			s.pad = *p;
	}
	width = strspn(p, "0123456789");
	p += width;
	if (width > 0)
		s.loose = true;
	if (*p == 'E' || *p == 'O') /* no difference in the C locale */
		p++;
	s.conv = *p;
	s.len = (size_t)(p - text) + (*p == '\0' ? 0 : 1);
	return s;
}

/* What a conversion is short for, or NULL. */
static const char *
dates_find_alias(char conv)
{
	for (size_t i = 0; i < NELEM(dates_aliases); i++)
		if (dates_aliases[i].conv == conv)
			return dates_aliases[i].text;
	return NULL;
}

/* The words of which a conversion makes one, or NULL. */
static const char *
dates_find_words(char conv)
{
	for (size_t i = 0; i < NELEM(dates_words); i++)
		if (dates_words[i].conv == conv)
			return dates_words[i].words;
	return NULL;
}

/* The number that a conversion makes, or NULL. */
static const struct dates_number *
dates_find_number(char conv)
{
	for (size_t i = 0; i < NELEM(dates_numbers); i++)
		if (dates_numbers[i].conv == conv)
			return &dates_numbers[i];
	return NULL;
}

char *
dates_expand(const char *pattern)
{
	struct dates_spec s;
	const char *alias;
	struct buf out;

	buf_init(&out, 0);
	for (const char *p = pattern; *p != '\0'; p += s.len) {
		s = (struct dates_spec){ .len = 1 };
		alias = NULL;
		if (*p == '%') {
			s = dates_parse(p);
			alias = s.loose ? NULL : dates_find_alias(s.conv);
		}
		if (alias != NULL)
			buf_puts(&out, alias);
		else
			buf_put(&out, p, s.len);
	}
	return buf_steal(&out);
}

/* The kind of a conversion; DATES_CHAR when it stands for itself. */
static enum dates_kind
dates_kind(const struct dates_spec *s)
{
	enum dates_kind kind = DATES_CHAR;

	if (s->conv == 's')
		kind = DATES_DIGITS;
	else if (s->conv == 'Z' || s->conv == 'z')
		kind = DATES_ZONE;
	else if (dates_find_words(s->conv) != NULL)
		kind = DATES_WORD;
	else if (dates_find_number(s->conv) != NULL)
		kind = DATES_NUMBER;
	if (s->loose &&
	    (kind != DATES_CHAR || s->conv == '%' ||
		dates_find_alias(s->conv) != NULL))
		kind = DATES_NEVER;
	return kind;
}

/* The first token of an expanded pattern that is not empty. */
static struct dates_token
dates_token(const char *p)
{
	struct dates_token t = { .kind = DATES_CHAR, .c = *p, .len = 1 };
	struct dates_spec s;

	if (*p != '%')
		return t;
	s = dates_parse(p);
	t.kind = dates_kind(&s);
	if (t.kind != DATES_CHAR || s.conv == '%')
		t.len = s.len;
	if (t.kind == DATES_WORD) {
		t.words = dates_find_words(s.conv);
		t.fold = s.fold;
	}
	if (t.kind == DATES_NUMBER) {
		t.number = dates_find_number(s.conv);
		t.pad = s.pad != '\0' ? s.pad : t.number->pad;
	}
	return t;
}

void
dates_split(struct strv *parts, const char *text)
{
	size_t len;

	for (text += strspn(text, "/"); *text != '\0';
	     text += strspn(text, "/")) {
		len = strcspn(text, "/");
		strv_take(parts, xstrndup(text, len));
		text += len;
	}
}

char *
dates_literal(const char *part)
{
	char *name = xcalloc(strlen(part) + 1, 1), *end = name;
	struct dates_token t;

	for (; *part != '\0'; part += t.len) {
		t = dates_token(part);
		if (t.kind != DATES_CHAR) {
			free(name);
			return NULL;
		}
		*end++ = t.c;
	}
	return name;
}

/* A number as strftime writes it. */
static void
dates_print(const struct dates_token *t, int value, char *out, size_t size)
{
	if (t->pad == '-')
		snprintf(out, size, "%d", value);
	else if (t->pad == '_')
		snprintf(out, size, "%*d", t->number->digits, value);
	else
		snprintf(out, size, "%0*d", t->number->digits, value);
}

/* Are these bytes that number, exactly as strftime writes it? */
static bool
dates_is_number(const struct dates_token *t, const char *s, size_t len)
{
	size_t i = strspn(s, " ");
	char text[16];
	int value = 0;

	for (; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		value = value * 10 + (s[i] - '0');
	}
	dates_print(t, value, text, sizeof(text));
	return value >= t->number->min && value <= t->number->max &&
	    strlen(text) == len && strncmp(text, s, len) == 0;
}

/* May this byte stand in that run? */
static bool
dates_is_within(enum dates_kind kind, char c)
{
	if (kind == DATES_DIGITS)
		return isdigit((unsigned char)c);
	return isalnum((unsigned char)c) || c == '+' || c == '-';
}

/* Mark in `to` where one of the words that begins at name[i] ends. */
static void
dates_reach_words(
    const struct dates_token *t, const char *name, size_t i, bool *to)
{
	size_t len;

	for (const char *w = t->words; *w != '\0'; w += len + 1) {
		len = strcspn(w, " ");
		if (t->fold ? strncasecmp(w, name + i, len) == 0
			    : strncmp(w, name + i, len) == 0)
			to[i + len] = true;
	}
}

/* Mark in `to` where a token that begins at name[i] can end. */
static void
dates_reach(const struct dates_token *t, const char *name, size_t i, bool *to)
{
	if (t->kind == DATES_CHAR) {
		if (name[i] == t->c)
			to[i + 1] = true;
	} else if (t->kind == DATES_NUMBER) {
		for (size_t len = 1; len <= (size_t)t->number->digits; len++)
			if (dates_is_number(t, name + i, len))
				to[i + len] = true;
	} else if (t->kind == DATES_WORD) {
		dates_reach_words(t, name, i, to);
	} else if (t->kind !=
	    DATES_NEVER) { /* who came here before has marked the rest */
		for (; dates_is_within(t->kind, name[i]) && !to[i + 1]; i++)
			to[i + 1] = true;
	}
}

/* All ways are followed at once: no backtracking. */
bool
dates_fits(const char *part, const char *name)
{
	bool marks[2][NAME_MAX + 1], *from = marks[0], *to = marks[1], *swap;
	size_t len = strlen(name);
	struct dates_token t;

	if (util_streq(name, ".") || util_streq(name, ".."))
		return util_streq(name, part);
	if (len > NAME_MAX)
		return false;
	memset(marks, 0, sizeof(marks));
	from[0] = true;
	for (; *part != '\0'; part += t.len) {
		t = dates_token(part);
		memset(to, 0, sizeof(marks[0]));
		for (size_t i = 0; i < len; i++)
			if (from[i])
				dates_reach(&t, name, i, to);
		swap = from;
		from = to;
		to = swap;
	}
	return from[len];
}

/* The name without the number that was put before its extension, or NULL: it
 * has none. Caller frees. */
static char *
dates_plain(const char *name)
{
	const char *dot = strrchr(name, '.'), *digits;

	if (dot == NULL)
		dot = name + strlen(name);
	for (digits = dot; digits > name && isdigit((unsigned char)digits[-1]);)
		digits--;
	if (digits == dot || digits == name || digits[-1] != '_' ||
	    *digits == '0' || (*digits == '1' && dot - digits == 1))
		return NULL;
	return xasprintf("%.*s%s", (int)(digits - 1 - name), name, dot);
}

bool
dates_fits_file(const char *part, const char *name)
{
	bool fits = dates_fits(part, name);
	char *plain;

	if (fits || (plain = dates_plain(name)) == NULL)
		return fits;
	fits = dates_fits(part, plain);
	free(plain);
	return fits;
}

bool
dates_matches(const char *pattern, const char *path)
{
	struct strv parts = { 0 }, names = { 0 };
	char *expanded = dates_expand(pattern);
	bool fits;

	dates_split(&parts, expanded);
	dates_split(&names, path);
	fits = names.n == parts.n && names.n > 0 &&
	    (*expanded == '/') == (*path == '/') && !util_has_suffix(path, "/");
	for (size_t i = 0; fits && i < parts.n; i++)
		fits = i + 1 < parts.n
		    ? dates_fits(parts.v[i], names.v[i])
		    : dates_fits_file(parts.v[i], names.v[i]);
	strv_clear(&parts);
	strv_clear(&names);
	free(expanded);
	return fits;
}

bool
dates_makes(const char *a, const char *b)
{
	static const int64_t step = INT64_C(37) * 86400 * 1000 + 49271 * 1000;
	bool does = false;
	char *path;

	for (int64_t i = 1; !does && i <= 12; i++) {
		path = util_strftime(a, 1700000000000 + i * step);
		does = path != NULL && dates_matches(b, path);
		free(path);
	}
	return does;
}

char *
dates_find_loose(const char *pattern)
{
	enum dates_kind kind;
	struct dates_spec s;

	for (const char *p = pattern; *p != '\0'; p += s.len) {
		s = (struct dates_spec){ .len = 1 };
		if (*p != '%')
			continue;
		s = dates_parse(p);
		kind = dates_kind(&s);
		if (kind == DATES_NEVER)
			return xstrndup(p, s.len);
		if (kind == DATES_CHAR && s.conv != '%' &&
		    dates_find_alias(s.conv) == NULL)
			s.len = 1; /* it stands for itself */
	}
	return NULL;
}

char *
dates_base(const char *pattern)
{
	char *expanded = dates_expand(pattern), *name;
	struct strv parts = { 0 };
	struct buf path;

	dates_split(&parts, expanded);
	buf_init(&path, 0);
	for (size_t i = 0; i + 1 < parts.n; i++) {
		name = dates_literal(parts.v[i]);
		if (name == NULL)
			break;
		buf_putf(&path, "%s%s",
		    path.len > 0 || *expanded == '/' ? "/" : "", name);
		free(name);
	}
	if (path.len == 0)
		buf_puts(&path, *expanded == '/' ? "/" : ".");
	strv_clear(&parts);
	free(expanded);
	return buf_steal(&path);
}

char *
dates_numbered(const char *path, unsigned number)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const char *dot = strrchr(name, '.');

	if (dot == NULL || dot == name)
		dot = name + strlen(name);
	return xasprintf("%.*s_%u%s", (int)(dot - path), path, number, dot);
}
