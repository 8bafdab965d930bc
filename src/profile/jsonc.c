/* SPDX-License-Identifier: ISC */
/*
 * A strict scanner before cJSON. The scanner finds every mistake with its place
 * and blanks comments and trailing commas; cJSON, which is lax and says only
 * "no", then builds the tree from plain JSON.
 */

#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "base/utf8.h"
#include "base/util.h"
#include "profile/jsonc.h"
#include "profile/jsonplace.h"

#define JSONC_NUMBER_MAX 63  /* cJSON silently reads no more bytes */
#define JSONC_ERRORS_MAX 100 /* one hostile file must not flood a log */
#define JSONC_FOUND_LEN	 64

struct jsonc_scan {
	const char *file; /* borrowed from the caller */
	char *text;	  /* NUL after `len` bytes */
	size_t len, at;
	int depth;
	int n_errors;
	struct errors *errs;
};

/* A key of the object being scanned, for finding duplicates. */
struct jsonc_name {
	char *name; /* owned, unescaped */
	size_t at;
};

struct jsonc_names {
	struct jsonc_name *v; /* owned */
	size_t n, cap;
};

static int jsonc_scan_value(struct jsonc_scan *s);

/* Add an error at an offset. Always -1, for returning. */
static int __attribute__((format(printf, 3, 4)))
jsonc_fail(struct jsonc_scan *s, size_t at, const char *fmt, ...)
{
	int line, col;
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	jsonplace_line(s->text, at, &line, &col);
	errors_add(s->errs, s->file, line, col, "%s", text);
	free(text);
	s->n_errors++;
	return -1;
}

/* The text found here instead of the expected one, with a hint if one fits. */
static const char *
jsonc_found(const struct jsonc_scan *s, char out[JSONC_FOUND_LEN])
{
	const char *p = s->text + s->at;
	size_t n = utf8_len(p);

	if (s->at >= s->len)
		return "the end of the file";
	if (*p == '\'')
		return "'; strings must be in double quotes";
	if (*p == '#')
		return "#; a comment begins with //";
	if (*p == '=')
		return "=; use ':' before a value";
	if (util_has_prefix(p, "\xe2\x80\x9c") ||
	    util_has_prefix(p, "\xe2\x80\x9d") ||
	    util_has_prefix(p, "\xe2\x80\x9e"))
		return "a typographic quote; use a plain \" instead";
	if (util_has_prefix(p, "\xc2\xa0"))
		return "a no-break space; use a plain one";
	if (n == 1 && !isprint((unsigned char)*p))
		snprintf(out, JSONC_FOUND_LEN, "byte 0x%02x", *p);
	else
		snprintf(out, JSONC_FOUND_LEN, "'%.*s'", (int)n, p);
	return out;
}

/* The byte that comes next, or EOF. */
static int
jsonc_peek(const struct jsonc_scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : EOF;
}

/* Skip bytes of a set. */
static void
jsonc_skip(struct jsonc_scan *s, const char *set)
{
	s->at += strspn(s->text + s->at, set);
}

/* Skip a comment and blank it; line ends stay, so that lines stay right. */
static int
jsonc_scan_comment(struct jsonc_scan *s)
{
	size_t begin = s->at;
	const char *end;

	if (s->text[begin + 1] == '/') {
		s->at += strcspn(s->text + begin, "\n");
	} else {
		end = strstr(s->text + begin + 2, "*/");
		if (end == NULL)
			return jsonc_fail(
			    s, begin, "the comment is never closed");
		s->at = (size_t)(end - s->text) + 2;
	}
	for (size_t i = begin; i < s->at; i++) {
		if (s->text[i] != '\n')
			s->text[i] = ' ';
	}
	return 0;
}

/* Skip whitespace and comments. */
static int
jsonc_scan_space(struct jsonc_scan *s)
{
	for (;;) {
		jsonc_skip(s, " \t\r\n");
		if (jsonc_peek(s) != '/' ||
		    (s->text[s->at + 1] != '/' && s->text[s->at + 1] != '*'))
			return 0;
		if (jsonc_scan_comment(s) == -1)
			return -1;
	}
}

