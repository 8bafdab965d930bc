/* SPDX-License-Identifier: ISC */
/*
 * One row per key, one entry of schema_types[] per type: what is done with a
 * value stands there. What a scalar means as text is scalar.c's business.
 */

#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/jsonw.h"
#include "base/redact.h"
#include "base/strv.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/describe.h"
#include "profile/learn.h"
#include "profile/scalar.h"
#include "profile/schema.h"

#define SCHEMA_ERRORS_MAX 100 /* one hostile file must not flood a log */
#define SCHEMA_DIFF_MAX	  5

/* One reading of one object with all below it. */
struct schema_walk {
	const struct jsonc *doc;
	struct errors *errs;
	unsigned flags;
	int n_errors;
};

/* A text that becomes longer with each difference. */
struct schema_delta {
	struct buf out;
	int n;
};

/* What a type can do. */
struct schema_type {
	const char *wanted; /* "expected ..." */
	void (*read)(struct schema_walk *w, const struct key *k, void *out,
	    const cJSON *item, const char *path);
	void (*print)(
	    const struct key *k, const void *in, struct jsonw *j, bool reveal);
	bool (*equal)(
	    const struct key *k, const void *a, const void *b, unsigned ignore);
	void (*clear)(const struct key *k, void *out);
};

static const struct schema_type schema_types[];

static void schema_read_object(struct schema_walk *w, const struct key *table,
    void *out, const cJSON *object, const char *path);
static void schema_diff_table(struct schema_delta *d, const struct key *table,
    const void *a, const void *b, const char *path);

#define OPTION_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:.-"

/* ---- places and words ---- */

/* What is said of a value, without the secrets of a command: it may be one that
 * stands as a text, or in the wrong place. Takes the text; caller frees. */
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
	text = schema_mask(item, xvasprintf(fmt, ap));
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

/* What was found, for an error; never a secret. Caller frees. */
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

/*
 * A scalar as it would be written, masked unless `reveal`. NULL when it has
 * no value: reading nothing gives the same. Caller frees.
 */
