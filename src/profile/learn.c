/* SPDX-License-Identifier: ISC */
/*
 * Secrets by place. A value is learnt whole, and in the pieces in which it may
 * show up again: each line of headers, the text after a header's name and after
 * the word for the method.
 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/redact.h"
#include "base/secretlook.h"
#include "base/strv.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/learn.h"

/* The bytes of a name; those that end a shell's word, and a value without
 * quotes in other languages. */
#define LEARN_NAME \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
#define LEARN_ENDS	" \t\n;&|()<>"
#define LEARN_BARE_ENDS " \t\r\n;&|()<>,{}[]'\"\\`"

/* ffmpeg's options whose values are secrets, beside those with a telling
 * name. */
static const char *const learn_options_known[] = { "headers", "header",
	"streamid", "srt_streamid", "rtmp_playpath", "rtmp_conn",
	"srtp_in_params", "srtp_out_params", "hls_enc_iv", "decryption_iv",
	"post_data", "iv" };

/* Whether it mixes letters and digits, unlike a word or a number with a
 * unit. */
static bool
learn_is_mixed(const char *s)
{
	size_t digits = strspn(s, "0123456789"), len = strlen(s);
	bool unit = digits > 0 && len <= digits + 3;

	return !unit && !secretlook_is_label(s) &&
	    strpbrk(s, "0123456789") != NULL && digits < len;
}

/* Learn a piece that is not a common word. */
static void
learn_piece(struct redact *r, const char *text, size_t len)
{
	char *piece;

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	piece = xstrndup(text, len);
	if (!secretlook_is_word(piece))
		redact_add(r, piece);
	free(piece);
}

/* Whether it is more than "---" or "{". */
static bool
learn_has_sense(const char *s)
{
	while (*s != '\0' && isalnum((unsigned char)*s) == 0)
		s++;
	return *s != '\0';
}

/* Likewise of a header: `sure` when its name says that it is a secret, except
 * for a word that names the method; else a short mixed one is not a word. */
static void
learn_header_piece(struct redact *r, const char *text, size_t len, bool sure)
{
	static const char *const methods[] = { "AWS4-HMAC-SHA256", "Basic",
		"Bearer", "Digest", "Key", "Negotiate", "OAuth", "Token" };
	char *piece;
	bool is;

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	piece = xstrndup(text, len);
	is = (sure &&
		 !words_has(methods, NELEM(methods), piece, strlen(piece))) ||
	    learn_is_mixed(piece) ||
	    (learn_has_sense(piece) && !secretlook_is_word(piece));
	if (is)
		redact_add(r, piece);
	free(piece);
}

/* Headers that any client sends; their values hide nothing. */
static bool
learn_is_plain_header(const char *line, size_t len)
{
	static const char *const plain[] = { "Accept", "Accept-Encoding",
		"Accept-Language", "Cache-Control", "Connection",
		"Content-Type", "Host", "Icy-MetaData", "Origin", "Pragma",
		"Range", "Referer", "User-Agent" };

	return words_has(plain, NELEM(plain), line, len);
}

/* Whether the name of a header says that its whole value is a secret; a cookie
 * has several, and words beside them. */
static bool
learn_is_sure(const char *line, const char *colon)
{
	char *name;
	bool is;

	if (colon == NULL)
		return false;
	name = xstrndup(line, (size_t)(colon - line));
	is = secretlook_is_name(name) && strcasestr(name, "cookie") == NULL;
	free(name);
	return is;
}

/* Whether the text at p is the value of a cookie that names a session. */
static bool
learn_is_session(const char *line, const char *p)
{
	static const char *const names[] = { "id", "session", "sid", "sess",
		"phpsessid", "jsessionid", "connect.sid" };
	const char *end = p - 1, *from = end;
	char *name;
	bool is;

	if (*end != '=')
		return false;
	while (from > line && strchr(" ;,:", from[-1]) == NULL)
		from--;
	name = xstrndup(from, (size_t)(end - from));
	is = secretlook_is_name(name) ||
	    words_has(names, NELEM(names), name, strlen(name));
	free(name);
	return is;
}

/* "Authorization: Bearer XYZ": the line, its value, and its last word;
 * "a=b; c=d" of a cookie: the text after each '='. */
