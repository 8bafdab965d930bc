/* SPDX-License-Identifier: ISC */
/*
 * The JSON writer: commas, keys and escapes, in one place.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

#define JSONW_DECIMALS_MAX 9

void
jsonw_init(struct jsonw *j, struct buf *out)
{
	j->out = out;
	j->comma = false;
	j->mask = NULL;
}

/* A character that a JSON string may not contain unescaped, or that a terminal
 * would obey. */
static void
jsonw_put_escape(struct buf *out, uint32_t c)
{
	switch (c) {
	case '"':
		buf_puts(out, "\\\"");
		break;
	case '\\':
		buf_puts(out, "\\\\");
		break;
	case '\n':
		buf_puts(out, "\\n");
		break;
	case '\r':
		buf_puts(out, "\\r");
		break;
	case '\t':
		buf_puts(out, "\\t");
		break;
	default:
		buf_putf(out, "\\u%04x", (unsigned)c);
		break;
	}
}

/* How many bytes from here on need no escape for sure. */
static size_t
jsonw_plain_len(const unsigned char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void
jsonw_put_string(struct buf *out, const char *text)
{
	uint32_t cp;
	size_t len;

	buf_puts(out, "\"");
	while (*text != '\0') {
		/* most strings are one such run */
		len = jsonw_plain_len((const unsigned char *)text);
		buf_put(out, text, len);
		text += len;
		if (*text == '\0')
			break;
		len = utf8_decode(text, &cp);
		if (len == 1 && cp == UTF8_INVALID)
			buf_puts(out, "\xef\xbf\xbd");
		else if (cp == '"' || cp == '\\' || text_is_control(cp))
			jsonw_put_escape(out, cp);
		else
			buf_put(out, text, len);
		text += len;
	}
	buf_puts(out, "\"");
}

/* The comma and the key before a value. */
static void
jsonw_begin(struct jsonw *j, const char *key)
{
	if (j->comma)
		buf_puts(j->out, ",");
	j->comma = true;
	if (key != NULL) {
		jsonw_put_string(j->out, key);
		buf_puts(j->out, ":");
	}
}

/* Open or close a container; a first member has no comma before it. */
static void
jsonw_open(struct jsonw *j, const char *key, const char *bracket)
{
	jsonw_begin(j, key);
	buf_puts(j->out, bracket);
	j->comma = false;
}

static void
jsonw_close(struct jsonw *j, const char *bracket)
{
	buf_puts(j->out, bracket);
	j->comma = true;
}

void
jsonw_object(struct jsonw *j, const char *key)
{
	jsonw_open(j, key, "{");
}

void
jsonw_object_end(struct jsonw *j)
{
	jsonw_close(j, "}");
}

void
jsonw_array(struct jsonw *j, const char *key)
{
	jsonw_open(j, key, "[");
}

void
jsonw_array_end(struct jsonw *j)
{
	jsonw_close(j, "]");
}

void
jsonw_str(struct jsonw *j, const char *key, const char *s)
{
	char *masked;

	if (s == NULL) {
		jsonw_null(j, key);
		return;
	}
	jsonw_begin(j, key);
	masked = j->mask == NULL ? NULL : j->mask(s);
	jsonw_put_string(j->out, masked == NULL ? s : masked);
	free(masked);
}

void
jsonw_word(struct jsonw *j, const char *key, const char *s)
{
	if (s == NULL) {
		jsonw_null(j, key);
		return;
	}
	jsonw_begin(j, key);
	jsonw_put_string(j->out, s);
}

void
jsonw_strf(struct jsonw *j, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	jsonw_str(j, key, s);
	free(s);
}

void
jsonw_int(struct jsonw *j, const char *key, int64_t n)
{
	jsonw_begin(j, key);
	buf_putf(j->out, "%" PRId64, n);
}

/*
 * Built from integers, so that no locale puts a decimal comma in. What JSON
 * cannot say (NaN, infinity) is null.
 */
void
jsonw_fixed(struct jsonw *j, const char *key, double n, int decimals)
{
	long long scale = 1, scaled;
	double whole;
	int i;

	if (!isfinite(n)) {
		jsonw_null(j, key);
		return;
	}
	jsonw_begin(j, key);
	for (i = 0; i < decimals && i < JSONW_DECIMALS_MAX; i++)
		scale *= 10;
	whole = n * (double)scale;
	if (whole <= -9e18 || whole >= 9e18) {
		buf_putf(j->out, "%.0f", n);
		return;
	}
	scaled = (long long)(whole < 0 ? whole - 0.5 : whole + 0.5);
	buf_putf(
	    j->out, "%s%lld", scaled < 0 ? "-" : "", llabs(scaled) / scale);
	if (scale > 1)
		buf_putf(j->out, ".%0*lld", i, llabs(scaled) % scale);
}

void
jsonw_bool(struct jsonw *j, const char *key, bool b)
{
	jsonw_raw(j, key, b ? "true" : "false");
}

void
jsonw_null(struct jsonw *j, const char *key)
{
	jsonw_raw(j, key, "null");
}

void
jsonw_raw(struct jsonw *j, const char *key, const char *json)
{
	jsonw_begin(j, key);
	buf_puts(j->out, json);
}
