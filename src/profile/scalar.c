/* SPDX-License-Identifier: ISC */
/*
 * One entry of scalar_types[] per type. A value is always read from text, so
 * that a number of the file, a default of the table and the result of ${VAR} go
 * through the same function.
 */
#include "config.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/size.h"
#include "base/text.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/keyrow.h"
#include "profile/scalar.h"

#define SCALAR_NUMBER_LEN 720 /* any double without an exponent */

#define SECOND_MS 1000.0
#define DAY_MS	  (86400 * SECOND_MS)
#define YEARS_MS  (3650 * DAY_MS)

/* A suffix of a quantity, largest first; "" is a plain number's. */
struct scalar_unit {
	const char *name;
	double scale;
	bool shown; /* used for printing, too */
};

/*
 * The functions of a type. `scan` returns -1 with *why set (owned by the
 * caller) when it has better words than "expected, found".
 */
struct scalar_type {
	const struct scalar_unit *units; /* NULL: not a quantity */
	double lo, hi; /* of a quantity, whatever the row says */
	size_t size;   /* of a value without pointers */
	bool number;   /* a JSON number will do */
	int (*scan)(
	    const struct key *k, const char *text, void *out, char **why);
	char *(*text)(const struct key *k, const void *in);
};

static const struct scalar_type scalar_types[];

static const struct scalar_unit scalar_plain[] = { { "", 1, true }, { 0 } };
static const struct scalar_unit scalar_times[] = {
	{ "d", DAY_MS, true },
	{ "h", 3600 * SECOND_MS, true },
	{ "m", 60 * SECOND_MS, true },
	{ "s", SECOND_MS, true },
	{ "ms", 1, true },
	{ "", SECOND_MS, false },
	{ 0 },
};
static const struct scalar_unit scalar_bitrates[] = {
	{ "G", 1e9, false },
	{ "M", 1e6, false }, /* 3000k beside 2500k compares at a glance */
	{ "k", 1e3, true },
	{ "", 1, true },
	{ 0 },
};
static const struct scalar_unit scalar_bytes[] = {
	{ "TiB", 1099511627776.0, true },
	{ "TB", 1e12, true },
	{ "GiB", 1073741824.0, true },
	{ "GB", 1e9, true },
	{ "MiB", 1048576.0, true },
	{ "MB", 1e6, true },
	{ "KiB", 1024.0, true },
	{ "kB", 1e3, true },
	{ "", 1, true },
	{ 0 },
};

/* Rates that people write as a decimal and mean as a fraction. */
static const struct {
	double written;
	int64_t num;
} scalar_ntsc[] = {
	{ 23.976, 24000 },
	{ 29.97, 30000 },
	{ 59.94, 60000 },
};

/* Words that ffmpeg would take for a size. */
static const struct {
	const char *word, *size;
} scalar_size_words[] = {
	{ "qvga", "320x240" },
	{ "vga", "640x480" },
	{ "svga", "800x600" },
	{ "xga", "1024x768" },
	{ "hd480", "852x480" },
	{ "480p", "854x480" },
	{ "hd720", "1280x720" },
	{ "720p", "1280x720" },
	{ "hd", "1280x720" },
	{ "hd1080", "1920x1080" },
	{ "1080p", "1920x1080" },
	{ "fullhd", "1920x1080" },
	{ "2160p", "3840x2160" },
	{ "uhd2160", "3840x2160" },
	{ "4k", "3840x2160" },
};

/* ---- text -> value ---- */

char *
scalar_number_text(double n)
{
	char out[SCALAR_NUMBER_LEN];

	for (int decimals = 0; decimals < 350; decimals++) {
		snprintf(out, sizeof(out), "%.*f", decimals, n);
		if (strtod(out, NULL) == n)
			break;
	}
	return xstrdup(out);
}

/* true, false */
static int
scalar_scan_bool(
    const struct key *k UNUSED, const char *text, void *out, char **why UNUSED)
{
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return -1;
	*(bool *)out = yes;
	return 0;
}

