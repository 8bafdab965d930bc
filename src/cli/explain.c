/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/say.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/args.h"
#include "cli/explain.h"
#include "cli/render.h"
#include "cli/terminal.h"
#include "ffmpeg/ffadvice.h"
#include "ffmpeg/ffcure.h"

#define EXPLAIN_WRAP   80 /* where it is wrapped when no width is known */
#define EXPLAIN_INDENT 4  /* columns before a sentence */

/* --- finding ------------------------------------------------------------- */

/* Whether a class has texts of its own for a detail. */
static bool
explain_has_detail(enum fail_class class, enum fail_detail detail)
{
	for (size_t i = 0; i < ffcure_n; i++)
		if (ffcure_rows[i].class == class &&
		    ffcure_rows[i].detail == detail)
			return true;
	return false;
}

/* Whether it is this name, which may have a blank: "no-password" is easier to
 * type. */
static bool
explain_is(const char *word, const char *name)
{
	for (; *word != '\0' && *name != '\0'; word++, name++)
		if (tolower((unsigned char)*word) !=
			tolower((unsigned char)*name) &&
		    !(*word == '-' && *name == ' '))
			return false;
	return *word == *name;
}

/* A word that is known, in the form that needs no quotes. */
static void
explain_know(struct strv *known, const char *class, const char *name)
{
	char *at;

	strv_pushf(known, "%s%s%s", class, *class == '\0' ? "" : "/", name);
	for (at = known->v[known->n - 1]; *at != '\0'; at++)
		if (*at == ' ')
			*at = '-';
}

/* The known word that is meant, or NULL. */
static const char *
explain_nearest(const char *word, const struct strv *known)
{
	const char *near =
	    words_nearest(word, (const char *const *)known->v, known->n);

	for (size_t i = 0; near == NULL && *word != '\0' && i < known->n; i++)
		if (util_has_prefix(known->v[i], word))
			near = known->v[i];
	return near;
}

/* "CLASS/DETAIL", the class being known. */
static bool
explain_find_detail(
    const char *word, struct explain_what *what, struct strv *known)
{
	for (int d = DETAIL_NONE + 1; d < N_FAIL_DETAILS; d++) {
		if (!explain_has_detail(what->class, d))
			continue;
		if (explain_is(word, ffdetail_names[d])) {
			what->detail = d;
			return true;
		}
		explain_know(
		    known, ffclass_names[what->class], ffdetail_names[d]);
	}
	return false;
}

static const char *
explain_reason_name(enum reason reason)
{
	const struct verdict v = { .reason = reason };

	return verdict_name(&v);
}

/* Its reason, or REASON_NONE. */
static enum reason
explain_find_reason(const char *word, struct strv *known)
{
	for (int i = REASON_FAILURE + 1; i < REASON_SPARE; i++) {
		if (explain_is(word, explain_reason_name(i)))
			return i;
		explain_know(known, "", explain_reason_name(i));
	}
	return REASON_NONE;
}

/* The first part of a word is a class, the whole a reason. */
static bool
explain_find_word(
    const char *word, struct explain_what *what, struct strv *known)
{
	const char *slash = strchr(word, '/');
	char *class = xstrndup(word, strcspn(word, "/"));

	what->class = ffclass_by_name(class);
	free(class);
	if (what->class != N_FAIL_CLASSES)
		return slash == NULL ||
		    explain_find_detail(slash + 1, what, known);
	what->reason = explain_find_reason(word, known);
	for (int i = 0; i < N_FAIL_CLASSES; i++)
		explain_know(known, "", ffclass_names[i]);
	return what->reason != REASON_NONE;
}

bool
explain_find(const char *word, struct explain_what *what, char **nearest)
{
	struct strv known = { 0 };
	const char *near = NULL;
	bool found;

	*what = (struct explain_what){ .all = word == NULL };
	*nearest = NULL;
	found = word == NULL || explain_find_word(word, what, &known);
	if (!found)
		near = explain_nearest(word, &known);
	if (near != NULL)
		*nearest = xstrdup(near);
	strv_clear(&known);
	return found;
}