static void
learn_line(struct redact *r, const char *line, size_t len)
{
	const char *end = line + len, *colon = memchr(line, ':', len), *p;
	bool sure = learn_is_sure(line, colon);

	if (colon != NULL &&
	    learn_is_plain_header(line, (size_t)(colon - line)))
		return;
	if (secretlook_is_telling(line, len))
		learn_piece(r, line, len);
	if (colon != NULL) {
		for (p = colon + 1; p < end && *p == ' '; p++)
			;
		learn_header_piece(r, p, (size_t)(end - p), sure);
	}
	for (p = line; p < end; p++)
		if (p > line && strchr(" :=;,", p[-1]) != NULL)
			learn_header_piece(r, p, strcspn(p, " ;,\r\n"),
			    sure || learn_is_session(line, p));
}

/* A secret in whole and in lines. */
static void
learn_text(struct redact *r, const char *value)
{
	size_t len;

	redact_add(r, value);
	for (; *value != '\0'; value += len) {
		value += strspn(value, "\r\n");
		len = strcspn(value, "\r\n");
		if (len > 0)
			learn_line(r, value, len);
	}
}

/* A stream key that is an option: like that of a URL a secret by its place. */
static bool
learn_is_stream_key(const char *name)
{
	static const char *const names[] = { "streamid", "srt_streamid",
		"rtmp_playpath" };

	return words_has(names, NELEM(names), name, strlen(name));
}

void
learn_option(struct redact *r, const char *name, const char *value)
{
	name += strspn(name, "-");
	r->placing = learn_is_stream_key(name);
	if (secretlook_is_name(name) ||
	    words_has(learn_options_known, NELEM(learn_options_known), name,
		strlen(name)))
		learn_text(r, value);
	r->placing = false;
	redact_add_urls(r, value);
}

void
learn_options(struct redact *r, const struct strv *options)
{
	for (size_t i = 0; i + 1 < options->n; i += 2)
		learn_option(r, options->v[i], options->v[i + 1]);
}

/* Whether the name says that it is a password, be it a common word. */
static bool
learn_is_password(const char *name)
{
	return strcasestr(name, "pass") != NULL ||
	    strcasestr(name, "pwd") != NULL ||
	    strcasestr(name, "secret") != NULL ||
	    strcasestr(name, "token") != NULL;
}

/* A login as curl takes it: "me:password". */
static void
learn_login(struct redact *r, const char *arg)
{
	const char *colon = strchr(arg, ':');
	char *user;

	if (colon == NULL)
		return;
	user = xstrndup(arg, (size_t)(colon - arg));
	redact_add_login(r, user, colon + 1);
	free(user);
}

static bool
learn_is_login(const char *option)
{
	static const char *const names[] = { "-u", "--user", "-U",
		"--proxy-user" };

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(option, names[i]) == 0)
			return true;
	return false;
}

/* Programs, and the letter of theirs for a password: with the value in the next
 * argument, in the same one, or either. */
static const struct learn_letter {
	const char *program, *option;
	bool next, same;
	const char *values; /* of one that runs another program: its options
			       whose value is the next argument */
} learn_letters[] = {
	{ "ipmitool", "-P", true, false, NULL },
	{ "ldapsearch", "-w", true, true, NULL },
	{ "mariadb", "-p", false, true, NULL },
	{ "mariadb-dump", "-p", false, true, NULL },
	{ "mongo", "-p", true, true, NULL },
	{ "mongosh", "-p", true, true, NULL },
	{ "mosquitto_pub", "-P", true, false, NULL },
	{ "mosquitto_rr", "-P", true, false, NULL },
	{ "mosquitto_sub", "-P", true, false, NULL },
	{ "mysql", "-p", false, true, NULL },
	{ "mysqladmin", "-p", false, true, NULL },
	{ "mysqldump", "-p", false, true, NULL },
	{ "plink", "-pw", true, false, NULL },
	{ "pscp", "-pw", true, false, NULL },
	{ "redis-cli", "-a", true, false, NULL },
	{ "sshpass", "-p", true, true, "pfdP" },
};

/* Whether an argument is a program of that name, with directories or not. */
static bool
learn_is_program(const char *arg, const char *name)
{
	const char *slash = strrchr(arg, '/');

	return strcmp(slash == NULL ? arg : slash + 1, name) == 0;
}