/* The four digits of a \u escape, or -1. */
static int
jsonc_hex4(const char *p)
{
	int n = 0;

	for (int i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)p[i]))
			return -1;
		n = n * 16 +
		    (isdigit((unsigned char)p[i])
			    ? p[i] - '0'
			    : tolower((unsigned char)p[i]) - 'a' + 10);
	}
	return n;
}

/* \uXXXX, or a pair of them; s->at is at the backslash. */
static int
jsonc_scan_unicode(struct jsonc_scan *s)
{
	const char *p = s->text + s->at;
	int low, n = jsonc_hex4(p + 2);

	if (n == -1)
		return jsonc_fail(s, s->at, "\\u needs four hex digits");
	if (n == 0)
		return jsonc_fail(s, s->at, "\\u0000 is not allowed");
	s->at += 6;
	if (n < 0xd800 || n > 0xdfff)
		return 0;
	low = p[6] == '\\' && p[7] == 'u' ? jsonc_hex4(p + 8) : -1;
	if (n > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return jsonc_fail(s, (size_t)(p - s->text),
		    "\\u%.4s is half of a surrogate pair", p + 2);
	s->at += 6;
	return 0;
}

/* One escape; s->at is at the backslash. */
static int
jsonc_scan_escape(struct jsonc_scan *s)
{
	char c = s->text[s->at + 1];

	if (c == 'u')
		return jsonc_scan_unicode(s);
	if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
		return jsonc_fail(
		    s, s->at, "unknown escape; write \\\\ for a backslash");
	s->at += 2;
	return 0;
}

/* A string; s->at is at its opening quote. */
static int
jsonc_scan_string(struct jsonc_scan *s)
{
	size_t begin = s->at++;
	int c;

	while ((c = jsonc_peek(s)) != '"') {
		if (c == EOF || c == '\n' || c == '\r')
			return jsonc_fail(
			    s, begin, "the string is not closed on its line");
		if (c == '\t')
			return jsonc_fail(
			    s, s->at, "a tab in a string; write \\t");
		if (c < 0x20)
			return jsonc_fail(s, s->at,
			    "a control character in a string; write \\u%04x",
			    c);
		if (c != '\\')
			s->at++;
		else if (jsonc_scan_escape(s) == -1)
			return -1;
	}
	s->at++;
	return 0;
}

/* The fault of a number that JSON does not know, or NULL. */
static const char *
jsonc_number_wrong(const char *p)
{
	if (*p == '+')
		return "a number must not begin with '+'";
	if (*p == '.')
		return "a number needs a digit before the point";
	if (*p == '-')
		p++;
	if (!isdigit((unsigned char)*p))
		return "a digit must follow the minus sign";
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return "hexadecimal numbers are not allowed";
	if (p[0] == '0' && isdigit((unsigned char)p[1]))
		return "a number must not begin with a 0";
	return NULL;
}

/* The end of a number whose beginning is right, or NULL with *wrong set. */
static const char *
jsonc_number_end(const char *p, const char **wrong)
{
	p += *p == '-';
	p += strspn(p, "0123456789");
	*wrong = "a digit must follow the point";
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return NULL;
		p += strspn(p, "0123456789");
	}
	*wrong = "a digit is missing in the exponent";
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '+' || *p == '-';
		if (!isdigit((unsigned char)*p))
			return NULL;
		p += strspn(p, "0123456789");
	}
	return p;
}

/* Whether letters after a number are a unit; anything else may be a password
 * without its quotes, and is not shown. */
static bool
jsonc_is_unit(const char *p, size_t len)
{
	static const char *const units[] = { "ms", "s", "m", "min", "h", "d",
		"k", "M", "G", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB",
		"fps", "kbps", "Mbps", "px", "x" };

	for (size_t i = 0; i < NELEM(units); i++)
		if (len == strlen(units[i]) &&
		    strncasecmp(p, units[i], len) == 0)
			return true;
	return false;
}