/* The value of "-12.5k" and such in C's unit. 0 / -1. */
static int
scalar_measure(const struct scalar_unit *units, const char *text, double *n)
{
	const char *p = text + (*text == '-');
	size_t len = strspn(p, "0123456789");

	if (len == 0)
		return -1;
	p += len;
	if (*p == '.') {
		len = strspn(++p, "0123456789");
		if (len == 0)
			return -1;
		p += len;
	}
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, p) == 0) {
			*n = strtod(text, NULL) * units->scale;
			return isfinite(*n) ? 0 : -1;
		}
	}
	return -1;
}

/* A quantity in the largest unit that divides it; caller frees. */
static char *
scalar_quantity(enum key_type type, double n)
{
	const struct scalar_unit *u = scalar_types[type].units;
	char *digits, *out;

	if (n == 0 || type == KEY_INT || type == KEY_NUMBER)
		return scalar_number_text(n);
	while (!u->shown || fmod(n, u->scale) != 0)
		u++;
	digits = scalar_number_text(n / u->scale);
	out = xasprintf("%s%s", digits, u->name);
	free(digits);
	return out;
}

bool
scalar_limits(const struct key *k, double *lo, double *hi)
{
	const struct scalar_type *t = &scalar_types[k->type];

	*lo = t->lo;
	*hi = t->hi;
	if (k->min == 0 && k->max == 0)
		return t->units != NULL;
	*lo = k->min;
	if (k->max > k->min)
		*hi = k->max;
	return t->units != NULL;
}

/* The words for a quantity out of its range; caller frees. */
static char *
scalar_range_why(const struct key *k, const char *text)
{
	bool plain = k->type == KEY_INT || k->type == KEY_NUMBER;
	const char *unit = plain && k->unit != NULL ? k->unit : "";
	const char *gap = *unit != '\0' ? " " : "";
	double lo, hi;
	char *from, *to, *why;

	scalar_limits(k, &lo, &hi);
	from = scalar_quantity(k->type, lo);
	to = scalar_quantity(k->type, hi);
	if (k->type == KEY_NUMBER && hi == DBL_MAX)
		why = xasprintf(
		    "must be at least %s%s%s, found %s", from, gap, unit, text);
	else
		why = xasprintf("must be from %s to %s%s%s, found %s", from, to,
		    gap, unit, text);
	free(from);
	free(to);
	return why;
}

/* Integers, numbers, durations, bitrates, bytes. */
static int
scalar_scan_quantity(
    const struct key *k, const char *text, void *out, char **why)
{
	double n, lo, hi;

	if (scalar_measure(scalar_types[k->type].units, text, &n) == -1)
		return -1;
	if (k->type == KEY_INT && n != floor(n)) {
		*why = xasprintf("must be a whole number, found %s", text);
		return -1;
	}
	if (k->type != KEY_NUMBER)
		n = round(n);
	scalar_limits(k, &lo, &hi);
	if (n < lo || n > hi) {
		*why = scalar_range_why(k, text);
		return -1;
	}
	if (k->type == KEY_NUMBER)
		*(double *)out = n;
	else
		*(int64_t *)out = (int64_t)n;
	return 0;
}

/* Any text of one line; replaces a default. */
static int
scalar_scan_string(
    const struct key *k UNUSED, const char *text, void *out, char **why)
{
	char **s = out;

	if (*text == '\0')
		*why = xstrdup("must not be empty");
	else if (text_has_control(text))
		*why = xstrdup("must not contain control characters");
	if (*why != NULL)
		return -1;
	free(*s);
	*s = xstrdup(text);
	return 0;
}

/* One of the choices; the error lists them. */
static int
scalar_scan_enum(const struct key *k, const char *text, void *out, char **why)
{
	int i = words_index(k->choices, text);
	char *list, *meant;

	if (i == -1) {
		list = words_list(k->choices);
		meant = words_meant(text, k->choices);
		*why = xasprintf(
		    "expected one of %s, found \"%s\"%s", list, text, meant);
		free(list);
		free(meant);
		return -1;
	}
	*(int *)out = i;
	return 0;
}