/* Whether ffmpeg has pixels of that name: "yuv420p10le", "gray16be". */
static bool
learn_is_pixels(const char *s)
{
	static const char *const stems[] = { "0bgr", "0rgb", "abgr", "argb",
		"ayuv", "bayer_bggr", "bayer_gbrg", "bayer_grbg", "bayer_rggb",
		"bgr", "bgr4_byte", "bgra", "gbr", "gbrap", "gbrapf", "gbrp",
		"gbrpf", "gray", "grayf", "nv", "p01", "p21", "p41", "pal",
		"rgb", "rgb4_byte", "rgba", "rgbaf", "rgbf", "uyvy", "uyyvyy",
		"vuya", "vuyx", "x2bgr", "x2rgb", "xv", "xyz", "y21", "ya",
		"yuv", "yuva", "yuvj", "yuyv", "yvyu" };
	const char *end = s + strlen(s), *p;

	if (util_has_suffix(s, "le") || util_has_suffix(s, "be"))
		end -= 2;
	for (size_t i = 0; i < NELEM(stems); i++) {
		if (!util_has_prefix(s, stems[i]))
			continue;
		p = s + strlen(stems[i]);
		p += strspn(p, "0123456789");
		p += *p == 'p';
		p += strspn(p, "0123456789");
		if (p >= end && p <= s + strlen(stems[i]) + 6)
			return true;
	}
	return false;
}

/* The text after "-p" of an unknown program: not a port, a place, a path, words
 * or pixels. */
static void
learn_guess(struct redact *r, const char *arg)
{
	if (*arg == '-' || strchr(arg, '/') != NULL ||
	    strchr(arg, ' ') != NULL ||
	    arg[strspn(arg, "0123456789:.,+%x-")] == '\0' ||
	    secretlook_is_words(arg, strlen(arg)) || learn_is_pixels(arg))
		return;
	if (learn_is_mixed(arg) && !redact_is_spared(&r->spared, arg))
		redact_add(r, arg);
	else
		redact_add_place(r, arg);
}

/* Passwords after a letter: of `program`, the last known one, NULL: none.
 * `before` is the argument before; NULL: none. */
static void
learn_letter(
    struct redact *r, const char *program, const char *before, const char *arg)
{
	static const char *const letters[] = { "-p", "-P", "-pw", "--pw" };
	const struct learn_letter *l = learn_letters;
	size_t len;

	for (; program != NULL && l < learn_letters + NELEM(learn_letters);
	     l++) {
		if (!learn_is_program(program, l->program))
			continue;
		len = strlen(l->option);
		if (l->next && before != NULL && strcmp(before, l->option) == 0)
			redact_add(r, arg);
		else if (l->same && strncmp(arg, l->option, len) == 0)
			redact_add(r, arg + len);
		return;
	}
	for (size_t i = 0; before != NULL && i < NELEM(letters); i++)
		if (strcmp(before, letters[i]) == 0)
			learn_guess(r, arg);
}

/* Whether an argument is the other program that this one runs: all the rest
 * belongs to that one. */
static bool
learn_is_handed_on(
    const struct learn_letter *l, const char *before, const char *arg)
{
	bool value = before != NULL && before[0] == '-' && before[1] != '\0' &&
	    before[2] == '\0' && l->values != NULL &&
	    strchr(l->values, before[1]) != NULL;

	return l->values != NULL && *arg != '-' && !value;
}

/* The program that an argument is, if it is one that takes passwords so; else
 * the one that was, while the arguments are its own. */
static const char *
learn_program(const char *program, const char *before, const char *arg)
{
	for (size_t i = 0; i < NELEM(learn_letters); i++)
		if (learn_is_program(arg, learn_letters[i].program))
			return learn_letters[i].program;
	for (size_t i = 0; program != NULL && i < NELEM(learn_letters); i++)
		if (learn_is_program(program, learn_letters[i].program) &&
		    learn_is_handed_on(&learn_letters[i], before, arg))
			return NULL;
	return program;
}

/* The value of a program's option, which is one argument. */
static void
learn_option_value(struct redact *r, const char *option, const char *arg)
{
	if (learn_is_login(option))
		learn_login(r, arg);
	else if (strcmp(option, "-H") == 0)
		learn_option(r, "headers", arg);
	else if (*option == '-' && strchr(option, '=') == NULL)
		learn_option(r, option, arg);
}

/* x264's number of a pass: "pass=1:stats=x.log". */
static bool
learn_is_x264_pass(const char *name, const char *value)
{
	return strcmp(name + strspn(name, "-"), "pass") == 0 && *value >= '0' &&
	    *value <= '9' && (value[1] == '\0' || value[1] == ':');
}

/* An assigned value; a comma after it is another language's. */
static void
learn_value(struct redact *r, const char *name, const char *value)
{
	size_t len = strlen(value);
	char *piece;

	if (learn_is_x264_pass(name, value) ||
	    (strcmp(name, "key") == 0 && secretlook_is_word(value)))
		return; /* "key=lambda" of Python */
	len -= len > 0 && value[len - 1] == ',';
	piece = xstrndup(value, len);
	redact_add(r, piece);
	free(piece);
}

/* "--name=value", "NAME=value", "-Hname: value", "-ume:password". After a NAME
 * may follow a command, too: its words are not secrets. */
