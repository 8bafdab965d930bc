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

#include "base/buf.h"
#include "base/calendar.h"
#include "base/util.h"
#include "profile/dates.h"

/* Bytes that a conversion makes, at most ("%c" has 24), when it may make
 * anything. */
#define DATES_ONE 26
#define DATES_ANY 4096

/* Digits of seconds since 1970. */
#define DATES_EPOCH_MIN 9
#define DATES_EPOCH_MAX 11

/* Ways to read one name that are tried; a name with more belongs to no
 * pattern. */
#define DATES_WAYS 4096

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
	const char *words; /* with a space after each */
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
	DATES_EPOCH, /* seconds since 1970 */
	DATES_WORD,
	DATES_ZONE,   /* a name */
	DATES_OFFSET, /* "+0200" */
	DATES_NEVER   /* matches nothing */
};

/* The meaning of a part of a pattern. */
struct dates_token {
	enum dates_kind kind;
	char c;				   /* of DATES_CHAR */
	char field;			   /* its field of time, '\0': none */
	char pad;			   /* of DATES_NUMBER */
	bool fold;			   /* of DATES_WORD and DATES_ZONE */
	const char *words;		   /* of DATES_WORD */
	const struct dates_number *number; /* of DATES_NUMBER, DATES_OFFSET */
	size_t len;			   /* in the pattern */
};

/* The digits of an offset from UTC, "hhmm". */
static const struct dates_number dates_offset = { 'z', '0', 4, 0, 1459 };

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

/* The long form of a conversion, or NULL. */
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

