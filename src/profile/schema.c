/* SPDX-License-Identifier: ISC */
/*
 * One row per key, one entry of schema_types[] per type: the actions on a value
 * are there. Scalars as text are scalar.c's task.
 */

#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/redact.h"
#include "base/strv.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/learn.h"
#include "profile/scalar.h"
#include "profile/schema.h"

#define SCHEMA_ERRORS_MAX 100 /* one hostile file must not flood a log */

/* One reading of one object with all below it. */
struct schema_walk {
	const struct jsonc *doc;
	struct errors *errs;
	unsigned flags;
	int n_errors;
};

/* The functions of a type. */
struct schema_type {
	const char *wanted; /* "expected ..." */
	void (*read)(struct schema_walk *w, const struct key *k, void *out,
	    const cJSON *item, const char *path);
	void (*clear)(const struct key *k, void *out);
};

static const struct schema_type schema_types[];

static void schema_read_object(struct schema_walk *w, const struct key *table,
    void *out, const cJSON *object, const char *path);
#define OPTION_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:.-"

/* ---- places and words ---- */

/* A value for an error, without the secrets of a command: it may be a command
 * in one text, or in the wrong place. Takes the text; caller frees. */
static char *
schema_mask(const cJSON *item, char *text)
{
	struct redact r = { 0 };
	struct strv argv = { 0 };
	char *masked;

	if (!cJSON_IsString(item))
		return text;
	strv_push(&argv, item->valuestring);
	learn_arguments(&r, &argv);
	masked = redact_text(&r, text);
	strv_clear(&argv);
	redact_clear(&r);
	free(text);
	return masked;
}

/* Add an error at the place of an item (or its key). */
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
	text = schema_mask(item, xvasprintf(fmt, ap));
	va_end(ap);
	jsonc_locate(w->doc, item, key, &line, &col);
	errors_add(w->errs, w->doc->file, line, col, "%s%s%s", path,
	    *path != '\0' ? ": " : "", text);
	free(text);
	if (++w->n_errors == SCHEMA_ERRORS_MAX)
		errors_add(w->errs, w->doc->file, line, col,
		    "too many errors; further ones are not shown");
}

/* The dotted path of a member; caller frees. */
static char *
schema_join(const char *path, const char *name)
{
	return xasprintf("%s%s%s", path, *path != '\0' ? "." : "", name);
}