/* A whole number without sign, at most `max`; -1 when it is not. */
static int64_t
scalar_digits(const char *p, size_t len, int64_t max)
{
	int64_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)p[i]) || n > max)
			return -1;
		n = n * 10 + (p[i] - '0');
	}
	return len == 0 || n > max ? -1 : n;
}

/* 1280x720; a word of ffmpeg gets its size as a hint. */
static int
scalar_scan_size(
    const struct key *k UNUSED, const char *text, void *out, char **why)
{
	size_t len = strcspn(text, "x");
	int64_t w, h;

	for (size_t i = 0; i < NELEM(scalar_size_words); i++) {
		if (strcasecmp(text, scalar_size_words[i].word) == 0) {
			*why = xasprintf("write %s as \"%s\"", text,
			    scalar_size_words[i].size);
			return -1;
		}
	}
	if (text[len] != 'x' || len == 0 || strspn(text, "0123456789") != len ||
	    text[len + 1] == '\0' ||
	    text[len + 1 + strspn(text + len + 1, "0123456789")] != '\0')
		return -1;
	w = scalar_digits(text, len, SIZE_SIDE_MAX);
	h = scalar_digits(
	    text + len + 1, strlen(text + len + 1), SIZE_SIDE_MAX);
	if (w < 1 || h < 1) {
		*why =
		    xasprintf("width and height must be from 1 to %d, found %s",
			SIZE_SIDE_MAX, text);
		return -1;
	}
	*(struct size *)out = (struct size){ (int)w, (int)h };
	return 0;
}

/* One side of an extent: -1, or a number of pixels. 0 / -1. */
static int
scalar_scan_side(const char *text, size_t len, int *side)
{
	bool follows = len == 2 && strncmp(text, "-1", len) == 0;

	*side = follows ? -1 : (int)scalar_digits(text, len, SIZE_SIDE_MAX);
	return follows || *side > 0 ? 0 : -1;
}

/* 36, 160x90, 160x-1, -1x90 */
static int
scalar_scan_extent(const struct key *k, const char *text, void *out, char **why)
{
	size_t len = strcspn(text, "x");
	struct size s = { 0, 0 };
	bool pair = text[len] == 'x', bad;

	if (pair)
		bad = scalar_scan_side(text, len, &s.w) == -1 ||
		    scalar_scan_side(
			text + len + 1, strlen(text + len + 1), &s.h) == -1;
	else
		bad = *text == '-' || scalar_scan_side(text, len, &s.h) == -1;
	if (bad || (s.w == -1 && s.h == -1))
		return -1;
	if (!pair && k->max > 0 && (s.h < k->min || s.h > k->max)) {
		*why = xasprintf("must be from %g to %g pixels, found %s",
		    k->min, k->max, text);
		return -1;
	}
	*(struct size *)out = s;
	return 0;
}

/* [0, 0.6] */
static int
scalar_scan_span(
    const struct key *k UNUSED, const char *text, void *out, char **why)
{
	struct span s;
	int end = -1;

	if (sscanf(text, "[%lf,%lf]%n", &s.from, &s.to, &end) != 2 ||
	    end != (int)strlen(text))
		return -1;
	if (!(s.from >= 0 && s.from < s.to && s.to <= 1)) {
		*why = xasprintf("must be two numbers from 0 to 1, the smaller "
				 "one first, found %s",
		    text);
		return -1;
	}
	*(struct span *)out = s;
	return 0;
}