static void
learn_assignment(struct redact *r, const char *arg)
{
	size_t len = strspn(arg, LEARN_NAME);
	char *name = xstrndup(arg, len);

	if (arg[len] == '=' && *arg == '-')
		learn_option_value(r, name, arg + len + 1);
	else if (arg[len] == '=' && strcasestr(name, "cookie") != NULL)
		learn_text(r, arg + len + 1);
	else if (arg[len] == '=' && secretlook_is_name(name))
		learn_value(r, name, arg + len + 1);
	else if (util_has_prefix(arg, "-H") && strchr(arg, ':') != NULL)
		learn_option(r, "headers", arg + 2);
	else if (util_has_prefix(arg, "-u"))
		learn_login(r, arg + 2);
	free(name);
}

/* --- pairs in the text of another language ------------------------------ */

static bool
learn_is_quote(char c)
{
	return c == '\'' || c == '"';
}

/* The text between quotes, without the backslashes in it; the quotes may have
 * some, too. */
static char *
learn_unquote(const char *text, char quote, bool escaped)
{
	struct buf out;

	buf_init(&out, 0);
	for (; *text != '\0' && *text != quote; text++) {
		if (*text == '\\' && escaped && text[1] == quote)
			break;
		if (*text == '\\' &&
		    (text[1] == '\\' || learn_is_quote(text[1])))
			text++;
		buf_put(&out, text, 1);
	}
	return buf_steal(&out);
}

static void
learn_quoted(struct redact *r, const char *name, const char *text, bool escaped)
{
	char *meant = learn_unquote(text + 1, *text, escaped);

	if (strcasestr(name, "auth") != NULL ||
	    strcasestr(name, "cookie") != NULL) {
		learn_piece(r, meant, strlen(meant));
		learn_line(r, meant, strlen(meant));
	} else if (learn_is_password(name) && !isspace((unsigned char)*meant))
		redact_add(r, meant);
	else if (!isspace((unsigned char)*meant)) /* else it ended a text */
		learn_piece(r, meant, strlen(meant));
	free(meant);
}

/* A value without quotes; after a word for the method follows the real one. */
static void
learn_bare(struct redact *r, const char *text)
{
	static const char *const methods[] = { "Basic", "Bearer", "Digest",
		"OAuth", "Token" };
	size_t len = strcspn(text, LEARN_BARE_ENDS);
	char *word = xstrndup(text, len);

	if (words_has(methods, NELEM(methods), word, strlen(word))) {
		text += len + strspn(text + len, " ");
		len = strcspn(text, LEARN_BARE_ENDS);
	}
	if (text[len] != '(' && text[len] != '[')
		learn_piece(r, text, len);
	free(word);
}

/* The beginning of the value of a name that ends at p: after '=' or ':' of a
 * shell, JSON, Python or YAML; NULL: not a pair. */
static const char *
learn_find_value(const char *p)
{
	p += *p == '\\' && learn_is_quote(p[1]);
	p += learn_is_quote(*p);
	p += *p == ']';
	p += strspn(p, " \t");
	if (*p != '=' && *p != ':')
		return NULL;
	if (*p == ':' && !isspace((unsigned char)p[1]) && p[1] != '\\' &&
	    p[1] != '=' && !learn_is_quote(p[1]))
		return NULL;
	p += strspn(p, "=:>");
	return p + strspn(p, " \t");
}

/* After the type of an annotated value: "password: str = 'x'". */
static const char *
learn_skip_type(const char *p)
{
	const char *end = p + strspn(p, LEARN_NAME "[]| ");

	if (*end != '=')
		return p;
	end++;
	end += strspn(end, " ");
	return learn_is_quote(*end) ? end : p;
}

static void
learn_pair(struct redact *r, const char *name, const char *end)
{
	const char *p = learn_find_value(end);
	bool escaped;
	size_t prefix;

	if (p == NULL || learn_is_x264_pass(name, p))
		return;
	p = learn_skip_type(p);
	escaped = *p == '\\' && learn_is_quote(p[1]);
	p += escaped;
	prefix = strspn(p, "bBrRuUfF");
	if (prefix <= 2 && learn_is_quote(p[prefix]))
		p += prefix;
	if (learn_is_quote(*p)) {
		while (p[0] == p[1] && p[1] == p[2])
			p++; /* Python's three */
		learn_quoted(r, name, p, escaped);
	} else {
		learn_bare(r, p);
	}
}