/* --- for people ---------------------------------------------------------- */

/* What the filled-in texts of a row are made of: nothing but the row is
 * known. */
static struct ffadvice_ask
explain_ask(const struct ffcure *row, char **scheme)
{
	*scheme = row->schemes == NULL
	    ? NULL
	    : xstrndup(row->schemes, strcspn(row->schemes, " "));
	return (struct ffadvice_ask){ .class = row->class,
		.detail = row->detail,
		.side = row->side,
		.scheme = *scheme,
		.program = row->side == SIDE_PROGRAM };
}

/* A text under a heading. */
static void
explain_paragraph(struct buf *b, const char *before, const char *text,
    const struct render_opts *o)
{
	int indent = EXPLAIN_INDENT + (int)strlen(before);

	text_blanks(b, EXPLAIN_INDENT);
	buf_puts(b, before);
	text_wrap(b, text, indent, o->width > 0 ? o->width : EXPLAIN_WRAP);
	buf_puts(b, "\n");
}

/* "early, output, rtmp": when a row is the right one. */
static void
explain_label(struct buf *b, const struct ffcure *row)
{
	const char *parts[] = { ffdetail_names[row->detail],
		ffside_names[row->side], row->schemes };
	const char *before = "";

	text_blanks(b, EXPLAIN_INDENT / 2);
	for (size_t i = 0; i < NELEM(parts); i++)
		if (parts[i] != NULL) {
			buf_putf(b, "%s%s", before, parts[i]);
			before = ", ";
		}
	buf_puts(b, *before == '\0' ? "otherwise\n" : "\n");
}

static void
explain_row(struct buf *b, const struct ffcure *row, bool only,
    const struct render_opts *o)
{
	char *scheme;
	const struct ffadvice_ask ask = explain_ask(row, &scheme);
	char *cause = ffadvice_cause(&ask), *cure = ffadvice_do(&ask);

	if (!only)
		explain_label(b, row);
	explain_paragraph(b, "", cause, o);
	explain_paragraph(b, "Do: ", cure, o);
	free(scheme);
	free(cause);
	free(cure);
}

/* "auth: the user, the password or a right was refused" */
static void
explain_heading(struct buf *b, const char *name, const char *text,
    const struct render_opts *o)
{
	if (b->len > 0)
		buf_puts(b, "\n");
	render_sgr(b, "1", o);
	buf_puts(b, name);
	render_sgr(b, "0", o);
	if (text != NULL)
		buf_putf(b, ": %s", text);
	buf_puts(b, "\n");
}

/* A class, or one of its details. */
static void
explain_class(struct buf *b, enum fail_class class, enum fail_detail detail,
    const struct render_opts *o)
{
	size_t rows = 0;

	for (size_t i = 0; i < ffcure_n; i++)
		rows += ffcure_rows[i].class == class;
	explain_heading(b, ffclass_names[class], ffcure_classes[class], o);
	for (size_t i = 0; i < ffcure_n; i++)
		if (ffcure_rows[i].class == class &&
		    (detail == DETAIL_NONE || ffcure_rows[i].detail == detail))
			explain_row(b, &ffcure_rows[i], rows == 1, o);
}

/* Cause and advice of a reason; the caller clears them. */
static struct verdict_words
explain_reason_words(enum reason reason)
{
	const struct verdict v = { .reason = reason };
	const struct ffadvice_ask about = { .name = NULL };

	return verdict_explain(&v, &about);
}

static void
explain_reason(struct buf *b, enum reason reason, const struct render_opts *o)
{
	struct verdict_words words = explain_reason_words(reason);

	explain_heading(b, explain_reason_name(reason), NULL, o);
	explain_paragraph(b, "", words.cause, o);
	explain_paragraph(b, "Do: ", words.advice, o);
	verdict_words_clear(&words);
}