/* A number, or a text meant as one. */
static int
jsonc_scan_number(struct jsonc_scan *s)
{
	const char *wrong, *p = s->text + s->at, *end;
	size_t word;
	int len;

	wrong = jsonc_number_wrong(p);
	if (wrong != NULL)
		return jsonc_fail(s, s->at, "%s", wrong);
	end = jsonc_number_end(p, &wrong);
	if (end == NULL)
		return jsonc_fail(s, s->at, "%s", wrong);
	len = (int)(end - p);
	word = strcspn(end, " \t\r\n,]}/\"{[");
	if (word > 0 && jsonc_is_unit(end, word))
		return jsonc_fail(s, s->at,
		    "%.*s is not a number; strings must be in double quotes",
		    len + (int)word, p);
	if (word > 0)
		return jsonc_fail(s, s->at,
		    "this is not a number; strings must be in double quotes");
	if (len > JSONC_NUMBER_MAX)
		return jsonc_fail(s, s->at, "a number of %d characters", len);
	if (!isfinite(strtod(p, NULL)))
		return jsonc_fail(
		    s, s->at, "%.*s is too large for a number", len, p);
	s->at += (size_t)len;
	return 0;
}

/* A word meant as another language's constant, or its kind: any other word may
 * be a password without its quotes, and is not shown. */
static const char *
jsonc_word(const char *p, size_t len, char out[JSONC_FOUND_LEN])
{
	static const char *const known[] = { "yes", "no", "on", "off", "none",
		"nil", "undefined" };

	for (size_t i = 0; i < NELEM(known); i++) {
		if (len != strlen(known[i]) ||
		    strncasecmp(p, known[i], len) != 0)
			continue;
		snprintf(out, JSONC_FOUND_LEN, "%.*s", (int)len, p);
		return out;
	}
	return "text";
}

/* true, false, null, or another word. */
static int
jsonc_scan_word(struct jsonc_scan *s)
{
	static const char *const known[] = { "true", "false", "null" };
	const char *p = s->text + s->at;
	char out[JSONC_FOUND_LEN];
	size_t len = 0;

	while (isalnum((unsigned char)p[len]) || p[len] == '_')
		len++;
	for (size_t i = 0; i < NELEM(known); i++) {
		if (len != strlen(known[i]) ||
		    strncasecmp(p, known[i], len) != 0)
			continue;
		if (memcmp(p, known[i], len) != 0)
			return jsonc_fail(
			    s, s->at, "%s must be in lower case", known[i]);
		s->at += len;
		return 0;
	}
	if (strncasecmp(p, "nan", 3) == 0 || strncasecmp(p, "inf", 3) == 0)
		return jsonc_fail(s, s->at, "NaN and Infinity are not allowed");
	return jsonc_fail(
	    s, s->at, "%s must be in double quotes", jsonc_word(p, len, out));
}

/* Remember a key: the text between its quotes, unescaped. */
static void
jsonc_names_add(
    struct jsonc_names *names, const struct jsonc_scan *s, size_t at)
{
	const char *p = s->text + at;
	size_t len = s->at - at; /* with both quotes */
	char *name;
	cJSON *item;

	if (memchr(p, '\\', len) != NULL) {
		item = cJSON_ParseWithLength(p, len);
		name = xstrdup(item != NULL ? item->valuestring : "");
		cJSON_Delete(item);
	} else {
		name = xstrndup(p + 1, len - 2);
	}
	if (names->n == names->cap) {
		names->cap = names->cap == 0 ? 8 : names->cap * 2;
		names->v = xrealloc(names->v, names->cap, sizeof(*names->v));
	}
	names->v[names->n++] = (struct jsonc_name){ name, at };
}

