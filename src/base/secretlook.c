/* SPDX-License-Identifier: ISC */
/*
 * Lists of words that people use and of names that say what they hold, and the
 * comparison of a text with them.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secretlook.h"
#include "base/util.h"
#include "base/words.h"

#define SECRETLOOK_WORD 12 /* letters of one that a person reads, at most */
#define SECRETLOOK_LINE 6  /* letters and digits of one of several, at least */

bool
secretlook_is_telling(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += isalnum((unsigned char)line[i]) != 0;
	return n >= SECRETLOOK_LINE;
}

/* Whether these are letters as a person writes a word. */
static bool
secretlook_is_letters(const char *s, size_t len)
{
	size_t upper = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isalpha((unsigned char)s[i]))
			return false;
		upper += isupper((unsigned char)s[i]) != 0;
	}
	return upper == 0 || upper == len ||
	    (upper == 1 && isupper((unsigned char)s[0]));
}

bool
secretlook_is_words(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n + 1) {
		for (n = 0; i + n < len && strchr("-_. ", s[i + n]) == NULL;)
			n++;
		if (n > SECRETLOOK_WORD || !secretlook_is_letters(s + i, n))
			return false;
	}
	return true;
}

/* Whether s begins with that word, and only digits follow. */
static bool
secretlook_is_numbered(const char *s)
{
	static const char *const stems[] = { "cam", "camera", "channel", "live",
		"livestream", "main", "stream", "sub", "test", "track",
		"video" };
	size_t len = strcspn(s, "0123456789");

	return words_has(stems, NELEM(stems), s, len) &&
	    s[len + strspn(s + len, "0123456789")] == '\0';
}

/* Whether it is a size such as 640x480. */
static bool
secretlook_is_size(const char *s)
{
	size_t w = strspn(s, "0123456789");
	size_t h = s[w] == 'x' ? strspn(s + w + 1, "0123456789") : 0;

	return w > 0 && w <= 5 && h > 0 && h <= 5 && s[w + 1 + h] == '\0';
}

bool
secretlook_is_label(const char *s)
{
	return secretlook_is_size(s) || secretlook_is_numbered(s);
}

bool
secretlook_is_word(const char *s)
{
	size_t len = strlen(s), digits = strspn(s, "0123456789"), i;

	if (digits == len)
		return len <= 4;
	if (secretlook_is_label(s))
		return true;
	for (i = 0; i < len && isalnum((unsigned char)s[i]); i++)
		;
	return i == len &&
	    (len <= 5 || (len <= 8 && secretlook_is_letters(s, len)));
}

/* Length of a word at the beginning of a name, or 0. A '-' in it may be '_' or
 * nothing in the name; a plural is the word, too. */
static size_t
secretlook_match_word(const char *name, const char *word)
{
	size_t len = 0;

	for (; *word != '\0'; word++) {
		if (*word == '-')
			len += name[len] == '-' || name[len] == '_';
		else if (tolower((unsigned char)name[len]) == *word)
			len++;
		else
			return 0;
	}
	return len + (tolower((unsigned char)name[len]) == 's');
}

/* Whether a word of a name ends before name[at], also as in "keyIntMax". */
static bool
secretlook_is_edge(const char *name, size_t at)
{
	return at == 0 || !isalpha((unsigned char)name[at]) ||
	    !isalpha((unsigned char)name[at - 1]) ||
	    (isupper((unsigned char)name[at]) &&
		islower((unsigned char)name[at - 1]));
}

/* Blank the words that only sound like a secret. */
static void
secretlook_blank_harmless(char *name)
{
	static const char *const words[] = { "all-pass", "auth-method",
		"auth-mode", "auth-scheme", "auth-type", "author", "authority",
		"band-pass", "bypass", "chroma-key", "color-key", "colour-key",
		"compass", "credit", "donkey", "first-pass", "force-key-frame",
		"high-pass", "hockey", "hot-key", "hsv-key", "key-bit",
		"key-frame", "key-frame-interval", "key-int", "key-interval",
		"key-len", "key-length", "key-point", "key-size", "key-type",
		"keyboard", "keycode", "keymap", "keynote", "keypad",
		"keystone", "keyword", "low-pass", "luma-key", "max-token",
		"max-new-token", "monkey", "multi-pass", "num-token",
		"pass-count", "pass-log", "pass-log-file", "pass-through",
		"passive", "pbkeylen", "second-pass", "sort-key", "tokenizer",
		"turkey", "two-pass", "video-key-frame-interval", "whiskey",
		"xauthority" };

	for (size_t at = 0, len; name[at] != '\0'; at++) {
		if (!secretlook_is_edge(name, at))
			continue;
		for (size_t i = 0; i < NELEM(words); i++) {
			len = secretlook_match_word(name + at, words[i]);
			if (len > 0 && secretlook_is_edge(name, at + len))
				memset(name + at, ' ', len);
		}
	}
}

/* Whether it ends as the names of places do where something is. */
static bool
secretlook_is_place(const char *name)
{
	static const char *const places[] = { "FILE", "DIR", "PATH", "SOCK",
		"ASKPASS" };
	size_t len = strlen(name);

	for (size_t i = 0; i < NELEM(places); i++) {
		size_t n = strlen(places[i]);

		if (len >= n && strcasecmp(name + len - n, places[i]) == 0)
			return true;
	}
	return false;
}

bool
secretlook_is_name(const char *name)
{
	static const char *const words[] = { "KEY", "PASS", "SECRET", "TOKEN",
		"CRED", "AUTH", "COOKIE", "PWD", "SIGNATURE" };
	static const char *const harmless[] = { "PWD", "OLDPWD" };
	bool is = false;
	size_t len;
	char *rest;

	name += *name == '-';
	len = strlen(name);
	if (words_has(harmless, NELEM(harmless), name, len) ||
	    secretlook_is_place(name))
		return false;
	rest = xstrdup(name);
	secretlook_blank_harmless(rest);
	for (size_t i = 0; i < NELEM(words); i++)
		is |= strcasestr(rest, words[i]) != NULL;
	free(rest);
	return is || (len >= 2 && strcasecmp(name + len - 2, "PW") == 0);
}