/* The kind of a conversion; DATES_CHAR when it means itself. */
static enum dates_kind
dates_kind(const struct dates_spec *s)
{
	enum dates_kind kind = DATES_CHAR;

	if (s->conv == 's')
		kind = DATES_EPOCH;
	else if (s->conv == 'Z')
		kind = DATES_ZONE;
	else if (s->conv == 'z')
		kind = DATES_OFFSET;
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

/* Conversions of one field have one letter. */
static char
dates_field(char conv)
{
	static const char names[][2] = { "Aw", "Bm", "Pp", "aw", "bm", "ed",
		"hm", "kH", "lI", "uw" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (names[i][0] == conv)
			return names[i][1];
	return conv;
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
	t.fold = s.fold;
	if (t.kind != DATES_CHAR || s.conv == '%')
		t.len = s.len;
	if (t.kind == DATES_WORD)
		t.words = dates_find_words(s.conv);
	else if (t.kind == DATES_NUMBER)
		t.number = dates_find_number(s.conv);
	else if (t.kind == DATES_OFFSET)
		t.number = &dates_offset;
	if (t.number != NULL)
		t.pad = s.pad != '\0' ? s.pad : t.number->pad;
	if (t.kind == DATES_WORD || t.kind == DATES_NUMBER)
		t.field = dates_field(s.conv);
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

/* The number that these bytes are, -1: none. */
static int
dates_value(const char *s, size_t len)
{
	size_t i = strspn(s, " ");
	int value = 0;

	for (; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

/* Are these bytes that number, exactly as strftime writes it? */
static bool
dates_is_number(const struct dates_token *t, const char *s, size_t len)
{
	int value = dates_value(s, len);
	char text[16];

	if (value == -1)
		return false;
	dates_print(t, value, text, sizeof(text));
	return value >= t->number->min && value <= t->number->max &&
	    strlen(text) == len && strncmp(text, s, len) == 0;
}

/* Does the text begin with these bytes? */
static bool
dates_begins(const char *s, const char *word, size_t len, bool fold)
{
	return fold ? strncasecmp(word, s, len) == 0
		    : strncmp(word, s, len) == 0;
}

/* Lengths, a bit each, of the words that the text begins with. */
static uint64_t
dates_word_ends(const struct dates_token *t, const char *s)
{
	uint64_t ends = 0;
	size_t len;

	for (const char *w = t->words; *w != '\0'; w += len + 1) {
		len = strcspn(w, " ");
		if (dates_begins(s, w, len, t->fold))
			ends |= UINT64_C(1) << len;
	}
	return ends;
}

/* The same of the names of time zones: those in use here, and UTC. */
static uint64_t
dates_zone_ends(const struct dates_token *t, const char *s)
{
	const char *const names[] = { "UTC", "GMT", calendar_zone(0),
		calendar_zone(1) };
	uint64_t ends = 0;
	size_t len;

	for (size_t i = 0; i < NELEM(names); i++) {
		len = strlen(names[i]);
		if (len > 0 && len < 64 &&
		    dates_begins(s, names[i], len, t->fold))
			ends |= UINT64_C(1) << len;
	}
	return ends;
}

/* The same of numbers. */
static uint64_t
dates_number_ends(const struct dates_token *t, const char *s)
{
	size_t most = strnlen(s, (size_t)t->number->digits);
	uint64_t ends = 0;

	for (size_t len = 1; len <= most; len++)
		if (dates_is_number(t, s, len))
			ends |= UINT64_C(1) << len;
	return ends;
}

/* The same of offsets from UTC: these are quarters of an hour, and 0 is not
 * negative. */
static uint64_t
dates_offset_ends(const struct dates_token *t, const char *s)
{
	uint64_t ends = 0, all;
	int value;

	if (*s != '+' && *s != '-')
		return 0;
	all = dates_number_ends(t, s + 1);
	for (size_t len = 1; len <= (size_t)t->number->digits; len++) {
		if ((all >> len & 1) == 0)
			continue;
		value = dates_value(s + 1, len);
		if (value % 100 < 60 && value % 100 % 15 == 0 &&
		    (value > 0 || *s == '+'))
			ends |= UINT64_C(1) << (len + 1);
	}
	return ends;
}

/* The same of seconds since 1970: of the years 1973 to 5138. */
static uint64_t
dates_epoch_ends(const char *s)
{
	size_t n = *s == '0' ? 0 : strspn(s, "0123456789");
	uint64_t ends = 0;

	for (size_t len = DATES_EPOCH_MIN; len <= n && len <= DATES_EPOCH_MAX;
	     len++)
		ends |= UINT64_C(1) << len;
	return ends;
}

/* Lengths, a bit each, that a token can have where the text begins. */
static uint64_t
dates_ends(const struct dates_token *t, const char *s)
{
	switch (t->kind) {
	case DATES_CHAR:
		return *s == t->c && *s != '\0' ? UINT64_C(1) << 1 : 0;
	case DATES_NUMBER:
		return dates_number_ends(t, s);
	case DATES_EPOCH:
		return dates_epoch_ends(s);
	case DATES_WORD:
		return dates_word_ends(t, s);
	case DATES_ZONE:
		return dates_zone_ends(t, s);
	case DATES_OFFSET:
		return dates_offset_ends(t, s);
	case DATES_NEVER:
		break;
	}
	return 0;
}

/* Mark in `to` where a token that begins at name[i] can end. */
static void
dates_reach(const struct dates_token *t, const char *name, size_t i, bool *to)
{
	uint64_t ends = dates_ends(t, name + i);

	for (size_t len = 1; ends >> len != 0; len++)
		if ((ends >> len & 1) != 0)
			to[i + len] = true;
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

char *
dates_plain(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const char *dot = strrchr(name, '.'), *digits;

	if (dot == NULL)
		dot = name + strlen(name);
	for (digits = dot; digits > name && isdigit((unsigned char)digits[-1]);)
		digits--;
	if (digits == dot || digits == name || digits[-1] != '_' ||
	    *digits == '0' || (*digits == '1' && dot - digits == 1))
		return NULL;
	return xasprintf("%.*s%s", (int)(digits - 1 - path), path, dot);
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

/* The time in a path: a value for each field, -1: none. */
struct dates_when {
	int of[128];
	unsigned ways; /* that are left */
};

/* Has this field the right value, if the path has it at all? */
static bool
dates_has(const struct dates_when *w, char field, int value)
{
	return w->of[(int)field] == -1 || w->of[(int)field] == value;
}

static bool
dates_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a year before its month 1 to 13. */
static int
dates_days_before(int month, bool leap)
{
	static const int days[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
		304, 334, 365 };

	return days[month - 1] + (leap && month > 2 ? 1 : 0);
}

/* The day of the week on which a year begins; 0 is Sunday. */
static int
dates_first_weekday(int year)
{
	int y = year - 1;

	return (1 + 5 * (y % 4) + 4 * (y % 100) + 6 * (y % 400)) % 7;
}

/* The year; one that is as long where only two digits are known, or none. */
static int
dates_year(const struct dates_when *w)
{
	int yy = w->of['y'] == -1 ? 0 : w->of['y'];

	if (w->of['Y'] != -1)
		return w->of['Y'];
	return (w->of['C'] == -1 || w->of['y'] == -1 ? 20 : w->of['C']) * 100 +
	    yy;
}

/* Does such a day exist? In an unknown year, any that some year has. */
static bool
dates_is_day(const struct dates_when *w)
{
	const int *of = w->of;
	int year = dates_year(w), yday = of['j'], before;
	bool leap = dates_is_leap(year);

	if (!dates_has(w, 'y', of['Y'] == -1 ? of['y'] : year % 100) ||
	    !dates_has(w, 'C', of['Y'] == -1 ? of['C'] : year / 100) ||
	    (yday == 366 && !leap))
		return false;
	if (of['m'] != -1 && of['d'] != -1) {
		before = dates_days_before(of['m'], leap);
		if (of['d'] > dates_days_before(of['m'] + 1, leap) - before)
			return false;
		yday = before + of['d'];
	}
	if (of['Y'] == -1 || yday == -1)
		return true;
	return dates_has(w, 'j', yday) &&
	    dates_has(w, 'w', (dates_first_weekday(year) + yday - 1) % 7);
}

/* Does such a time exist? */
static bool
dates_is_time(const struct dates_when *w)
{
	int hour = w->of['H'];

	return dates_is_day(w) &&
	    (hour == -1 ||
		(dates_has(w, 'I', (hour + 11) % 12 + 1) &&
		    dates_has(w, 'p', hour / 12)));
}

/* The number that a token with a field has made of these bytes. */
static int
dates_read(const struct dates_token *t, const char *s, size_t len)
{
	int index = 0, value;
	size_t n;

	if (t->kind == DATES_NUMBER) {
		value = dates_value(s, len);
		return t->field == 'w' ? value % 7 : value;
	}
	for (const char *w = t->words; *w != '\0'; w += n + 1, index++) {
		n = strcspn(w, " ");
		if (n == len && dates_begins(s, w, n, t->fold))
			break;
	}
	return t->field == 'm' ? index + 1 : index;
}

/* Can one time have made this text? */
static bool
dates_try(const char *pattern, const char *s, struct dates_when *w)
{
	struct dates_token t;
	bool does = false;
	uint64_t ends;
	int *field, old;

	if (w->ways == 0)
		return false;
	w->ways--;
	for (;; pattern += t.len, s++) {
		if (*pattern == '\0')
			return *s == '\0' && dates_is_time(w);
		t = dates_token(pattern);
		ends = dates_ends(&t, s);
		if (t.kind != DATES_CHAR)
			break;
		if (ends == 0)
			return false;
	}
	field = &w->of[(int)t.field];
	old = *field;
	for (size_t len = 1; !does && ends >> len != 0; len++) {
		if ((ends >> len & 1) == 0)
			continue;
		if (t.field != '\0')
			*field = dates_read(&t, s, len);
		does = (old == -1 || *field == old) &&
		    dates_try(pattern + t.len, s + len, w);
		*field = old;
	}
	return does;
}

/* The parts from this one on, with slashes between. Caller frees. */
static char *
dates_join(const struct strv *parts, size_t first)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = first; i < parts->n; i++)
		buf_putf(&out, "%s%s", i > first ? "/" : "", parts->v[i]);
	return buf_steal(&out);
}

/* Can one time have made this path, as it is? */
static bool
dates_is_made(const char *pattern, const char *path)
{
	struct dates_when w = { .ways = DATES_WAYS };

	memset(w.of, -1, sizeof(w.of));
	return dates_try(pattern, path, &w);
}

bool
dates_agree(const struct strv *parts, size_t first, const char *path)
{
	char *pattern = dates_join(parts, first), *plain = dates_plain(path);
	bool agree = dates_is_made(pattern, path) ||
	    (plain != NULL && dates_is_made(pattern, plain));

	free(pattern);
	free(plain);
	return agree;
}

bool
dates_matches(const char *pattern, const char *path)
{
	struct strv parts = { 0 }, names = { 0 };
	char *expanded = dates_expand(pattern), *all;
	bool fits;

	dates_split(&parts, expanded);
	dates_split(&names, path);
	all = dates_join(&names, 0);
	fits = names.n == parts.n && names.n > 0 &&
	    (*expanded == '/') == (*path == '/') && !util_has_suffix(path, "/");
	for (size_t i = 0; fits && i < parts.n; i++)
		fits = i + 1 < parts.n
		    ? dates_fits(parts.v[i], names.v[i])
		    : dates_fits_file(parts.v[i], names.v[i]);
	fits = fits && dates_agree(&parts, 0, all);
	free(all);
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
		path = calendar_text(a, 1700000000000 + i * step);
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
			s.len = 1; /* it means itself */
	}
	return NULL;
}

size_t
dates_longest_part(const char *path)
{
	size_t longest = 0, len;

	for (; *path != '\0'; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len > longest)
			longest = len;
	}
	return longest;
}

/* The longest result of one conversion; *end is after it. With a width, and for
 * a zone, it may be anything. */
static size_t
dates_bound_one(const char *p, const char **end)
{
	p += strspn(p + 1, "_-0^#+") + 1;
	if (*p >= '1' && *p <= '9') {
		*end = p;
		return DATES_ANY;
	}
	p += strspn(p, "EO");
	*end = p + (*p != '\0');
	return *p == 'Z' ? DATES_ANY : DATES_ONE;
}

size_t
dates_bound(const char *pattern, size_t *whole)
{
	size_t longest = 0, part = 0, len;

	*whole = 0;
	for (const char *p = pattern; *p != '\0';) {
		part = *p == '/' ? 0 : part;
		if (*p == '%') {
			len = dates_bound_one(p, &p);
			part += len;
		} else {
			len = 1;
			part += *p++ != '/';
		}
		*whole += len;
		longest = part > longest ? part : longest;
	}
	return longest;
}

/* Each day of a year, before and after noon: names of days and of months, and
 * numbers of one digit or two, have different lengths. */
size_t
dates_longest(const char *pattern, size_t *whole)
{
	static const int64_t begin = 1700001884000, step = 43200000 / 4 * 3;
	size_t longest = 0, len;
	char *path;

	*whole = 0;
	for (int64_t i = 0; i < 1000; i++) {
		path = calendar_text(pattern, begin + i * step);
		if (path == NULL)
			continue;
		len = dates_longest_part(path);
		longest = len > longest ? len : longest;
		len = strlen(path);
		*whole = len > *whole ? len : *whole;
		free(path);
	}
	return longest;
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

size_t
dates_count_fixed(const char *pattern)
{
	char *expanded = dates_expand(pattern), *name;
	struct strv parts = { 0 };
	size_t n;

	dates_split(&parts, expanded);
	for (n = 0; n + 1 < parts.n; n++) {
		name = dates_literal(parts.v[n]);
		free(name);
		if (name == NULL)
			break;
	}
	strv_clear(&parts);
	free(expanded);
	return n;
}

char *
dates_beside(const struct strv *parts, size_t from, bool absolute)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < parts->n; i++) {
		if (i > 0 || absolute)
			buf_putf(&out, "%c", i > from ? '+' : '/');
		buf_puts(&out, parts->v[i]);
	}
	return buf_steal(&out);
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