/* By name, then by place: the first of equal keys comes first. */
static int
jsonc_names_compare(const void *va, const void *vb)
{
	const struct jsonc_name *a = va, *b = vb;
	int d = strcmp(a->name, b->name);

	return d != 0 ? d : (a->at > b->at) - (a->at < b->at);
}

/* Report every duplicate key: neighbours once sorted. */
static void
jsonc_names_check(struct jsonc_names *names, struct jsonc_scan *s)
{
	const struct jsonc_name *first = names->v, *k;
	int line, col;

	if (names->n > 1)
		qsort(
		    names->v, names->n, sizeof(*names->v), jsonc_names_compare);
	for (size_t i = 1; i < names->n; i++) {
		k = &names->v[i];
		if (strcmp(first->name, k->name) != 0) {
			first = k;
			continue;
		}
		if (s->n_errors >= JSONC_ERRORS_MAX)
			return;
		jsonplace_line(s->text, first->at, &line, &col);
		jsonc_fail(s, k->at, "duplicate key \"%s\" (first at line %d)",
		    k->name, line);
	}
}

/* Free all names. */
static void
jsonc_names_clear(struct jsonc_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i].name);
	free(names->v);
}

/* A key that is not a string: say what to do. */
static int
jsonc_scan_bad_key(struct jsonc_scan *s)
{
	char out[JSONC_FOUND_LEN];
	const char *p = s->text + s->at;
	size_t len = 0;

	while (isalnum((unsigned char)p[len]) || p[len] == '_')
		len++;
	if (len > 0)
		return jsonc_fail(s, s->at,
		    "the key %.*s must be in double quotes",
		    (int)(len < 40 ? len : 40), p);
	return jsonc_fail(s, s->at,
	    "expected a key in double quotes or '}', found %s",
	    jsonc_found(s, out));
}

/* "key": value */
static int
jsonc_scan_member(struct jsonc_scan *s, struct jsonc_names *names)
{
	char out[JSONC_FOUND_LEN];
	size_t at = s->at;

	if (jsonc_peek(s) != '"')
		return jsonc_scan_bad_key(s);
	if (jsonc_scan_string(s) == -1)
		return -1;
	jsonc_names_add(names, s, at);
	if (jsonc_scan_space(s) == -1)
		return -1;
	if (jsonc_peek(s) != ':')
		return jsonc_fail(s, s->at,
		    "expected ':' after the key \"%s\", found %s",
		    names->v[names->n - 1].name, jsonc_found(s, out));
	s->at++;
	return jsonc_scan_value(s);
}

/*
 * After a value in an object or array: 1 at its end, 0 when another one
 * follows, -1 when neither. A comma before the end is blanked. The error's
 * place is right after the value, where the comma is missing.
 */
static int
jsonc_scan_comma(struct jsonc_scan *s, char close)
{
	char out[JSONC_FOUND_LEN];
	size_t end = s->at, comma;

	if (jsonc_scan_space(s) == -1)
		return -1;
	if (jsonc_peek(s) == close) {
		s->at++;
		return 1;
	}
	if (jsonc_peek(s) != ',')
		return jsonc_fail(s, end,
		    "expected ',' or '%c' after the value, found %s", close,
		    jsonc_found(s, out));
	comma = s->at++;
	if (jsonc_scan_space(s) == -1)
		return -1;
	if (jsonc_peek(s) != close)
		return 0;
	s->text[comma] = ' ';
	s->at++;
	return 1;
}

/* The members of an object, after its brace. */
static int
jsonc_scan_object(struct jsonc_scan *s)
{
	struct jsonc_names names = { 0 };
	int rc = 0;

	if (jsonc_scan_space(s) == -1)
		return -1;
	if (jsonc_peek(s) == '}') {
		s->at++;
		return 0;
	}
	while (rc == 0) {
		rc = jsonc_scan_member(s, &names);
		if (rc == 0)
			rc = jsonc_scan_comma(s, '}');
	}
	jsonc_names_check(&names, s);
	jsonc_names_clear(&names);
	return rc == 1 ? 0 : -1;
}

