/* SPDX-License-Identifier: ISC */
/*
 * One row per key, one entry of schema_types[] per type: everything that is
 * done with a value stands there. A scalar is always read from text (a JSON
 * number is written out first), so that a value, a default of the table and
 * what ${VAR} left behind go through the same function.
 */

#include "config.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "errors.h"
#include "jsonw.h"
#include "redact.h"
#include "schema.h"
#include "util.h"

#define SCHEMA_ERRORS_MAX 100 /* one hostile file must not flood a log */
#define SCHEMA_DIFF_MAX	  5
#define SCHEMA_NUMBER_LEN 720 /* any double without an exponent */
#define SCHEMA_WHOLE_MAX  9007199254740991.0 /* a double counts so far */
#define SCHEMA_SIDE_MAX	  16384
#define SCHEMA_RATE_MAX	  1000

#define SECOND_MS 1000.0
#define DAY_MS	  (86400 * SECOND_MS)
#define YEARS_MS  (3650 * DAY_MS)

/* One reading of one object with all below it. */
struct schema_walk {
	const struct jsonc *doc;
	struct errors *errs;
	unsigned flags;
	int n_errors;
};

/* A suffix of a quantity, largest first; "" is what a plain number means. */
struct schema_unit {
	const char *name;
	double scale;
	bool shown; /* used for printing, too */
};

/* A text that becomes longer with each difference. */
struct schema_delta {
	struct buf out;
	int n;
};

/*
 * What a type can do. Scalars have `scan` and `text`; containers have `read`
 * and what else they need. `scan` returns -1 with *why set (owned by the
 * caller) when it knows better words than "expected, found".
 */
struct schema_type {
	const char *wanted;  /* "expected ..." */
	const char *pattern; /* JSON Schema: of the text form */
	const char *json;    /* JSON Schema: the other form */
	const struct schema_unit *units;
	double lo, hi; /* of a quantity, whatever the row says */
	size_t size;   /* of a scalar without pointers */
	bool number;   /* a JSON number will do */
	int (*scan)(
	    const struct key *k, const char *text, void *out, char **why);
	char *(*text)(const struct key *k, const void *in);
	void (*read)(struct schema_walk *w, const struct key *k, void *out,
	    const cJSON *item, const char *path);
	void (*print)(
	    const struct key *k, const void *in, struct jsonw *j, bool reveal);
	bool (*equal)(
	    const struct key *k, const void *a, const void *b, unsigned ignore);
	void (*clear)(const struct key *k, void *out);
	void (*describe)(const struct key *k, struct jsonw *j);
};

static const struct schema_type schema_types[];

static void schema_read_object(struct schema_walk *w, const struct key *table,
    void *out, const cJSON *object, const char *path);
static void
schema_describe_object(const struct key *table, struct jsonw *j, bool top);
static void schema_diff_table(struct schema_delta *d, const struct key *table,
    const void *a, const void *b, const char *path);

static const struct schema_unit schema_plain[] = { { "", 1, true }, { 0 } };
static const struct schema_unit schema_times[] = {
	{ "d", DAY_MS, true },
	{ "h", 3600 * SECOND_MS, true },
	{ "m", 60 * SECOND_MS, true },
	{ "s", SECOND_MS, true },
	{ "ms", 1, true },
	{ "", SECOND_MS, false },
	{ 0 },
};
static const struct schema_unit schema_bitrates[] = {
	{ "G", 1e9, false },
	{ "M", 1e6, false }, /* 3000k beside 2500k compares at a glance */
	{ "k", 1e3, true },
	{ "", 1, true },
	{ 0 },
};
static const struct schema_unit schema_bytes[] = {
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
} schema_ntsc[] = {
	{ 23.976, 24000 },
	{ 29.97, 30000 },
	{ 59.94, 60000 },
};