/* Every telling name, and its value, anywhere in a text. */
static void
learn_pairs(struct redact *r, const char *text)
{
	size_t len;
	char *name;

	for (; *text != '\0'; text += len) {
		text += strcspn(text, LEARN_NAME);
		len = strspn(text, LEARN_NAME);
		name = xstrndup(text, len);
		if (len > 0 && secretlook_is_name(name))
			learn_pair(r, name, text + len);
		free(name);
	}
}

/* --- commands ----------------------------------------------------------- */

/* The next word as a shell reads it, without its quotes; *text moves on. */
static char *
learn_word(const char **text)
{
	const char *p = *text;
	char quote = '\0';
	struct buf out;

	buf_init(&out, 0);
	for (; *p != '\0'; p++) {
		if (quote == '\0' && strchr(LEARN_ENDS, *p) != NULL)
			break;
		if (quote != '\'' && *p == '\\' && p[1] == '\n') {
			p++; /* the line goes on */
		} else if (quote == '\0' && learn_is_quote(*p)) {
			quote = *p;
		} else if (quote != '\0' && *p == quote) {
			quote = '\0';
		} else {
			if (*p == '\\' && p[1] != '\0' &&
			    (quote == '\0' ||
				(quote == '"' && strchr("$`\"\\", p[1]))))
				p++;
			buf_put(&out, p, 1);
		}
	}
	*text = p;
	return buf_steal(&out);
}

/* Whether another command begins after this gap between words; "2>&1" does not
 * begin one. */
static bool
learn_is_next(const char *gap, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("\n;|()", gap[i]) != NULL ||
		    (gap[i] == '&' && (i == 0 || gap[i - 1] != '>')))
			return true;
	return false;
}

static void learn_argument(struct redact *r, const char *arg, bool whole);

/* A text that may be a command for a shell. One of its words that is all in
 * quotes may be another such text. */
static void
learn_shell(struct redact *r, const char *text)
{
	const char *program = NULL;
	char *before = NULL, *word;
	size_t gap;

	while (text[gap = strspn(text, LEARN_ENDS)] != '\0') {
		bool whole = !learn_is_quote(text[gap]);

		if (learn_is_next(text, gap))
			program = NULL;
		text += gap;
		word = learn_word(&text);
		if (whole && *word == '\0') { /* only the line goes on */
			free(word);
			continue;
		}
		if (*text != '(') /* "key=f(x)" is another language's */
			learn_argument(r, word, whole);
		if (before != NULL)
			learn_option_value(r, before, word);
		learn_letter(r, program, before, word);
		program = learn_program(program, before, word);
		free(before);
		before = word;
	}
	free(before);
}

/* One argument: a URL alone is taken whole, others are looked for; unless it
 * is known to be one word, it may be a whole command. */
static void
learn_argument(struct redact *r, const char *arg, bool whole)
{
	size_t scheme = strspn(
	    arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.");

	if (scheme > 0 && arg[scheme] == ':' && strpbrk(arg, " \t\n") == NULL)
		redact_add_url(r, arg);
	redact_add_urls(r, arg);
	if (whole || strpbrk(arg, LEARN_ENDS) == NULL || *arg == '-')
		learn_assignment(r, arg);
	if (*arg == '-' && arg[strspn(arg, LEARN_NAME)] == '=')
		arg += strspn(arg, LEARN_NAME) + 1;
	if (!whole && strpbrk(arg, LEARN_ENDS "'\"") != NULL)
		learn_shell(r, arg);
}

/* Whether the argument after it is a text for a shell: "-c", "-ec". */
static bool
learn_is_command(const char *option)
{
	size_t len = strlen(option);

	return len >= 2 && option[0] == '-' && option[1] != '-' &&
	    option[len - 1] == 'c';
}

void
learn_arguments(struct redact *r, const struct strv *argv)
{
	const char *program = NULL, *before;

	for (size_t i = 0; i < argv->n; i++) {
		const char *arg = argv->v[i];
		bool command = i > 0 && learn_is_command(argv->v[i - 1]);

		learn_argument(r, arg, false);
		learn_pairs(r, arg);
		if (!command)
			learn_assignment(r, arg);
		if (i > 0)
			learn_option_value(r, argv->v[i - 1], arg);
		before = i > 0 ? argv->v[i - 1] : NULL;
		learn_letter(r, program, before, arg);
		program = learn_program(program, before, arg);
	}
}

void
learn_environment(struct redact *r, const struct strv *env)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *value = strchr(env->v[i], '=');
		char *name;

		if (value == NULL)
			continue;
		name = xstrndup(env->v[i], (size_t)(value - env->v[i]));
		if (secretlook_is_name(name))
			learn_text(r, value + 1);
		redact_add_urls(r, value + 1);
		learn_pairs(r, value + 1);
		free(name);
	}
}