/* The elements of an array, after its bracket. */
static int
jsonc_scan_array(struct jsonc_scan *s)
{
	int rc = 0;

	if (jsonc_scan_space(s) == -1)
		return -1;
	if (jsonc_peek(s) == ']') {
		s->at++;
		return 0;
	}
	while (rc == 0) {
		rc = jsonc_scan_value(s);
		if (rc == 0)
			rc = jsonc_scan_comma(s, ']');
	}
	return rc == 1 ? 0 : -1;
}

/* An object or an array; depth bounds every recursion over the tree. */
static int
jsonc_scan_nested(struct jsonc_scan *s)
{
	int rc;

	if (s->depth == JSONC_DEPTH_MAX)
		return jsonc_fail(
		    s, s->at, "nested deeper than %d levels", JSONC_DEPTH_MAX);
	s->depth++;
	rc = s->text[s->at++] == '{' ? jsonc_scan_object(s)
				     : jsonc_scan_array(s);
	s->depth--;
	return rc;
}

/* Any value, with the space before it. */
static int
jsonc_scan_value(struct jsonc_scan *s)
{
	char out[JSONC_FOUND_LEN];
	int c;

	if (jsonc_scan_space(s) == -1)
		return -1;
	c = jsonc_peek(s);
	if (c == '{' || c == '[')
		return jsonc_scan_nested(s);
	if (c == '"')
		return jsonc_scan_string(s);
	if (c != EOF && (isdigit(c) || strchr("+-.", c) != NULL))
		return jsonc_scan_number(s);
	if (c != EOF && (isalpha(c) || c == '_'))
		return jsonc_scan_word(s);
	return jsonc_fail(
	    s, s->at, "expected a value, found %s", jsonc_found(s, out));
}

/* The encoding of a text that is not UTF-8, by its mark or by the NULs in its
 * first character, which is ASCII; NULL: none of these. */