/* Words that ffmpeg would take for a size. */
static const struct {
	const char *word, *size;
} schema_size_words[] = {
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

#define OPTION_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:.-"

/* ---- places and words ---- */

/* Add an error where an item (or its key) stands. */
static void __attribute__((format(printf, 5, 6)))
schema_fail(struct schema_walk *w, const cJSON *item, bool key,
    const char *path, const char *fmt, ...)
{
	int line, col;
	char *text;
	va_list ap;

	if (w->n_errors >= SCHEMA_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	jsonc_locate(w->doc, item, key, &line, &col);
	errors_add(w->errs, w->doc->file, line, col, "%s%s%s", path,
	    *path != '\0' ? ": " : "", text);
	free(text);
	if (++w->n_errors == SCHEMA_ERRORS_MAX)
		errors_add(w->errs, w->doc->file, line, col,
		    "too many errors, the rest is not shown");
}

/* The dotted path of a member; caller frees. */
static char *
schema_join(const char *path, const char *name)
{
	return xasprintf("%s%s%s", path, *path != '\0' ? "." : "", name);
}

/* "a, b, c" of a NULL-terminated vector; caller frees. */
static char *
schema_list(const char *const *v)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; v[i] != NULL; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", v[i]);
	return buf_steal(&b);
}

/* ", did you mean "x"?" or ""; caller frees. */
static char *
schema_meant(const char *word, const char *const *v)
{
	const char *near = NULL;
	size_t n = 0;

	for (; v[n] != NULL; n++) {
		if (strcasecmp(v[n], word) == 0)
			near = v[n];
	}
	if (near == NULL)
		near = util_suggest(word, v, n);
	return near != NULL ? xasprintf(", did you mean \"%s\"?", near)
			    : xstrdup("");
}

/* Index in a NULL-terminated vector, or -1. */
static int
schema_index(const char *const *v, const char *word)
{
	for (int i = 0; v != NULL && v[i] != NULL; i++) {
		if (strcmp(v[i], word) == 0)
			return i;
	}
	return -1;
}

/* A number exactly and without an exponent: ffmpeg and we read it back. */
static char *
schema_number_text(double n)
{
	char out[SCHEMA_NUMBER_LEN];

	for (int decimals = 0; decimals < 350; decimals++) {
		snprintf(out, sizeof(out), "%.*f", decimals, n);
		if (strtod(out, NULL) == n)
			break;
	}
	return xstrdup(out);
}

/* What was found, for an error; never a secret. Caller frees. */
static char *
schema_found(const struct key *k, const cJSON *item)
{
	char *text, *out;
	bool secret = (k->flags & KEY_SECRET) != 0;

	if (cJSON_IsNumber(item))
		return secret ? xstrdup("a number")
			      : schema_number_text(item->valuedouble);
	if (cJSON_IsString(item) && secret)
		return xstrdup("a string");
	if (cJSON_IsString(item)) {
		text = redact_text(NULL, item->valuestring);
		out = xasprintf("\"%s\"", text);
		free(text);
		return out;
	}
	return xstrdup(cJSON_IsObject(item) ? "an object"
		: cJSON_IsArray(item)	    ? "an array"
		: cJSON_IsNull(item)	    ? "null"
		: cJSON_IsTrue(item)	    ? "true"
					    : "false");
}

/* "expected x, found y" for a value. */
static void
schema_unexpected(struct schema_walk *w, const struct key *k, const cJSON *item,
    const char *path, const char *wanted)
{
	char *found = schema_found(k, item);

	schema_fail(
	    w, item, false, path, "expected %s, found %s", wanted, found);
	free(found);
}

/* ---- scalars: text -> value ---- */

/* true, false */
static int
schema_scan_bool(
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
schema_measure(const struct schema_unit *units, const char *text, double *n)
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
schema_quantity(enum key_type type, double n)
{
	const struct schema_unit *u = schema_types[type].units;
	char *digits, *out;

	if (n == 0 || type == KEY_INT || type == KEY_NUMBER)
		return schema_number_text(n);
	while (!u->shown || fmod(n, u->scale) != 0)
		u++;
	digits = schema_number_text(n / u->scale);
	out = xasprintf("%s%s", digits, u->name);
	free(digits);
	return out;
}

/* The limits of a row, or of its type where it has none. */
static void
schema_limits(const struct key *k, double *lo, double *hi)
{
	*lo = schema_types[k->type].lo;
	*hi = schema_types[k->type].hi;
	if (k->min == 0 && k->max == 0)
		return;
	*lo = k->min;
	if (k->max > k->min)
		*hi = k->max;
}

/* The words for a quantity out of its range; caller frees. */
static char *
schema_range_why(const struct key *k, const char *text)
{
	bool plain = k->type == KEY_INT || k->type == KEY_NUMBER;
	const char *unit = plain && k->unit != NULL ? k->unit : "";
	const char *gap = *unit != '\0' ? " " : "";
	double lo, hi;
	char *from, *to, *why;

	schema_limits(k, &lo, &hi);
	from = schema_quantity(k->type, lo);
	to = schema_quantity(k->type, hi);
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
schema_scan_quantity(
    const struct key *k, const char *text, void *out, char **why)
{
	double n, lo, hi;

	if (schema_measure(schema_types[k->type].units, text, &n) == -1)
		return -1;
	if (k->type == KEY_INT && n != floor(n)) {
		*why = xasprintf("must be a whole number, found %s", text);
		return -1;
	}
	if (k->type != KEY_NUMBER)
		n = round(n);
	schema_limits(k, &lo, &hi);
	if (n < lo || n > hi) {
		*why = schema_range_why(k, text);
		return -1;
	}
	if (k->type == KEY_NUMBER)
		*(double *)out = n;
	else
		*(int64_t *)out = (int64_t)n;
	return 0;
}

/* Whether a byte of the text would upset a terminal or a log. */
static bool
schema_has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

/* Any text of one line; replaces a default. */
static int
schema_scan_string(
    const struct key *k UNUSED, const char *text, void *out, char **why)
{
	char **s = out;

	if (*text == '\0')
		*why = xstrdup("must not be empty");
	else if (schema_has_control(text))
		*why = xstrdup("must not hold control characters");
	if (*why != NULL)
		return -1;
	free(*s);
	*s = xstrdup(text);
	return 0;
}

/* One of the choices; the error lists them. */
static int
schema_scan_enum(const struct key *k, const char *text, void *out, char **why)
{
	int i = schema_index(k->choices, text);
	char *list, *meant;

	if (i == -1) {
		list = schema_list(k->choices);
		meant = schema_meant(text, k->choices);
		*why = xasprintf(
		    "expected one of %s, found \"%s\"%s", list, text, meant);
		free(list);
		free(meant);
		return -1;
	}
	*(int *)out = i;
	return 0;
}

/* A whole number without sign, at most `max`; -1 when it is none. */
static int64_t
schema_digits(const char *p, size_t len, int64_t max)
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
schema_scan_size(
    const struct key *k UNUSED, const char *text, void *out, char **why)
{
	size_t len = strcspn(text, "x");
	int64_t w, h;

	for (size_t i = 0; i < NELEM(schema_size_words); i++) {
		if (strcasecmp(text, schema_size_words[i].word) == 0) {
			*why = xasprintf("write %s as \"%s\"", text,
			    schema_size_words[i].size);
			return -1;
		}
	}
	if (text[len] != 'x' || len == 0 || strspn(text, "0123456789") != len ||
	    text[len + 1] == '\0' ||
	    text[len + 1 + strspn(text + len + 1, "0123456789")] != '\0')
		return -1;
	w = schema_digits(text, len, SCHEMA_SIDE_MAX);
	h = schema_digits(
	    text + len + 1, strlen(text + len + 1), SCHEMA_SIDE_MAX);
	if (w < 1 || h < 1) {
		*why =
		    xasprintf("width and height must be from 1 to %d, found %s",
			SCHEMA_SIDE_MAX, text);
		return -1;
	}
	*(struct size *)out = (struct size){ (int)w, (int)h };
	return 0;
}

/* The greatest common divisor, of positive numbers. */
static int64_t
schema_gcd(int64_t a, int64_t b)
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
schema_fraction(const char *text, struct rate *r)
{
	size_t slash = strcspn(text, "/");
	double n;

	if (text[slash] == '/') {
		r->num = schema_digits(text, slash, INT32_MAX);
		r->den = schema_digits(
		    text + slash + 1, strlen(text + slash + 1), INT32_MAX);
		return r->num >= 0 && r->den > 0 ? 0 : -1;
	}
	if (schema_measure(schema_plain, text, &n) == -1)
		return -1;
	for (size_t i = 0; i < NELEM(schema_ntsc); i++) {
		if (n == schema_ntsc[i].written) {
			*r = (struct rate){ schema_ntsc[i].num, 1001 };
			return 0;
		}
	}
	if (fabs(n) > SCHEMA_RATE_MAX) /* refused later; no overflow here */
		n = n < 0 ? -1 : SCHEMA_RATE_MAX + 1;
	*r = (struct rate){ llround(n * 1000), 1000 };
	return fabs(n * 1000 - (double)r->num) < 1e-6 ? 0 : -1;
}

/* 30, 29.97, 30000/1001: a fraction in lowest terms. */
static int
schema_scan_rate(const struct key *k, const char *text, void *out, char **why)
{
	struct rate r;
	double fps;
	int64_t gcd;

	if (schema_fraction(text, &r) == -1)
		return -1;
	fps = (double)r.num / (double)r.den;
	if (fps <= 0 || fps > SCHEMA_RATE_MAX) {
		*why = xasprintf("must be above 0 and at most %d fps, found %s",
		    SCHEMA_RATE_MAX, text);
		return -1;
	}
	if ((k->min != 0 || k->max != 0) && (fps < k->min || fps > k->max)) {
		*why = xasprintf("must be from %g to %g fps, found %s", k->min,
		    k->max, text);
		return -1;
	}
	gcd = schema_gcd(r.num, r.den);
	*(struct rate *)out = (struct rate){ r.num / gcd, r.den / gcd };
	return 0;
}

/* ---- scalars: value -> text, NULL when there is none ---- */

/* true, false */
static char *
schema_text_bool(const struct key *k UNUSED, const void *in)
{
	return xstrdup(*(const bool *)in ? "true" : "false");
}

/* With the unit that is shortest. */
static char *
schema_text_quantity(const struct key *k, const void *in)
{
	double n = k->type == KEY_NUMBER ? *(const double *)in
					 : (double)*(const int64_t *)in;

	return schema_quantity(k->type, n);
}

/* The string itself. */
static char *
schema_text_string(const struct key *k UNUSED, const void *in)
{
	char *const *s = in;

	return *s != NULL ? xstrdup(*s) : NULL;
}

/* The word of a choice. */
static char *
schema_text_enum(const struct key *k, const void *in)
{
	int i = *(const int *)in;

	return i >= 0 ? xstrdup(k->choices[i]) : NULL;
}

/* 1280x720 */
static char *
schema_text_size(const struct key *k UNUSED, const void *in)
{
	const struct size *s = in;

	return s->w > 0 ? xasprintf("%dx%d", s->w, s->h) : NULL;
}

/* A whole number, or the exact fraction. */
static char *
schema_text_rate(const struct key *k UNUSED, const void *in)
{
	const struct rate *r = in;

	if (r->den == 0)
		return NULL;
	if (r->den == 1)
		return xasprintf("%lld", (long long)r->num);
	return xasprintf("%lld/%lld", (long long)r->num, (long long)r->den);
}

/*
 * A scalar as it would be written, masked unless `reveal`. NULL when it has
 * no value: reading nothing gives the same. Caller frees.
 */
static char *
schema_text(const struct key *k, const void *in, bool reveal)
{
	const struct schema_type *t = &schema_types[k->type];
	static const char zero[sizeof(int64_t)];
	char *text, *masked;

	if (k->def == NULL && t->number && t->size > 0 &&
	    t->size <= sizeof(zero) && memcmp(in, zero, t->size) == 0)
		return NULL;
	text = t->text(k, in);
	if (text == NULL || reveal)
		return text;
	if ((k->flags & KEY_SECRET) != 0)
		masked = xstrdup("****");
	else if ((k->flags & KEY_URL) != 0)
		masked = redact_text(NULL, text);
	else
		return text;
	free(text);
	return masked;
}

/* Whether the text of a scalar is JSON without quotes. */
static bool
schema_is_bare(const struct key *k, const char *text)
{
	if (k->type == KEY_BOOL)
		return true;
	return schema_types[k->type].number &&
	    text[strspn(text, "-.0123456789")] == '\0';
}

/* ---- reading ---- */

/* A JSON scalar as text, or NULL when the type takes no such; caller frees. */
static char *
schema_item_text(const struct key *k, const cJSON *item)
{
	if (cJSON_IsString(item))
		return xstrdup(item->valuestring);
	if (cJSON_IsNumber(item) && schema_types[k->type].number)
		return schema_number_text(item->valuedouble);
	if (cJSON_IsBool(item) && k->type == KEY_BOOL)
		return xstrdup(cJSON_IsTrue(item) ? "true" : "false");
	return NULL;
}

/* Any scalar. */
static void
schema_read_scalar(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *item, const char *path)
{
	const struct schema_type *t = &schema_types[k->type];
	char *why = NULL, *text = schema_item_text(k, item);

	if (text == NULL || t->scan(k, text, out, &why) == -1) {
		if (why != NULL)
			schema_fail(w, item, false, path, "%s", why);
		else
			schema_unexpected(w, k, item, path, t->wanted);
	}
	free(why);
	free(text);
}

/* ["a", "b"] */
static void
schema_read_strings(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *array, const char *path)
{
	const cJSON *item;
	size_t i = 0;
	char *sub;

	strv_clear(out);
	if (!cJSON_IsArray(array)) {
		schema_unexpected(
		    w, k, array, path, schema_types[k->type].wanted);
		return;
	}
	if (array->child == NULL)
		schema_fail(w, array, false, path, "must not be empty");
	cJSON_ArrayForEach(item, array) {
		sub = xasprintf("%s[%zu]", path, i);
		if (!cJSON_IsString(item))
			schema_unexpected(
			    w, k, item, sub, schema_types[KEY_STRING].wanted);
		else if (i == 0 && *item->valuestring == '\0')
			schema_fail(w, item, false, sub, "must not be empty");
		else
			strv_push(out, item->valuestring);
		i++;
		free(sub);
	}
}

/* What is wrong with the name of an ffmpeg option, or NULL. */
static const char *
schema_option_wrong(const char *name)
{
	if (*name == '-')
		return "write the name without the leading dash";
	if (*name == '\0' || name[strspn(name, OPTION_CHARS)] != '\0')
		return "an option's name holds letters, digits and _ : . -";
	return NULL;
}

/* What is wrong with the name of a variable, or NULL. */
static const char *
schema_env_wrong(const char *name)
{
	bool wrong = *name == '\0' || isdigit((unsigned char)*name);

	for (; *name != '\0'; name++)
		wrong |= !isalnum((unsigned char)*name) && *name != '_';
	return wrong ? "a variable's name holds letters, digits and _, and "
		       "does not begin with a digit"
		     : NULL;
}

/* One "name": value of KEY_OPTIONS or KEY_ENV. */
static void
schema_read_pair(struct schema_walk *w, const struct key *k, struct strv *out,
    const cJSON *item, const char *path)
{
	bool option = k->type == KEY_OPTIONS;
	const char *name = item->string, *wrong;
	char *value;

	wrong = option ? schema_option_wrong(name) : schema_env_wrong(name);
	if (wrong != NULL) {
		schema_fail(w, item, true, path, "%s", wrong);
		return;
	}
	if (cJSON_IsNumber(item) &&
	    fabs(item->valuedouble) > SCHEMA_WHOLE_MAX) {
		schema_fail(w, item, false, path,
		    "too large to be exact, write it in double quotes");
		return;
	}
	if (cJSON_IsString(item))
		value = xstrdup(item->valuestring);
	else if (cJSON_IsNumber(item))
		value = schema_number_text(item->valuedouble);
	else if (cJSON_IsBool(item) && option)
		value = xstrdup(cJSON_IsTrue(item) ? "1" : "0");
	else {
		schema_unexpected(w, k, item, path,
		    option ? "a string, a number, true or false"
			   : "a string or a number");
		return;
	}
	if (option) {
		strv_pushf(out, "-%s", name);
		strv_take(out, value);
	} else {
		strv_pushf(out, "%s=%s", name, value);
		free(value);
	}
}

/* {"name": value} */
static void
schema_read_pairs(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *object, const char *path)
{
	const cJSON *item;
	char *sub;

	strv_clear(out);
	if (!cJSON_IsObject(object)) {
		schema_unexpected(
		    w, k, object, path, schema_types[k->type].wanted);
		return;
	}
	cJSON_ArrayForEach(item, object) {
		sub = schema_join(path, item->string);
		schema_read_pair(w, k, out, item, sub);
		free(sub);
	}
}

/* Neither an object nor one of the words in its place. */
static void
schema_read_no_word(struct schema_walk *w, const struct key *k,
    const cJSON *item, const char *path)
{
	char *list = schema_list(k->choices), *found = schema_found(k, item);
	char *meant = cJSON_IsString(item)
	    ? schema_meant(item->valuestring, k->choices)
	    : xstrdup("");

	schema_fail(w, item, false, path,
	    "expected one of %s or an object, found %s%s", list, found, meant);
	free(list);
	free(found);
	free(meant);
}

/* A nested object, or a word in its place. */
static void
schema_read_sub(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *item, const char *path)
{
	struct key_set *key = out;
	int word = cJSON_IsString(item)
	    ? schema_index(k->choices, item->valuestring)
	    : -1;

	if (cJSON_IsObject(item) || word >= 0) {
		key->set = true;
		key->word = word;
	} else if (k->choices != NULL) {
		schema_read_no_word(w, k, item, path);
		return;
	}
	if (word == -1)
		schema_read_object(w, k->sub, out, item, path);
}

static void schema_defaults(const struct key *table, void *out);

/* [{...}, {...}] */
static void
schema_read_list(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *array, const char *path)
{
	struct key_list *l = out;
	const cJSON *item;
	size_t i = 0;
	char *sub, *elem;

	if (!cJSON_IsArray(array)) {
		schema_unexpected(
		    w, k, array, path, schema_types[k->type].wanted);
		return;
	}
	if (array->child == NULL) {
		schema_fail(w, array, false, path, "must not be empty");
		return;
	}
	l->n = (size_t)cJSON_GetArraySize(array);
	l->v = xcalloc(l->n, k->size);
	cJSON_ArrayForEach(item, array) {
		elem = (char *)l->v + i * k->size;
		schema_defaults(k->sub, elem);
		*(struct key_set *)elem = (struct key_set){ true, -1 };
		sub = xasprintf("%s[%zu]", path, i++);
		schema_read_object(w, k->sub, elem, item, sub);
		free(sub);
	}
}

/* A key that no row has. */
static void
schema_read_unknown(struct schema_walk *w, const struct key *table,
    const cJSON *item, const char *path)
{
	const char **names;
	char *list, *meant;
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	names = xcalloc(n + 1, sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = table[i].name;
	list = schema_list(names);
	meant = schema_meant(item->string, names);
	if (*meant != '\0')
		schema_fail(w, item, true, path, "unknown key%s", meant);
	else
		schema_fail(
		    w, item, true, path, "unknown key, one of: %s", list);
	free(list);
	free(meant);
	free(names);
}

/* The row of a name, or NULL. */
static const struct key *
schema_find(const struct key *table, const char *name)
{
	for (; table->name != NULL; table++) {
		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

/* One member of an object. */
static void
schema_read_member(struct schema_walk *w, const struct key *table, void *out,
    const cJSON *item, const char *path)
{
	const struct key *k = schema_find(table, item->string);
	char *sub;

	if (k == NULL &&
	    (util_has_prefix(item->string, "x-") ||
		strcmp(item->string, "$schema") == 0))
		return;
	sub = schema_join(path, item->string);
	if (k == NULL)
		schema_read_unknown(w, table, item, sub);
	else
		schema_types[k->type].read(
		    w, k, (char *)out + k->offset, item, sub);
	free(sub);
}

/* An object of a table; `out` holds the defaults already. */
static void
schema_read_object(struct schema_walk *w, const struct key *table, void *out,
    const cJSON *object, const char *path)
{
	static const struct key none = { 0 };
	const cJSON *item;
	char *sub;

	if (w->n_errors >= SCHEMA_ERRORS_MAX)
		return;
	if (!cJSON_IsObject(object)) {
		schema_unexpected(
		    w, &none, object, path, schema_types[KEY_OBJECT].wanted);
		return;
	}
	cJSON_ArrayForEach(item, object) {
		if (w->n_errors < SCHEMA_ERRORS_MAX)
			schema_read_member(w, table, out, item, path);
	}
	for (const struct key *k = table; k->name != NULL; k++) {
		if ((k->flags & KEY_REQUIRED) == 0 ||
		    (w->flags & SCHEMA_PARTIAL) != 0 ||
		    jsonc_get(object, k->name) != NULL)
			continue;
		sub = schema_join(path, k->name);
		schema_fail(w, object, true, sub, "required key is missing");
		free(sub);
	}
}

/* The value of a row that nothing is said about. */
static void
schema_default(const struct key *k, void *out)
{
	char *why = NULL;

	if (k->type == KEY_OBJECT) {
		schema_defaults(k->sub, out);
		((struct key_set *)out)->word =
		    k->def != NULL ? schema_index(k->choices, k->def) : -1;
		return;
	}
	if (k->type == KEY_ENUM)
		*(int *)out = -1;
	if (k->def == NULL)
		return;
	if (schema_types[k->type].scan == NULL ||
	    schema_types[k->type].scan(k, k->def, out, &why) == -1)
		abort(); /* a bug of the table; any use of it ends here */
}

/* Defaults of a whole table. */
static void
schema_defaults(const struct key *table, void *out)
{
	for (const struct key *k = table; k->name != NULL; k++)
		schema_default(k, (char *)out + k->offset);
}

/* Defaults, then the object, then what is missing. */
int
schema_read(const struct key *table, void *out, const struct jsonc *doc,
    const cJSON *object, const char *path, unsigned flags, struct errors *errs)
{
	struct schema_walk w = { .doc = doc, .errs = errs, .flags = flags };

	schema_defaults(table, out);
	schema_read_object(&w, table, out, object, path);
	return w.n_errors > 0 ? -1 : 0;
}

/* ---- clearing ---- */

/* Free a string. */
static void
schema_clear_string(const struct key *k UNUSED, void *out)
{
	char **s = out;

	free(*s);
	*s = NULL;
}

/* Free a vector of strings. */
static void
schema_clear_strv(const struct key *k UNUSED, void *out)
{
	strv_clear(out);
}

/* Free what a nested struct holds. */
static void
schema_clear_sub(const struct key *k, void *out)
{
	schema_clear(k->sub, out);
}

/* Free all elements and the array. */
static void
schema_clear_list(const struct key *k, void *out)
{
	struct key_list *l = out;

	for (size_t i = 0; i < l->n; i++)
		schema_clear(k->sub, (char *)l->v + i * k->size);
	free(l->v);
	*l = (struct key_list){ 0 };
}

/* Free what a struct holds; again is fine. */
void
schema_clear(const struct key *table, void *out)
{
	for (const struct key *k = table; k->name != NULL; k++) {
		if (schema_types[k->type].clear != NULL)
			schema_types[k->type].clear(k, (char *)out + k->offset);
	}
}

/* ---- comparing ---- */

/*
 * An object without words whose every row has a default is always there in
 * effect: whether it was written makes no difference, and it is printed.
 */
static bool
schema_is_implied(const struct key *object)
{
	if (object->choices != NULL)
		return false;
	for (const struct key *k = object->sub; k->name != NULL; k++) {
		if ((k->flags & KEY_REQUIRED) != 0)
			return false;
		if (k->type == KEY_OBJECT ? !schema_is_implied(k)
					  : k->def == NULL)
			return false;
	}
	return true;
}

/* Values without pointers or padding. */
static bool
schema_equal_plain(
    const struct key *k, const void *a, const void *b, unsigned ignore UNUSED)
{
	return memcmp(a, b, schema_types[k->type].size) == 0;
}

/* Strings, where NULL equals only NULL. */
static bool
schema_equal_string(const struct key *k UNUSED, const void *a, const void *b,
    unsigned ignore UNUSED)
{
	char *const *sa = a, *const *sb = b;

	return util_streq(*sa, *sb);
}

/* Vectors of strings, in order. */
static bool
schema_equal_strv(const struct key *k UNUSED, const void *a, const void *b,
    unsigned ignore UNUSED)
{
	return strv_equal(a, b);
}

/* Both there or both not, both the same word or none. */
static bool
schema_equal_set(const struct key *k, const void *a, const void *b)
{
	const struct key_set *sa = a, *sb = b;

	return sa->word == sb->word &&
	    (sa->set == sb->set || schema_is_implied(k));
}

/* Nested structs. */
static bool
schema_equal_sub(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	return schema_equal_set(k, a, b) && schema_equal(k->sub, a, b, ignore);
}

/* Lists, element by element. */
static bool
schema_equal_list(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	const struct key_list *la = a, *lb = b;

	if (la->n != lb->n)
		return false;
	for (size_t i = 0; i < la->n; i++) {
		if (!schema_equal(k->sub, (const char *)la->v + i * k->size,
			(const char *)lb->v + i * k->size, ignore))
			return false;
	}
	return true;
}

/* One row of two structs. */
static bool
schema_equal_row(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	return schema_types[k->type].equal(k, (const char *)a + k->offset,
	    (const char *)b + k->offset, ignore);
}

/* All rows but the ignored ones. */
bool
schema_equal(
    const struct key *table, const void *a, const void *b, unsigned ignore)
{
	for (const struct key *k = table; k->name != NULL; k++) {
		if ((k->flags & ignore) == 0 &&
		    !schema_equal_row(k, a, b, ignore))
			return false;
	}
	return true;
}

/* Begin an entry. False when enough was said. */
static bool
schema_diff_begin(struct schema_delta *d, const char *path)
{
	if (++d->n > SCHEMA_DIFF_MAX) {
		if (d->n == SCHEMA_DIFF_MAX + 1)
			buf_puts(&d->out, ", ...");
		return false;
	}
	buf_putf(&d->out, "%s%s ", d->n > 1 ? ", " : "", path);
	return true;
}

/* A scalar: old and new, unless that would show nothing or too much. */
static void
schema_diff_scalar(struct schema_delta *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	char *from = schema_text(k, a, false), *to = schema_text(k, b, false);

	if (!schema_diff_begin(d, path))
		;
	else if ((k->flags & KEY_SECRET) != 0 || util_streq(from, to))
		buf_puts(&d->out, "changed");
	else
		buf_putf(&d->out, "%s -> %s", from ? from : "unset",
		    to ? to : "unset");
	free(from);
	free(to);
}

/* An object as one word. */
static const char *
schema_diff_word(const struct key *k, const struct key_set *key)
{
	if (key->word >= 0)
		return k->choices[key->word];
	return key->set ? "{...}" : "unset";
}

/* Two lists of the same length, or their lengths. */
static void
schema_diff_list(struct schema_delta *d, const struct key *k,
    const struct key_list *a, const struct key_list *b, const char *path)
{
	char *sub;

	if (a->n != b->n) {
		if (schema_diff_begin(d, path))
			buf_putf(&d->out, "%zu -> %zu entries", a->n, b->n);
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		sub = xasprintf("%s[%zu]", path, i);
		schema_diff_table(d, k->sub, (const char *)a->v + i * k->size,
		    (const char *)b->v + i * k->size, sub);
		free(sub);
	}
}

/* One row that differs. */
static void
schema_diff_row(struct schema_delta *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	if (schema_types[k->type].scan != NULL)
		schema_diff_scalar(d, k, a, b, path);
	else if (k->type == KEY_LIST)
		schema_diff_list(d, k, a, b, path);
	else if (k->type == KEY_OBJECT && schema_equal_set(k, a, b))
		schema_diff_table(d, k->sub, a, b, path);
	else if (!schema_diff_begin(d, path))
		return;
	else if (k->type == KEY_OBJECT)
		buf_putf(&d->out, "%s -> %s", schema_diff_word(k, a),
		    schema_diff_word(k, b));
	else
		buf_puts(&d->out, "changed");
}

/* All rows of a table that differ. */
static void
schema_diff_table(struct schema_delta *d, const struct key *table,
    const void *a, const void *b, const char *path)
{
	char *sub;

	for (const struct key *k = table; k->name != NULL; k++) {
		if (schema_equal_row(k, a, b, 0))
			continue;
		sub = schema_join(path, k->name);
		schema_diff_row(d, k, (const char *)a + k->offset,
		    (const char *)b + k->offset, sub);
		free(sub);
	}
}

/* The differences in words, secrets masked. */
char *
schema_diff(const struct key *table, const void *a, const void *b)
{
	struct schema_delta d = { .n = 0 };

	buf_init(&d.out, 0);
	schema_diff_table(&d, table, a, b, "");
	return buf_steal(&d.out);
}

/* ---- printing ---- */

/* Any scalar that has a value. */
static void
schema_print_scalar(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	char *text = schema_text(k, in, reveal);

	if (text == NULL)
		return;
	if (schema_is_bare(k, text))
		jsonw_raw(j, k->name, text);
	else
		jsonw_str(j, k->name, text);
	free(text);
}

/* A string of a list or pair; what looks like a URL is masked. */
static void
schema_print_str(const struct key *k, const char *name, const char *value,
    struct jsonw *j, bool reveal)
{
	char *masked;

	if (reveal) {
		jsonw_str(j, name, value);
		return;
	}
	masked = (k->flags & KEY_SECRET) != 0 ? xstrdup("****")
					      : redact_text(NULL, value);
	jsonw_str(j, name, masked);
	free(masked);
}

/* ["a", "b"] */
static void
schema_print_strings(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct strv *s = in;

	if (s->n == 0)
		return;
	jsonw_array(j, k->name);
	for (size_t i = 0; i < s->n; i++)
		schema_print_str(k, NULL, s->v[i], j, reveal);
	jsonw_array_end(j);
}

/* "-name", "value" back to {"name": "value"} */
static void
schema_print_options(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct strv *s = in;

	if (s->n == 0)
		return;
	jsonw_object(j, k->name);
	for (size_t i = 0; i + 1 < s->n; i += 2)
		schema_print_str(k, s->v[i] + 1, s->v[i + 1], j, reveal);
	jsonw_object_end(j);
}

/* "NAME=value" back to {"NAME": "value"} */
static void
schema_print_env(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct strv *s = in;
	size_t len;
	char *name;

	if (s->n == 0)
		return;
	jsonw_object(j, k->name);
	for (size_t i = 0; i < s->n; i++) {
		len = strcspn(s->v[i], "=");
		name = xstrndup(s->v[i], len);
		schema_print_str(k, name, s->v[i] + len + 1, j, reveal);
		free(name);
	}
	jsonw_object_end(j);
}

/* A nested object, or its word. */
static void
schema_print_sub(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct key_set *key = in;

	if (!key->set && !schema_is_implied(k))
		return;
	if (key->word >= 0)
		jsonw_str(j, k->name, k->choices[key->word]);
	else
		schema_print(k->sub, in, j, k->name, reveal);
}

/* [{...}, {...}] */
static void
schema_print_list(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct key_list *l = in;

	if (l->n == 0)
		return;
	jsonw_array(j, k->name);
	for (size_t i = 0; i < l->n; i++)
		schema_print(
		    k->sub, (const char *)l->v + i * k->size, j, NULL, reveal);
	jsonw_array_end(j);
}

/* All rows that have a value. */
void
schema_print(const struct key *table, const void *in, struct jsonw *j,
    const char *key, bool reveal)
{
	jsonw_object(j, key);
	for (const struct key *k = table; k->name != NULL; k++)
		schema_types[k->type].print(
		    k, (const char *)in + k->offset, j, reveal);
	jsonw_object_end(j);
}

/* ---- JSON Schema ---- */

/* An alternative for a string of some form. */
static void
schema_describe_pattern(struct jsonw *j, const char *pattern)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "type", "string");
	jsonw_str(j, "pattern", pattern);
	jsonw_object_end(j);
}

/* "enum": the choices. */
static void
schema_describe_choices(const struct key *k, struct jsonw *j)
{
	jsonw_object(j, NULL);
	jsonw_array(j, "enum");
	for (size_t i = 0; k->choices[i] != NULL; i++)
		jsonw_str(j, NULL, k->choices[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* "minimum" and "maximum" of a plain number, in the unit it stands for. */
static void
schema_describe_limits(const struct key *k, struct jsonw *j)
{
	const struct schema_unit *u = schema_types[k->type].units;
	double lo, hi;
	char *text;

	while (*u->name != '\0')
		u++;
	schema_limits(k, &lo, &hi);
	if (lo > -SCHEMA_WHOLE_MAX) {
		text = schema_number_text(lo / u->scale);
		jsonw_raw(j, "minimum", text);
		free(text);
	}
	if (hi < SCHEMA_WHOLE_MAX) {
		text = schema_number_text(hi / u->scale);
		jsonw_raw(j, "maximum", text);
		free(text);
	}
}

/* The alternative that is no string. */
static void
schema_describe_plain(const struct key *k, struct jsonw *j)
{
	const struct schema_type *t = &schema_types[k->type];

	jsonw_object(j, NULL);
	jsonw_str(j, "type", t->json);
	if (t->units != NULL)
		schema_describe_limits(k, j);
	if (k->type == KEY_RATE) {
		jsonw_int(j, "exclusiveMinimum", 0);
		jsonw_int(j, "maximum", SCHEMA_RATE_MAX);
	}
	jsonw_object_end(j);
}

/* Any scalar but a string; "${...}" may stand for all of them. */
static void
schema_describe_scalar(const struct key *k, struct jsonw *j)
{
	const struct schema_type *t = &schema_types[k->type];

	jsonw_array(j, "anyOf");
	if (k->type == KEY_ENUM)
		schema_describe_choices(k, j);
	if (t->json != NULL)
		schema_describe_plain(k, j);
	if (t->pattern != NULL)
		schema_describe_pattern(j, t->pattern);
	schema_describe_pattern(j, "\\$\\{");
	jsonw_array_end(j);
}

/* A string may hold "${...}" as it is. */
static void
schema_describe_string(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "string");
	jsonw_str(j, "pattern", schema_types[k->type].pattern);
}

/* A list of strings whose first is not empty. */
static void
schema_describe_strings(const struct key *k UNUSED, struct jsonw *j)
{
	jsonw_str(j, "type", "array");
	jsonw_int(j, "minItems", 1);
	jsonw_array(j, "prefixItems");
	jsonw_object(j, NULL);
	jsonw_str(j, "type", "string");
	jsonw_int(j, "minLength", 1);
	jsonw_object_end(j);
	jsonw_array_end(j);
	jsonw_object(j, "items");
	jsonw_str(j, "type", "string");
	jsonw_object_end(j);
}

/* Names by pattern, values by type. */
static void
schema_describe_pairs(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "object");
	jsonw_object(j, "propertyNames");
	jsonw_str(j, "pattern", schema_types[k->type].pattern);
	jsonw_object_end(j);
	jsonw_object(j, "additionalProperties");
	jsonw_array(j, "type");
	jsonw_str(j, NULL, "string");
	jsonw_str(j, NULL, "number");
	if (k->type == KEY_OPTIONS)
		jsonw_str(j, NULL, "boolean");
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* A nested object, or one of the words. */
static void
schema_describe_sub(const struct key *k, struct jsonw *j)
{
	if (k->choices == NULL) {
		schema_describe_object(k->sub, j, false);
		return;
	}
	jsonw_array(j, "oneOf");
	schema_describe_choices(k, j);
	schema_describe_pattern(j, "\\$\\{");
	jsonw_object(j, NULL);
	schema_describe_object(k->sub, j, false);
	jsonw_object_end(j);
	jsonw_array_end(j);
}

/* A list of objects. */
static void
schema_describe_list(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "array");
	jsonw_int(j, "minItems", 1);
	jsonw_object(j, "items");
	schema_describe_object(k->sub, j, false);
	jsonw_object_end(j);
}

/* One property: what it is for, then what it may be. */
static void
schema_describe_row(const struct key *k, struct jsonw *j)
{
	jsonw_object(j, k->name);
	if (k->help != NULL)
		jsonw_strf(j, "description", "%s%s%s%s%s%s%s", k->help,
		    k->def ? " Default: " : "", k->def ? k->def : "",
		    k->def ? "." : "", k->unit ? " Unit: " : "",
		    k->unit ? k->unit : "", k->unit ? "." : "");
	if (k->def != NULL && schema_is_bare(k, k->def))
		jsonw_raw(j, "default", k->def);
	else if (k->def != NULL)
		jsonw_str(j, "default", k->def);
	schema_types[k->type].describe(k, j);
	jsonw_object_end(j);
}

/* The names of all required rows. */
static void
schema_describe_required(const struct key *table, struct jsonw *j)
{
	jsonw_array(j, "required");
	for (const struct key *k = table; k->name != NULL; k++) {
		if ((k->flags & KEY_REQUIRED) != 0)
			jsonw_str(j, NULL, k->name);
	}
	jsonw_array_end(j);
}

/* What belongs into the schema of an object of this table. */
static void
schema_describe_object(const struct key *table, struct jsonw *j, bool top)
{
	jsonw_str(j, "type", "object");
	jsonw_object(j, "properties");
	if (top) {
		jsonw_object(j, "$schema");
		jsonw_str(j, "type", "string");
		jsonw_object_end(j);
	}
	for (const struct key *k = table; k->name != NULL; k++)
		schema_describe_row(k, j);
	jsonw_object_end(j);
	schema_describe_required(table, j);
	jsonw_object(j, "patternProperties");
	jsonw_object(j, "^x-");
	jsonw_object_end(j);
	jsonw_object_end(j);
	jsonw_bool(j, "additionalProperties", false);
}

/* The whole document. */
void
schema_describe(const struct key *table, struct jsonw *j)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	schema_describe_object(table, j, true);
	jsonw_object_end(j);
}

/* ---- the types ---- */

#define SCHEMA_SCALAR .read = schema_read_scalar, .print = schema_print_scalar

#define SCHEMA_PLAIN                                \
	SCHEMA_SCALAR, .equal = schema_equal_plain, \
		       .describe = schema_describe_scalar

#define SCHEMA_QUANTITY                                             \
	SCHEMA_PLAIN, .number = true, .scan = schema_scan_quantity, \
		      .text = schema_text_quantity

#define SCHEMA_STRV .clear = schema_clear_strv, .equal = schema_equal_strv

static const struct schema_type schema_types[] = {
	[KEY_BOOL] = {
		SCHEMA_PLAIN,
		.wanted = "true or false",
		.json = "boolean",
		.size = sizeof(bool),
		.scan = schema_scan_bool,
		.text = schema_text_bool,
	},
	[KEY_INT] = {
		SCHEMA_QUANTITY,
		.wanted = "a whole number",
		.json = "integer",
		.units = schema_plain,
		.lo = -SCHEMA_WHOLE_MAX,
		.hi = SCHEMA_WHOLE_MAX,
		.size = sizeof(int64_t),
	},
	[KEY_NUMBER] = {
		SCHEMA_QUANTITY,
		.wanted = "a number",
		.json = "number",
		.units = schema_plain,
		.lo = -DBL_MAX,
		.hi = DBL_MAX,
		.size = sizeof(double),
	},
	[KEY_STRING] = {
		SCHEMA_SCALAR,
		.wanted = "a string in double quotes",
		.pattern = "^[^\\u0000-\\u001f\\u007f]+$",
		.scan = schema_scan_string,
		.text = schema_text_string,
		.equal = schema_equal_string,
		.clear = schema_clear_string,
		.describe = schema_describe_string,
	},
	[KEY_ENUM] = {
		SCHEMA_PLAIN,
		.wanted = "a word in double quotes",
		.size = sizeof(int),
		.scan = schema_scan_enum,
		.text = schema_text_enum,
	},
	[KEY_DURATION] = {
		SCHEMA_QUANTITY,
		.wanted = "a duration such as \"15s\"",
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?$",
		.units = schema_times,
		.hi = YEARS_MS,
		.size = sizeof(int64_t),
	},
	[KEY_BITRATE] = {
		SCHEMA_QUANTITY,
		.wanted = "a bitrate such as \"2500k\"",
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?[kMG]?$",
		.units = schema_bitrates,
		.hi = SCHEMA_WHOLE_MAX,
		.size = sizeof(int64_t),
	},
	[KEY_BYTES] = {
		SCHEMA_QUANTITY,
		.wanted = "a number of bytes such as \"50GB\"",
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?(kB|KiB|[MGT]i?B)?$",
		.units = schema_bytes,
		.hi = SCHEMA_WHOLE_MAX,
		.size = sizeof(int64_t),
	},
	[KEY_SIZE] = {
		SCHEMA_PLAIN,
		.wanted = "a size such as \"1280x720\"",
		.pattern = "^[0-9]+x[0-9]+$",
		.size = sizeof(struct size),
		.scan = schema_scan_size,
		.text = schema_text_size,
	},
	[KEY_RATE] = {
		SCHEMA_PLAIN,
		.wanted = "a frame rate such as 30, 29.97 or \"30000/1001\"",
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]{1,3}|/[0-9]+)?$",
		.size = sizeof(struct rate),
		.number = true,
		.scan = schema_scan_rate,
		.text = schema_text_rate,
	},
	[KEY_STRINGS] = {
		SCHEMA_STRV,
		.wanted = "a list of strings such as [\"a\", \"b\"]",
		.read = schema_read_strings,
		.print = schema_print_strings,
		.describe = schema_describe_strings,
	},
	[KEY_OPTIONS] = {
		SCHEMA_STRV,
		.wanted = "options such as { \"name\": \"value\" }",
		.pattern = "^[A-Za-z0-9_:.][A-Za-z0-9_:.-]*$",
		.read = schema_read_pairs,
		.print = schema_print_options,
		.describe = schema_describe_pairs,
	},
	[KEY_ENV] = {
		SCHEMA_STRV,
		.wanted = "variables such as { \"NAME\": \"value\" }",
		.pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
		.read = schema_read_pairs,
		.print = schema_print_env,
		.describe = schema_describe_pairs,
	},
	[KEY_OBJECT] = {
		.wanted = "an object in { }",
		.read = schema_read_sub,
		.print = schema_print_sub,
		.equal = schema_equal_sub,
		.clear = schema_clear_sub,
		.describe = schema_describe_sub,
	},
	[KEY_LIST] = {
		.wanted = "a list of objects in [ ]",
		.read = schema_read_list,
		.print = schema_print_list,
		.equal = schema_equal_list,
		.clear = schema_clear_list,
		.describe = schema_describe_list,
	},
};

_Static_assert(NELEM(schema_types) == N_KEY_TYPES, "one entry per type");

/* ---- for others ---- */

/* The place and the words of a cross-check. */
static char *
schema_place(const struct jsonc *doc, const char *path, int *line, int *col)
{
	jsonc_locate(doc, jsonc_at(doc, path), true, line, col);
	return xasprintf("%s%s", path, *path != '\0' ? ": " : "");
}

/* Add an error of a cross-check. */
void
schema_error(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...)
{
	int line, col;
	char *where = schema_place(doc, path, &line, &col), *text;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	errors_add(errs, doc->file, line, col, "%s%s", where, text);
	free(text);
	free(where);
}

/* Add a warning of a cross-check. */
void
schema_warn(const struct jsonc *doc, const char *path, struct errors *errs,
    const char *fmt, ...)
{
	int line, col;
	char *where = schema_place(doc, path, &line, &col), *text;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	errors_warn(errs, doc->file, line, col, "%s%s", where, text);
	free(text);
	free(where);
}

/* "1.5s" in milliseconds. */
int
schema_parse_duration(const char *s, int64_t *ms)
{
	double n;

	if (schema_measure(schema_times, s, &n) == -1 || n < 0 || n > YEARS_MS)
		return -1;
	*ms = llround(n);
	return 0;
}
