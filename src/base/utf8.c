/* SPDX-License-Identifier: ISC */
/* UTF-8 without a locale. */
#include "config.h"

#include "base/utf8.h"

size_t
utf8_decode(const char *text, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0;

	if (s[0] < 0x80)
		len = 1;
	else if (s[0] >= 0xc0 && s[0] < 0xf8)
		len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	*cp = len == 1 ? s[0] : s[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			len = 0; /* also the end of the text */
			break;
		}
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (len == 0 || *cp < least[len] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff)) {
		*cp = UTF8_INVALID;
		return 1;
	}
	return len;
}

size_t
utf8_len(const char *text)
{
	uint32_t cp;
	size_t len = utf8_decode(text, &cp);

	return len == 1 && cp == UTF8_INVALID ? 0 : len;
}

size_t
utf8_put(uint32_t cp, char out[UTF8_MAX])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}