/* The greatest common divisor, of positive numbers. */
static int64_t
scalar_gcd(int64_t a, int64_t b)
{
	int64_t rest;

	while (b != 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* The fraction that a rate means, not yet reduced. 0 / -1. */
static int
scalar_fraction(const char *text, struct rate *r)
{
	size_t slash = strcspn(text, "/");
	double n;

	if (text[slash] == '/') {
		r->num = scalar_digits(text, slash, INT32_MAX);
		r->den = scalar_digits(
		    text + slash + 1, strlen(text + slash + 1), INT32_MAX);
		return r->num >= 0 && r->den > 0 ? 0 : -1;
	}
	if (scalar_measure(scalar_plain, text, &n) == -1)
		return -1;
	for (size_t i = 0; i < NELEM(scalar_ntsc); i++) {
		if (n == scalar_ntsc[i].written) {
			*r = (struct rate){ scalar_ntsc[i].num, 1001 };
			return 0;
		}
	}
	if (fabs(n) > SCALAR_RATE_MAX) /* refused later; no overflow here */
		n = n < 0 ? -1 : SCALAR_RATE_MAX + 1;
	*r = (struct rate){ llround(n * 1000), 1000 };
	return fabs(n * 1000 - (double)r->num) < 1e-6 ? 0 : -1;
}

/* 30, 29.97, 30000/1001: a fraction in lowest terms. */
static int
scalar_scan_rate(const struct key *k, const char *text, void *out, char **why)
{
	struct rate r;
	double fps;
	int64_t gcd;

	if (scalar_fraction(text, &r) == -1)
		return -1;
	fps = (double)r.num / (double)r.den;
	if (fps <= 0 || fps > SCALAR_RATE_MAX) {
		*why = xasprintf("must be greater than 0 and at most %d fps, "
				 "found %s",
		    SCALAR_RATE_MAX, text);
		return -1;
	}
	if ((k->min != 0 || k->max != 0) && (fps < k->min || fps > k->max)) {
		*why = xasprintf("must be from %g to %g fps, found %s", k->min,
		    k->max, text);
		return -1;
	}
	gcd = scalar_gcd(r.num, r.den);
	*(struct rate *)out = (struct rate){ r.num / gcd, r.den / gcd };
	return 0;
}

/* ---- value -> text, NULL when it has none ---- */

/* true, false */
static char *
scalar_text_bool(const struct key *k UNUSED, const void *in)
{
	return xstrdup(*(const bool *)in ? "true" : "false");
}

/* With the unit that is shortest. */
static char *
scalar_text_quantity(const struct key *k, const void *in)
{
	double n = k->type == KEY_NUMBER ? *(const double *)in
					 : (double)*(const int64_t *)in;

	return scalar_quantity(k->type, n);
}

/* The string itself. */
static char *
scalar_text_string(const struct key *k UNUSED, const void *in)
{
	char *const *s = in;

	return *s != NULL ? xstrdup(*s) : NULL;
}

/* The word of a choice. */
static char *
scalar_text_enum(const struct key *k, const void *in)
{
	int i = *(const int *)in;

	return i >= 0 ? xstrdup(k->choices[i]) : NULL;
}

/* 1280x720 */
static char *
scalar_text_size(const struct key *k UNUSED, const void *in)
{
	const struct size *s = in;

	return s->w > 0 ? xasprintf("%dx%d", s->w, s->h) : NULL;
}

/* 36, 160x-1 */
static char *
scalar_text_extent(const struct key *k UNUSED, const void *in)
{
	const struct size *s = in;

	if (s->w == 0)
		return s->h > 0 ? xasprintf("%d", s->h) : NULL;
	return xasprintf("%dx%d", s->w, s->h);
}

/* [0, 0.6] */
static char *
scalar_text_span(const struct key *k UNUSED, const void *in)
{
	const struct span *s = in;
	char *from = scalar_number_text(s->from);
	char *to = scalar_number_text(s->to);
	char *text = xasprintf("[%s, %s]", from, to);

	free(from);
	free(to);
	return text;
}

/* A whole number, or the exact fraction. */
static char *
scalar_text_rate(const struct key *k UNUSED, const void *in)
{
	const struct rate *r = in;

	return r->den == 0 ? NULL : size_rate_text(*r);
}

/* ---- the types ---- */

#define SCALAR_QUANTITY                                                        \
	.number = true, .size = sizeof(int64_t), .scan = scalar_scan_quantity, \
	.text = scalar_text_quantity

static const struct scalar_type scalar_types[N_KEY_TYPES] = {
	[KEY_BOOL] = {
		.size = sizeof(bool),
		.scan = scalar_scan_bool,
		.text = scalar_text_bool,
	},
	[KEY_INT] = {
		SCALAR_QUANTITY,
		.units = scalar_plain,
		.lo = -SCALAR_WHOLE_MAX,
		.hi = SCALAR_WHOLE_MAX,
	},
	[KEY_NUMBER] = {
		SCALAR_QUANTITY,
		.units = scalar_plain,
		.lo = -DBL_MAX,
		.hi = DBL_MAX,
	},
	[KEY_STRING] = {
		.scan = scalar_scan_string,
		.text = scalar_text_string,
	},
	[KEY_TEXT] = {
		.scan = scalar_scan_string,
		.text = scalar_text_string,
	},
	[KEY_ENUM] = {
		.size = sizeof(int),
		.scan = scalar_scan_enum,
		.text = scalar_text_enum,
	},
	[KEY_DURATION] = {
		SCALAR_QUANTITY,
		.units = scalar_times,
		.hi = YEARS_MS,
	},
	[KEY_BITRATE] = {
		SCALAR_QUANTITY,
		.units = scalar_bitrates,
		.hi = SCALAR_WHOLE_MAX,
	},
	[KEY_BYTES] = {
		SCALAR_QUANTITY,
		.units = scalar_bytes,
		.hi = SCALAR_WHOLE_MAX,
	},
	[KEY_SIZE] = {
		.size = sizeof(struct size),
		.scan = scalar_scan_size,
		.text = scalar_text_size,
	},
	[KEY_EXTENT] = {
		.size = sizeof(struct size),
		.number = true,
		.scan = scalar_scan_extent,
		.text = scalar_text_extent,
	},
	[KEY_SPAN] = {
		.size = sizeof(struct span),
		.scan = scalar_scan_span,
		.text = scalar_text_span,
	},
	[KEY_RATE] = {
		.size = sizeof(struct rate),
		.number = true,
		.scan = scalar_scan_rate,
		.text = scalar_text_rate,
	},
};

_Static_assert(sizeof(double) == sizeof(int64_t), "one size of quantities");

/* ---- public interface ---- */

bool
scalar_is(enum key_type type)
{
	return scalar_types[type].scan != NULL;
}

bool
scalar_takes_number(enum key_type type)
{
	return scalar_types[type].number;
}

double
scalar_scale(enum key_type type)
{
	const struct scalar_unit *u = scalar_types[type].units;

	while (*u->name != '\0')
		u++;
	return u->scale;
}

int
scalar_scan(const struct key *k, const char *text, void *out, char **why)
{
	return scalar_types[k->type].scan(k, text, out, why);
}

char *
scalar_text(const struct key *k, const void *in)
{
	const struct scalar_type *t = &scalar_types[k->type];
	static const char zero[sizeof(int64_t)];

	if (k->def == NULL && t->number && t->size <= sizeof(zero) &&
	    memcmp(in, zero, t->size) == 0)
		return NULL;
	return t->text(k, in);
}

bool
scalar_is_bare(const struct key *k, const char *text)
{
	bool word = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;

	if (k->type == KEY_BOOL || k->type == KEY_SPAN)
		return true;
	if (k->type == KEY_TEXT)
		return word;
	return scalar_types[k->type].number &&
	    text[strspn(text, "-.0123456789")] == '\0';
}

bool
scalar_equal(const struct key *k, const void *a, const void *b)
{
	char *const *sa = a, *const *sb = b;

	if (k->type == KEY_STRING || k->type == KEY_TEXT)
		return util_streq(*sa, *sb);
	return memcmp(a, b, scalar_types[k->type].size) == 0;
}