static const char *
jsonc_encoding(const char *text, size_t len)
{
	static const struct {
		const char *name;
		size_t n;
		const char *mark, *nul; /* '0': NUL; '1': another byte */
	} rows[] = {
		{ "UTF-32", 4, "\xff\xfe\0\0", "1000" },
		{ "UTF-32", 4, "\0\0\xfe\xff", "0001" },
		{ "UTF-16", 2, "\xff\xfe", "10" },
		{ "UTF-16", 2, "\xfe\xff", "01" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		bool nul = len >= rows[i].n;

		if (nul && memcmp(text, rows[i].mark, rows[i].n) == 0)
			return rows[i].name;
		for (size_t k = 0; nul && k < rows[i].n; k++)
			nul = (text[k] == '\0') == (rows[i].nul[k] == '0');
		if (nul)
			return rows[i].name;
	}
	return NULL;
}

/* The whole text is bytes that can be shown and stored. */
static int
jsonc_scan_bytes(struct jsonc_scan *s)
{
	const char *encoding = jsonc_encoding(s->text, s->len);
	size_t n;

	if (encoding != NULL)
		return jsonc_fail(
		    s, 0, "the file is %s; save it as UTF-8", encoding);
	for (size_t i = 0; i < s->len; i += n) {
		if (s->text[i] == '\0')
			return jsonc_fail(s, i, "the file contains a NUL byte");
		n = utf8_len(s->text + i);
		if (n == 0)
			return jsonc_fail(s, i,
			    "byte 0x%02x is not UTF-8; save the file as UTF-8",
			    (unsigned char)s->text[i]);
	}
	return 0;
}

/* Exactly one value. 0 when cJSON will accept the text, too. */
static int
jsonc_scan(struct jsonc_scan *s)
{
	char out[JSONC_FOUND_LEN];
	bool object;

	if (jsonc_scan_bytes(s) == -1 || jsonc_scan_space(s) == -1)
		return -1;
	if (s->at == s->len)
		return jsonc_fail(s, 0, "the file is empty");
	object = jsonc_peek(s) == '{';
	if (jsonc_scan_value(s) == -1 || jsonc_scan_space(s) == -1)
		return -1;
	if (s->at < s->len)
		return jsonc_fail(s, s->at, "text after the %s, found %s",
		    object ? "closing brace" : "value", jsonc_found(s, out));
	return s->n_errors > 0 ? -1 : 0;
}

int
jsonc_parse(struct jsonc *d, const char *file, const char *text, size_t len,
    struct errors *errs)
{
	struct jsonc_scan s = { .file = file, .errs = errs };
	const char *end = NULL;

	*d = (struct jsonc){ 0 };
	if (len > JSONC_FILE_MAX) {
		errors_add(errs, file, 0, 0, "larger than %d KiB",
		    JSONC_FILE_MAX / 1024);
		return -1;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	d->file = file != NULL ? xstrdup(file) : NULL;
	d->text = xcalloc(len + 1, 1);
	d->len = len;
	if (len > 0)
		memcpy(d->text, text, len);
	s.text = d->text;
	s.len = len;
	if (jsonc_scan(&s) == 0) {
		d->root =
		    cJSON_ParseWithLengthOpts(d->text, len + 1, &end, true);
		if (d->root == NULL)
			jsonc_fail(&s, end ? (size_t)(end - d->text) : 0,
			    "cannot be parsed (cJSON)");
	}
	if (d->root == NULL) {
		jsonc_clear(d);
		return -1;
	}
	return 0;
}

void
jsonc_clear(struct jsonc *d)
{
	cJSON_Delete(d->root);
	free(d->text);
	free(d->file);
	*d = (struct jsonc){ 0 };
}

bool
jsonc_locate(
    const struct jsonc *d, const cJSON *item, bool key, int *line, int *col)
{
	size_t at;

	*line = *col = 0;
	if (d->root == NULL || item == NULL ||
	    !jsonplace_find(d->text, d->root, item, key, &at))
		return false;
	jsonplace_line(d->text, at, line, col);
	return true;
}

/*
 * The member whose key the path begins with; *rest is the rest. A key may hold
 * dots itself: the longest one that fits wins.
 */
static const cJSON *
jsonc_at_member(const cJSON *object, const char *path, const char **rest)
{
	const cJSON *item, *best = NULL;
	size_t len, best_len = 0;

	cJSON_ArrayForEach(item, object) {
		len = strlen(item->string);
		if ((best == NULL || len > best_len) &&
		    strncmp(item->string, path, len) == 0 &&
		    (path[len] == '\0' || path[len] == '.' ||
			path[len] == '[')) {
			best = item;
			best_len = len;
		}
	}
	*rest = path + best_len;
	return best;
}

/* The element of "[0]..." */
static const cJSON *
jsonc_at_element(const cJSON *array, const char *path, const char **rest)
{
	char *end;
	long i = strtol(path + 1, &end, 10);

	if (*end != ']' || i < 0 || i > JSONC_FILE_MAX)
		return NULL;
	*rest = end + 1;
	return cJSON_GetArrayItem(array, (int)i);
}

const cJSON *
jsonc_at(const struct jsonc *d, const char *path)
{
	const cJSON *item = d->root, *next;
	const char *rest = path;

	while (*path != '\0' && item != NULL) {
		if (*path == '[' && cJSON_IsArray(item))
			next = jsonc_at_element(item, path, &rest);
		else if (cJSON_IsObject(item))
			next =
			    jsonc_at_member(item, path + (*path == '.'), &rest);
		else
			break;
		if (next == NULL)
			break;
		item = next;
		path = rest;
	}
	return item;
}

cJSON *
jsonc_get(const cJSON *object, const char *key)
{
	cJSON *item;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach(item, object) {
		if (strcmp(item->string, key) == 0)
			return item;
	}
	return NULL;
}

const char *
jsonc_text(const cJSON *object, const char *key)
{
	const cJSON *item = jsonc_get(object, key);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}