static char *
schema_text(const struct key *k, const void *in, bool reveal)
{
	char *text = scalar_text(k, in), *masked;

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

/* The further ones of an object that may be a list. */
static struct key_list *
schema_more(const struct key *k, void *out)
{
	return (struct key_list *)((char *)out + k->more);
}

/* Likewise, to be read; an empty list where there can be none. */
static const struct key_list *
schema_others(const struct key *k, const void *in)
{
	static const struct key_list none = { 0 };

	if (k->more == 0)
		return &none;
	return (const struct key_list *)((const char *)in + k->more);
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
	if (cJSON_IsBool(item) && k->type == KEY_BOOL)
		return xstrdup(cJSON_IsTrue(item) ? "true" : "false");
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
	    fabs(item->valuedouble) > SCALAR_WHOLE_MAX) {
		schema_fail(w, item, false, path,
		    "too large to be exact, write it in double quotes");
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

/* An element of a list, which holds nothing yet. */
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

/* An object, or a list of such objects. The first fills the struct, whose
 * defaults are there already. */
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
		    "has %zu entries, at most %.0f are possible", n, k->max);
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

/* The value of a row that nothing is said about. */
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

/* Free what a nested struct holds. */
static void
schema_clear_sub(const struct key *k, void *out)
{
	schema_clear(k->sub, out);
	if (k->more != 0)
		schema_clear_list(k, schema_more(k, out));
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

/* Any scalar. */
static bool
schema_equal_scalar(
    const struct key *k, const void *a, const void *b, unsigned ignore UNUSED)
{
	return scalar_equal(k, a, b);
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

/* Nested structs. */
static bool
schema_equal_sub(
    const struct key *k, const void *a, const void *b, unsigned ignore)
{
	return schema_equal_set(k, a, b) &&
	    schema_equal(k->sub, a, b, ignore) &&
	    schema_equal_list(
		k, schema_others(k, a), schema_others(k, b), ignore);
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

/* Two lists of the same length, or their lengths; there are `before` others
 * in front of them. */
static void
schema_diff_list(struct schema_delta *d, const struct key *k,
    const struct key_list *a, const struct key_list *b, const char *path,
    size_t before)
{
	char *sub;

	if (a->n != b->n) {
		if (schema_diff_begin(d, path))
			buf_putf(&d->out, "%zu -> %zu entries", before + a->n,
			    before + b->n);
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		sub = xasprintf("%s[%zu]", path, before + i);
		schema_diff_table(d, k->sub, (const char *)a->v + i * k->size,
		    (const char *)b->v + i * k->size, sub);
		free(sub);
	}
}

/* Two objects that are there, each perhaps the first of a list. */
static void
schema_diff_sub(struct schema_delta *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	const struct key_list *la = schema_others(k, a);
	const struct key_list *lb = schema_others(k, b);
	char *first =
	    la->n > 0 && lb->n > 0 ? xasprintf("%s[0]", path) : xstrdup(path);

	if (la->n == lb->n)
		schema_diff_table(d, k->sub, a, b, first);
	schema_diff_list(d, k, la, lb, path, 1);
	free(first);
}

/* One row that differs. */
static void
schema_diff_row(struct schema_delta *d, const struct key *k, const void *a,
    const void *b, const char *path)
{
	if (scalar_is(k->type))
		schema_diff_scalar(d, k, a, b, path);
	else if (k->type == KEY_LIST)
		schema_diff_list(d, k, a, b, path, 0);
	else if (k->type == KEY_OBJECT && schema_equal_set(k, a, b))
		schema_diff_sub(d, k, a, b, path);
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
	if (scalar_is_bare(k, text))
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

/* {...}, {...} */
static void
schema_print_elements(
    const struct key *k, const struct key_list *l, struct jsonw *j, bool reveal)
{
	for (size_t i = 0; i < l->n; i++)
		schema_print(
		    k->sub, (const char *)l->v + i * k->size, j, NULL, reveal);
}

/* A nested object, its word, or a list of such objects. */
static void
schema_print_sub(
    const struct key *k, const void *in, struct jsonw *j, bool reveal)
{
	const struct key_set *key = in;

	if (!key->set && !schema_is_implied(k))
		return;
	if (key->word >= 0)
		jsonw_str(j, k->name, k->choices[key->word]);
	else if (schema_others(k, in)->n == 0)
		schema_print(k->sub, in, j, k->name, reveal);
	else {
		jsonw_array(j, k->name);
		schema_print(k->sub, in, j, NULL, reveal);
		schema_print_elements(k, schema_others(k, in), j, reveal);
		jsonw_array_end(j);
	}
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
	schema_print_elements(k, l, j, reveal);
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

/* ---- the types ---- */

#define SCHEMA_SCALAR                                             \
	.read = schema_read_scalar, .print = schema_print_scalar, \
	.equal = schema_equal_scalar

#define SCHEMA_STRV .clear = schema_clear_strv, .equal = schema_equal_strv

static const struct schema_type schema_types[] = {
	[KEY_BOOL] = {
		SCHEMA_SCALAR,
		.wanted = "true or false",
	},
	[KEY_INT] = {
		SCHEMA_SCALAR,
		.wanted = "a whole number",
	},
	[KEY_NUMBER] = {
		SCHEMA_SCALAR,
		.wanted = "a number",
	},
	[KEY_STRING] = {
		SCHEMA_SCALAR,
		.wanted = "a string in double quotes",
		.clear = schema_clear_string,
	},
	[KEY_ENUM] = {
		SCHEMA_SCALAR,
		.wanted = "a word in double quotes",
	},
	[KEY_DURATION] = {
		SCHEMA_SCALAR,
		.wanted = "a duration such as \"15s\"",
	},
	[KEY_BITRATE] = {
		SCHEMA_SCALAR,
		.wanted = "a bitrate such as \"2500k\"",
	},
	[KEY_BYTES] = {
		SCHEMA_SCALAR,
		.wanted = "a number of bytes such as \"50GB\"",
	},
	[KEY_SIZE] = {
		SCHEMA_SCALAR,
		.wanted = "a size such as \"1280x720\"",
	},
	[KEY_RATE] = {
		SCHEMA_SCALAR,
		.wanted = "a frame rate such as 30, 29.97 or \"30000/1001\"",
	},
	[KEY_STRINGS] = {
		SCHEMA_STRV,
		.wanted = "a list of strings such as [\"a\", \"b\"]",
		.read = schema_read_strings,
		.print = schema_print_strings,
	},
	[KEY_OPTIONS] = {
		SCHEMA_STRV,
		.wanted = "options such as { \"name\": \"value\" }",
		.read = schema_read_pairs,
		.print = schema_print_options,
	},
	[KEY_ENV] = {
		SCHEMA_STRV,
		.wanted = "variables such as { \"NAME\": \"value\" }",
		.read = schema_read_pairs,
		.print = schema_print_env,
	},
	[KEY_OBJECT] = {
		.wanted = "an object in { }",
		.read = schema_read_sub,
		.print = schema_print_sub,
		.equal = schema_equal_sub,
		.clear = schema_clear_sub,
	},
	[KEY_LIST] = {
		.wanted = "a list of objects in [ ]",
		.read = schema_read_list,
		.print = schema_print_list,
		.equal = schema_equal_list,
		.clear = schema_clear_list,
	},
};

_Static_assert(NELEM(schema_types) == N_KEY_TYPES, "one entry per type");

/* ---- for others ---- */

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
	static const struct key duration = { .type = KEY_DURATION };
	char *why = NULL;
	int rc = scalar_scan(&duration, s, ms, &why);

	free(why);
	return rc;
}

/* The whole document. */
void
schema_describe(const struct key *table, struct jsonw *j)
{
	describe_table(table, j);
}
