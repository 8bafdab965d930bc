/* SPDX-License-Identifier: ISC */
/*
 * ${VAR}, ${VAR:-default}, ${file:/path} in the strings of a JSON tree.
 * Inserted values are bounded and clean: no control characters, and in total
 * not more than a file may have.
 */

#include "config.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/secretlook.h"
#include "base/text.h"
#include "base/util.h"
#include "profile/expand.h"

#define EXPAND_ERRORS_MAX 100

/* The way from the root to an item; lives on the stack of the walk. */
struct expand_way {
	const struct expand_way *up; /* NULL: the root */
	const cJSON *item;
	size_t index; /* in an array */
};

struct expand {
	struct jsonc *doc;
	const struct expand_env *env;
	struct strv *secrets;
	struct errors *errs;
	int n_errors;
	size_t left;	   /* bytes that may still come in */
	const char *cause; /* borrowed: why a file was not read */
};

/* One "${...}" of a string. */
struct expand_ref {
	char *name;	/* owned: a variable, or NULL */
	char *path;	/* owned: of a file, or NULL */
	char *fallback; /* owned: text after ":-", or NULL */
};

/* Append the dotted path of an item. */
static void
expand_path(const struct expand_way *way, struct buf *out)
{
	if (way->up == NULL)
		return;
	expand_path(way->up, out);
	if (cJSON_IsArray(way->up->item))
		buf_putf(out, "[%zu]", way->index);
	else
		buf_putf(
		    out, "%s%s", out->len > 0 ? "." : "", way->item->string);
}

/* Add an error at an item. Always -1, for returning. */
static int __attribute__((format(printf, 3, 4))) expand_fail(
    struct expand *e, const struct expand_way *way, const char *fmt, ...)
{
	struct buf path;
	int line, col;
	char *text;
	va_list ap;

	if (e->n_errors++ >= EXPAND_ERRORS_MAX)
		return -1;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	buf_init(&path, 0);
	expand_path(way, &path);
	jsonc_locate(e->doc, way->item, false, &line, &col);
	errors_add(e->errs, e->doc->file, line, col, "%s%s%s", buf_text(&path),
	    path.len > 0 ? ": " : "", text);
	buf_clear(&path);
	free(text);
	return -1;
}

/* Length of the variable name that `s` begins with. */
static size_t
expand_name_len(const char *s)
{
	size_t len = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	while (isalnum((unsigned char)s[len]) || s[len] == '_')
		len++;
	return len;
}

/* Free a reference's strings. */
static void
expand_ref_clear(struct expand_ref *r)
{
	free(r->name);
	free(r->path);
	free(r->fallback);
	*r = (struct expand_ref){ 0 };
}

/* Take apart the text between the braces. */
static int
expand_ref_parse(struct expand *e, const struct expand_way *way,
    const char *inside, struct expand_ref *r)
{
	size_t len = expand_name_len(inside);

	/* the text is not shown: it may be a part of a password */
	if (strstr(inside, "${") != NULL)
		return expand_fail(e, way,
		    "a ${...} contains another ${, which is not "
		    "expanded");
	if (util_has_prefix(inside, "file:")) {
		if (inside[5] != '/')
			return expand_fail(e, way,
			    "${file:...} needs an absolute path: "
			    "${file:/path}");
		r->path = xstrdup(inside + 5);
		return 0;
	}
	if (len == 0 ||
	    (inside[len] != '\0' && !util_has_prefix(inside + len, ":-")))
		return expand_fail(e, way,
		    "a ${...} must be ${NAME}, ${NAME:-default} or "
		    "${file:/path}; write $${ for a literal ${");
	r->name = xstrndup(inside, len);
	if (inside[len] != '\0')
		r->fallback = xstrdup(inside + len + 2);
	return 0;
}

/* The content of a file: always a secret. NULL with an error added. */
static char *
expand_file(struct expand *e, const struct expand_way *way, const char *path)
{
	char *value = e->env->read(e->env->ctx, path, &e->cause);

	if (value == NULL)
		expand_fail(e, way, "cannot read %s: %s", path, e->cause);
	return value;
}

#define EXPAND_STREAM "FFSUP_STREAM"

/* Whether an item is one of the defaults of all streams. */
static bool
expand_is_default(const struct expand_way *way)
{
	while (way->up != NULL && way->up->up != NULL)
		way = way->up;
	return way->up != NULL && util_streq(way->item->string, "defaults");
}

/* The value of a variable, or NULL. */
static const char *
expand_get(
    const struct expand *e, const struct expand_way *way, const char *name)
{
	if (strcmp(name, EXPAND_STREAM) != 0)
		return e->env->get(e->env->ctx, name);
	if (e->env->stream != NULL)
		return e->env->stream;
	return expand_is_default(way) ? EXPAND_STREAM : NULL;
}

/* The value of a variable, with the shell's meaning of ":-". */
static char *
expand_variable(
    struct expand *e, const struct expand_way *way, const struct expand_ref *r)
{
	const char *value = expand_get(e, way, r->name);