void
explain_text(
    struct buf *b, const struct explain_what *what, const struct render_opts *o)
{
	if (!what->all && what->class != N_FAIL_CLASSES)
		explain_class(b, what->class, what->detail, o);
	else if (!what->all)
		explain_reason(b, what->reason, o);
	if (!what->all)
		return;
	for (int i = 0; i < N_FAIL_CLASSES; i++)
		explain_class(b, i, DETAIL_NONE, o);
	for (int i = REASON_FAILURE + 1; i < REASON_SPARE; i++)
		explain_reason(b, i, o);
}

/* --- for programs -------------------------------------------------------- */

static void
explain_json_row(struct jsonw *j, const struct ffcure *row)
{
	char *scheme;
	const struct ffadvice_ask ask = explain_ask(row, &scheme);
	char *cause = ffadvice_cause(&ask), *cure = ffadvice_do(&ask);

	jsonw_object(j, NULL);
	jsonw_word(j, "detail", ffdetail_names[row->detail]);
	jsonw_word(j, "side", ffside_names[row->side]);
	jsonw_word(j, "schemes", row->schemes);
	jsonw_word(j, "cause", cause);
	jsonw_word(j, "do", cure);
	jsonw_object_end(j);
	free(scheme);
	free(cause);
	free(cure);
}

static void
explain_json_class(
    struct jsonw *j, enum fail_class class, enum fail_detail detail)
{
	jsonw_object(j, NULL);
	jsonw_word(j, "name", ffclass_names[class]);
	jsonw_word(j, "text", ffcure_classes[class]);
	jsonw_array(j, "cases");
	for (size_t i = 0; i < ffcure_n; i++)
		if (ffcure_rows[i].class == class &&
		    (detail == DETAIL_NONE || ffcure_rows[i].detail == detail))
			explain_json_row(j, &ffcure_rows[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static void
explain_json_reason(struct jsonw *j, enum reason reason)
{
	struct verdict_words words = explain_reason_words(reason);

	jsonw_object(j, NULL);
	jsonw_word(j, "name", explain_reason_name(reason));
	jsonw_word(j, "cause", words.cause);
	jsonw_word(j, "do", words.advice);
	jsonw_object_end(j);
	verdict_words_clear(&words);
}

void
explain_json(struct buf *b, const struct explain_what *what)
{
	struct jsonw j;

	jsonw_init(&j, b);
	jsonw_object(&j, NULL);
	jsonw_array(&j, "classes");
	for (int i = 0; i < N_FAIL_CLASSES; i++)
		if (what->all || what->class == (enum fail_class)i)
			explain_json_class(&j, i, what->detail);
	jsonw_array_end(&j);
	jsonw_array(&j, "reasons");
	for (int i = REASON_FAILURE + 1; i < REASON_SPARE; i++)
		if (what->all || what->reason == (enum reason)i)
			explain_json_reason(&j, i);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_puts(b, "\n");
}

/* --- the command --------------------------------------------------------- */

/* Complain about a word that means nothing. */
static int
explain_unknown(const char *word, const char *nearest)
{
	if (nearest != NULL)
		say_error("nothing is called \"%s\"; did you mean \"%s\"?",
		    word, nearest);
	else
		say_error("nothing is called \"%s\"; for a list see: ffsup "
			  "explain",
		    word);
	return EXIT_USAGE;
}

int
explain_run(const struct cli_args *a)
{
	const char *word = a->names.n > 0 ? a->names.v[0] : NULL;
	struct explain_what what;
	struct render_opts o;
	char *nearest;
	struct buf b;
	int code;

	if (!explain_find(word, &what, &nearest)) {
		code = explain_unknown(word, nearest);
		free(nearest);
		return code;
	}
	buf_init(&b, 0);
	terminal_opts(&o);
	if (a->json)
		explain_json(&b, &what);
	else
		explain_text(&b, &what, &o);
	return say_print(&b) == -1 ? EXIT_FAILED : EXIT_DONE;
}
