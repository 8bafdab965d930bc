/* SPDX-License-Identifier: ISC */
/*
 * How one and the same text is written down: by URLs, JSON, Python, shells and
 * the tee muxer.
 */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/spelling.h"
#include "base/utf8.h"

char *
spelling_base64(const char *s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *u = (const unsigned char *)s;
	size_t len = strlen(s);
	struct buf out;
	char four[4];

	buf_init(&out, 0);
	for (size_t i = 0; i < len; i += 3) {
		unsigned b = i + 1 < len ? u[i + 1] : 0;
		unsigned c = i + 2 < len ? u[i + 2] : 0;

		four[0] = digits[u[i] >> 2];
		four[1] = digits[(u[i] & 3) << 4 | b >> 4];
		four[2] = i + 1 < len ? digits[(b & 15) << 2 | c >> 6] : '=';
		four[3] = i + 2 < len ? digits[c & 63] : '=';
		buf_put(&out, four, sizeof(four));
	}
	return buf_steal(&out);
}

static int
spelling_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
spelling_unescape(const char *s)
{
	int high, low;

	if (s[0] != '%' || (high = spelling_hex(s[1])) == -1 ||
	    (low = spelling_hex(s[2])) == -1)
		return -1;
	return high << 4 | low;
}

void
spelling_decode(char *s)
{
	char *out = s;
	int c;

	while (*s != '\0') {
		c = spelling_unescape(s);
		if (c > 0) {
			*out++ = (char)c;
			s += 3;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

char *
spelling_encode(const char *s)
{
	struct buf out;

	buf_init(&out, 0);
	for (; *s != '\0'; s++) {
		if (isalnum((unsigned char)*s) ||
		    strchr("-._~!$&'()*+,;=", *s) != NULL)
			buf_put(&out, s, 1);
		else
			buf_putf(&out, "%%%02X", (unsigned char)*s);
	}
	return buf_steal(&out);
}

/* The number that n hex digits mean, or -1. */
static long
spelling_digits(const char *s, size_t n)
{
	long number = 0;
	int digit;

	for (size_t i = 0; i < n; i++) {
		if ((digit = spelling_hex(s[i])) == -1)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

/* Read a control byte as C writes it after a backslash: its length, or 0. */
static size_t
spelling_read_control(const char *p, char *out)
{
	static const char letters[] = "abtnvfr", octal[] = "01234567";
	const char *at = *p == '\0' ? NULL : strchr(letters, *p);

	if (at != NULL || *p == 'e') {
		*out = *p == 'e' ? '\033' : (char)('\a' + (at - letters));
		return 1;
	}
	if (strspn(p, octal) < 3 || *p != '0')
		return 0;
	*out = (char)((p[1] - '0') << 3 | (p[2] - '0'));
	return *out == '\0' ? 0 : 3;
}

size_t
spelling_read_char(const char *s, char *out, size_t *len)
{
	size_t slashes = strspn(s, "\\");
	const char *p = s + slashes;
	long c, low = -1;

	if (slashes > 0 && spelling_read_control(p, out) > 0) {
		*len = 1;
		return slashes + spelling_read_control(p, out);
	}
	if (slashes == 0 || *p == '\0' || strchr("uUx", *p) == NULL)
		return 0;
	c = spelling_digits(p + 1, *p == 'u' ? 4 : *p == 'U' ? 8 : 2);
	if (c <= 0 || c > 0x10ffff)
		return 0;
	if (*p == 'x') {
		out[0] = (char)c;
		*len = 1;
		return slashes + 3;
	}
	s = p + (*p == 'u' ? 5 : 9);
	if (c >> 10 == 0xd800 >> 10 && *s == '\\') {
		size_t more = strspn(s, "\\");

		if (s[more] == 'u')
			low = spelling_digits(s + more + 1, 4);
		if (low >> 10 == 0xdc00 >> 10) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			s += more + 5;
		}
	}
	*len = utf8_put((uint32_t)c, out);
	return slashes + (size_t)(s - p);
}

/* Length of the spelling of a character by its number, or 0; *used: how many
 * bytes of the secret it is. */
static size_t
spelling_match_char(const char *s, const char *secret, size_t *used)
{
	char bytes[4];
	size_t len, n = spelling_read_char(s, bytes, &len);

	if (n == 0 || strncmp(secret, bytes, len) != 0)
		return 0;
	*used = len;
	return n;
}

/*
 * Length of the spelling of byte c at s, or 0. With `encoded`, "%XX" is one
 * byte and '+' a blank. An escaping backslash belongs to the byte after it, and
 * the shell writes ' as '\''.
 */
static size_t
spelling_match_byte(const char *s, char c, bool encoded)
{
	size_t skip = 0;

	if (encoded && spelling_unescape(s) == (unsigned char)c)
		return 3;
	if (encoded && c == ' ' && *s == '+')
		return 1;
	if (c == '\'' && strncmp(s, "'\\''", 4) == 0)
		return 4;
	if (*s == c)
		return 1;
	while (s[skip] == '\\')
		skip++;
	return s[skip] == c ? skip + 1 : 0;
}

/* Whether the rest of a text that was cut may be the beginning of a spelling:
 * of "%XX" or after a backslash. */
static bool
spelling_is_torn(const char *s)
{
	size_t slashes = strspn(s, "\\");

	if (*s == '%')
		return s[1] == '\0' || s[2] == '\0';
	s += slashes;
	if (slashes > 0 && *s != '\0' && strchr("uUx", *s) != NULL)
		s += 1 + strspn(s + 1, "0123456789abcdefABCDEF");
	return *s == '\0';
}

static bool
spelling_is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\0') || c == 0x7f;
}

size_t
spelling_match(
    const char *s, const char *secret, enum spelling spelling, bool cut)
{
	size_t len = 0, n, used;

	for (; *secret != '\0'; secret += used) {
		used = 1;
		n = spelling == SPELLING_PLAIN
		    ? s[len] == *secret
		    : spelling_match_char(s + len, secret, &used);
		if (n == 0 && s[len] == '?' && spelling_is_control(*secret))
			n = used = 1; /* as ffmpeg writes it */
		if (n == 0 && len == 0 && *s == '\\' && *secret != '\\')
			return 0; /* begins after it */
		if (n == 0 && spelling != SPELLING_PLAIN)
			n = spelling_match_byte(
			    s + len, *secret, spelling == SPELLING_ENCODED);
		if (n == 0)
			return cut && len > 0 && spelling_is_torn(s + len)
			    ? len + strlen(s + len)
			    : 0;
		len += n;
	}
	return len;
}

size_t
spelling_match_base64(const char *s, const char *letters, size_t len, bool cut)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];

		if (c == '\0' && cut && i > 0)
			return i;
		if (c != letters[i])
			return 0;
	}
	return len + (isalnum((unsigned char)s[len]) != 0);
}