	if (util_is_empty(value) && r->fallback != NULL)
		value = r->fallback;
	if (value == NULL && strcmp(r->name, EXPAND_STREAM) == 0) {
		expand_fail(e, way,
		    "FFSUP_STREAM is the name of a stream; it is valid in a "
		    "profile and in \"defaults\" only");
		return NULL;
	}
	if (value == NULL) {
		expand_fail(e, way,
		    "variable %s is not set; set it in the environment or "
		    "write ${%s:-default}",
		    r->name, r->name);
		return NULL;
	}
	return xstrdup(value);
}

/* Whether a secret is missing: a file that is being rewritten is empty for a
 * moment, and the stream would go to "rtmp://host/live/". */
static bool
expand_is_blank(const struct expand_ref *r, const char *value)
{
	return value[strspn(value, " \t")] == '\0' &&
	    (r->path != NULL ||
		(r->fallback == NULL && secretlook_is_name(r->name)));
}

/* Refuse forbidden bytes in a value. The value is never shown. */
static int
expand_check(struct expand *e, const struct expand_way *way,
    const struct expand_ref *r, const char *value)
{
	const char *what = r->path ? "file" : "variable";
	const char *name = r->path ? r->path : r->name;
	size_t len = strlen(value);

	if (expand_is_blank(r, value))
		return expand_fail(e, way,
		    "%s %s is empty; a secret was expected", what, name);
	if (text_has_control(value))
		return expand_fail(e, way,
		    "%s %s contains a control character or more than one line",
		    what, name);
	if (len > e->left)
		return expand_fail(
		    e, way, "%s %s makes the profile too large", what, name);
	e->left -= len;
	return 0;
}

/* Append a reference's value. */
static int
expand_put(struct expand *e, const struct expand_way *way,
    const struct expand_ref *r, struct buf *out)
{
	char *value;
	int rc;

	value =
	    r->path ? expand_file(e, way, r->path) : expand_variable(e, way, r);
	if (value == NULL)
		return -1;
	rc = expand_check(e, way, r, value);
	if (rc == 0) {
		buf_puts(out, value);
		if (e->secrets != NULL && *value != '\0' &&
		    (r->path != NULL || secretlook_is_name(r->name)))
			strv_push(e->secrets, value);
	}
	free(value);
	return rc;
}

/* One reference; *p is after its "${" and is moved past its "}". */
static int
expand_ref(struct expand *e, const struct expand_way *way, const char **p,
    struct buf *out)
{
	struct expand_ref r = { 0 };
	const char *end = strchr(*p, '}');
	char *inside;
	int rc;

	if (end == NULL) {
		*p += strlen(*p);
		return expand_fail(
		    e, way, "${ is never closed; write $${ for a literal ${");
	}
	inside = xstrndup(*p, (size_t)(end - *p));
	*p = end + 1;
	rc = expand_ref_parse(e, way, inside, &r);
	if (rc == 0)
		rc = expand_put(e, way, &r, out);
	expand_ref_clear(&r);
	free(inside);
	return rc;
}

/* A whole string; every error in it is reported. */
static int
expand_text(struct expand *e, const struct expand_way *way, const char *p,
    struct buf *out)
{
	size_t len;
	int rc = 0;

	while (*p != '\0') {
		if (util_has_prefix(p, "$${")) {
			buf_puts(out, "${");
			p += 3;
		} else if (util_has_prefix(p, "${")) {
			p += 2;
			if (expand_ref(e, way, &p, out) == -1)
				rc = -1;
		} else {
			len = 1 + strcspn(p + 1, "$");
			buf_put(out, p, len);
			p += len;
		}
	}
	return rc;
}

/* A string item, in place. */
static void
expand_string(struct expand *e, const struct expand_way *way, cJSON *item)
{
	struct buf out;

	if (strstr(item->valuestring, "${") == NULL)
		return;
	buf_init(&out, 0);
	if (expand_text(e, way, item->valuestring, &out) == 0 &&
	    cJSON_SetValuestring(item, buf_text(&out)) == NULL)
		abort(); /* out of memory */
	buf_clear(&out);
}

/* An item with all below it; the depth of a document is bounded. */
static void
expand_item(struct expand *e, const struct expand_way *way, cJSON *item)
{
	struct expand_way below = { .up = way };

	if (cJSON_IsString(item)) {
		expand_string(e, way, item);
		return;
	}
	for (cJSON *c = item->child; c != NULL; c = c->next) {
		below.item = c;
		expand_item(e, &below, c);
		below.index++;
	}
}

/* Expand every string below the root. */
int
expand_tree(struct jsonc *doc, const struct expand_env *env,
    struct strv *secrets, struct errors *errs)
{
	struct expand e = { .doc = doc,
		.env = env,
		.secrets = secrets,
		.errs = errs,
		.left = JSONC_FILE_MAX,
		.cause = "unknown error" };
	struct expand_way root = { .item = doc->root };

	expand_item(&e, &root, doc->root);
	return e.n_errors > 0 ? -1 : 0;
}