/* The value found, for an error; never a secret. Caller frees. */
static char *
schema_found(const struct key *k, const cJSON *item)
{
	char *text, *out;
	bool secret = (k->flags & KEY_SECRET) != 0;

	if (cJSON_IsNumber(item))
		return secret ? xstrdup("a number")
			      : scalar_number_text(item->valuedouble);
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

/* The further ones of an object that may be a list. */
static struct key_list *
schema_more(const struct key *k, void *out)
{
	return (struct key_list *)((char *)out + k->more);
}

/* ---- reading ---- */

/* A JSON scalar as text, or NULL when the type takes no such; caller frees. */
static char *
schema_item_text(const struct key *k, const cJSON *item)
{
	if (cJSON_IsString(item))
		return xstrdup(item->valuestring);
	if (cJSON_IsNumber(item) && scalar_takes_number(k->type))
		return scalar_number_text(item->valuedouble);
	if (cJSON_IsBool(item) && (k->type == KEY_BOOL || k->type == KEY_TEXT))
		return xstrdup(cJSON_IsTrue(item) ? "true" : "false");
	if (cJSON_IsArray(item) && k->type == KEY_SPAN)
		return cJSON_PrintUnformatted(item);
	return NULL;
}

/* Any scalar. */
static void
schema_read_scalar(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *item, const char *path)
{
	char *why = NULL, *text = schema_item_text(k, item);

	if (text == NULL || scalar_scan(k, text, out, &why) == -1) {
		if (why != NULL)
			schema_fail(w, item, false, path, "%s", why);
		else
			schema_unexpected(
			    w, k, item, path, schema_types[k->type].wanted);
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

/* The fault of the name of an ffmpeg option, or NULL. */
static const char *
schema_option_wrong(const char *name)
{
	if (*name == '-')
		return "write the name without the leading dash";
	if (*name == '\0' || name[strspn(name, OPTION_CHARS)] != '\0')
		return "an option's name consists of letters, digits and _ : . "
		       "-";
	return NULL;
}

/* The fault of the name of a variable, or NULL. */
static const char *
schema_env_wrong(const char *name)
{
	bool wrong = *name == '\0' || isdigit((unsigned char)*name);

	for (; *name != '\0'; name++)
		wrong |= !isalnum((unsigned char)*name) && *name != '_';
	return wrong ? "a variable's name consists of letters, digits and _, "
		       "and does not begin with a digit"
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
	    fabs(item->valuedouble) > SCALAR_WHOLE_MAX) {
		schema_fail(w, item, false, path,
		    "too large to be exact; write it in double quotes");
		return;
	}
	if (cJSON_IsString(item))
		value = xstrdup(item->valuestring);
	else if (cJSON_IsNumber(item))
		value = scalar_number_text(item->valuedouble);
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
	char *list = words_list(k->choices), *found = schema_found(k, item);
	char *meant = cJSON_IsString(item)
	    ? words_meant(item->valuestring, k->choices)
	    : xstrdup("");

	schema_fail(w, item, false, path,
	    "expected one of %s or an object, found %s%s", list, found, meant);
	free(list);
	free(found);
	free(meant);
}

static void schema_defaults(const struct key *table, void *out);

/* An element of a list, still empty. */
static void
schema_read_element(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *item, const char *path, size_t i)
{
	char *sub = xasprintf("%s[%zu]", path, i);

	schema_defaults(k->sub, out);
	*(struct key_set *)out = (struct key_set){ true, -1 };
	schema_read_object(w, k->sub, out, item, sub);
	free(sub);
}

/* [{...}, {...}] */
static void
schema_read_list(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *array, const char *path)
{
	struct key_list *l = out;
	const cJSON *item;
	size_t i = 0;

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
		schema_read_element(
		    w, k, (char *)l->v + i * k->size, item, path, i);
		i++;
	}
}

/* An object, or a list of such objects. The first fills the struct, which has
 * its defaults already. */
static void
schema_read_many(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *array, const char *path)
{
	struct key_list *more = schema_more(k, out);
	size_t n = (size_t)cJSON_GetArraySize(array);
	const cJSON *item;
	size_t i = 0;

	if (n == 0)
		schema_fail(w, array, false, path, "must not be empty");
	if (n > (size_t)k->max)
		schema_fail(w, array, false, path,
		    "has %zu entries; at most %.0f are allowed", n, k->max);
	if (n == 0 || n > (size_t)k->max)
		return;
	more->n = n - 1;
	more->v = xcalloc(n, k->size);
	cJSON_ArrayForEach(item, array) {
		schema_read_element(w, k,
		    i == 0 ? out : (char *)more->v + (i - 1) * k->size, item,
		    path, i);
		i++;
	}
}

/* A nested object, a word in its place, or a list of such objects. */
static void
schema_read_sub(struct schema_walk *w, const struct key *k, void *out,
    const cJSON *item, const char *path)
{
	struct key_set *key = out;
	int word = cJSON_IsString(item)
	    ? words_index(k->choices, item->valuestring)
	    : -1;

	if (k->more != 0 && cJSON_IsArray(item)) {
		schema_read_many(w, k, out, item, path);
		return;
	}
	if (cJSON_IsObject(item) || word >= 0) {
		key->set = true;
		key->word = word;
	} else if (k->choices != NULL) {
		schema_read_no_word(w, k, item, path);
		return;
	} else if (k->more != 0) {
		schema_unexpected(
		    w, k, item, path, "an object in { } or a list of them");
		return;
	}
	if (word == -1)
		schema_read_object(w, k->sub, out, item, path);
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
	list = words_list(names);
	meant = words_meant(item->string, names);
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

/* The value of a row without a value in the file. */
static void
schema_default(const struct key *k, void *out)
{
	char *why = NULL;

	if (k->type == KEY_OBJECT) {
		schema_defaults(k->sub, out);
		((struct key_set *)out)->word =
		    k->def != NULL ? words_index(k->choices, k->def) : -1;
		return;
	}
	if (k->type == KEY_ENUM)
		*(int *)out = -1;
	if (k->def == NULL)
		return;
	if (!scalar_is(k->type) || scalar_scan(k, k->def, out, &why) == -1)
		abort(); /* a bug of the table; any use of it ends here */
}

/* Defaults of a whole table. */
static void
schema_defaults(const struct key *table, void *out)
{
	for (const struct key *k = table; k->name != NULL; k++)
		schema_default(k, (char *)out + k->offset);
}

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

/* Free the content of a nested struct. */
static void
schema_clear_sub(const struct key *k, void *out)
{
	schema_clear(k->sub, out);
	if (k->more != 0)
		schema_clear_list(k, schema_more(k, out));
}

void
schema_clear(const struct key *table, void *out)
{
	for (const struct key *k = table; k->name != NULL; k++) {
		if (schema_types[k->type].clear != NULL)
			schema_types[k->type].clear(k, (char *)out + k->offset);
	}
}

/* ---- the types ---- */

static const struct schema_type schema_types[] = {
	[KEY_BOOL] = {
		.read = schema_read_scalar,
		.wanted = "true or false",
	},
	[KEY_INT] = {
		.read = schema_read_scalar,
		.wanted = "a whole number",
	},
	[KEY_NUMBER] = {
		.read = schema_read_scalar,
		.wanted = "a number",
	},
	[KEY_STRING] = {
		.read = schema_read_scalar,
		.wanted = "a string in double quotes",
		.clear = schema_clear_string,
	},
	[KEY_TEXT] = {
		.read = schema_read_scalar,
		.wanted = "a text in double quotes, true or false",
		.clear = schema_clear_string,
	},
	[KEY_ENUM] = {
		.read = schema_read_scalar,
		.wanted = "a word in double quotes",
	},
	[KEY_DURATION] = {
		.read = schema_read_scalar,
		.wanted = "a duration such as \"15s\"",
	},
	[KEY_BITRATE] = {
		.read = schema_read_scalar,
		.wanted = "a bitrate such as \"2500k\"",
	},
	[KEY_BYTES] = {
		.read = schema_read_scalar,
		.wanted = "a number of bytes such as \"50GB\"",
	},
	[KEY_SIZE] = {
		.read = schema_read_scalar,
		.wanted = "a size such as \"1280x720\"",
	},
	[KEY_EXTENT] = {
		.read = schema_read_scalar,
		.wanted = "a size such as 36 or \"160x-1\"",
	},
	[KEY_SPAN] = {
		.read = schema_read_scalar,
		.wanted = "two numbers such as [0, 0.6]",
	},
	[KEY_RATE] = {
		.read = schema_read_scalar,
		.wanted = "a frame rate such as 30, 29.97 or \"30000/1001\"",
	},
	[KEY_STRINGS] = {
		.clear = schema_clear_strv,
		.wanted = "a list of strings such as [\"a\", \"b\"]",
		.read = schema_read_strings,
	},
	[KEY_OPTIONS] = {
		.clear = schema_clear_strv,
		.wanted = "options such as { \"name\": \"value\" }",
		.read = schema_read_pairs,
	},
	[KEY_ENV] = {
		.clear = schema_clear_strv,
		.wanted = "variables such as { \"NAME\": \"value\" }",
		.read = schema_read_pairs,
	},
	[KEY_OBJECT] = {
		.wanted = "an object in { }",
		.read = schema_read_sub,
		.clear = schema_clear_sub,
	},
	[KEY_LIST] = {
		.wanted = "a list of objects in [ ]",
		.read = schema_read_list,
		.clear = schema_clear_list,
	},
};

_Static_assert(NELEM(schema_types) == N_KEY_TYPES, "one entry per type");

/* ---- public interface ---- */

void
schema_locate(const struct jsonc *doc, const char *path, int *line, int *col)
{
	jsonc_locate(doc, jsonc_at(doc, path), true, line, col);
}

/* The place and the words of a cross-check. */
static char *
schema_place(const struct jsonc *doc, const char *path, int *line, int *col)
{
	schema_locate(doc, path, line, col);
	return xasprintf("%s%s", path, *path != '\0' ? ": " : "");
}

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

int
schema_parse_duration(const char *s, int64_t *ms)
{
	static const struct key duration = { .type = KEY_DURATION };
	char *why = NULL;
	int rc = scalar_scan(&duration, s, ms, &why);

	free(why);
	return rc;
}
