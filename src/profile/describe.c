/* SPDX-License-Identifier: ISC */
/*
 * One entry of describe_types[] per type: the forms that a value may have, for
 * editors.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/util.h"
#include "profile/describe.h"
#include "profile/keyrow.h"
#include "profile/scalar.h"

struct describe_type {
	const char *pattern; /* of the text form, or of names */
	const char *json;    /* the other form */
	void (*describe)(const struct key *k, struct jsonw *j);
};

static const struct describe_type describe_types[];

static void describe_object(const struct key *table, struct jsonw *j, bool top);

/* An alternative for a string of some form. */
static void
describe_pattern(struct jsonw *j, const char *pattern)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "type", "string");
	jsonw_str(j, "pattern", pattern);
	jsonw_object_end(j);
}

/* "enum": the choices. */
static void
describe_choices(const struct key *k, struct jsonw *j)
{
	jsonw_object(j, NULL);
	jsonw_array(j, "enum");
	for (size_t i = 0; k->choices[i] != NULL; i++)
		jsonw_str(j, NULL, k->choices[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* "minimum" and "maximum" of a plain number, in its unit. */
static void
describe_limits(const struct key *k, struct jsonw *j)
{
	double lo, hi, scale;
	char *text;

	if (!scalar_limits(k, &lo, &hi))
		return;
	scale = scalar_scale(k->type);
	if (lo > -SCALAR_WHOLE_MAX) {
		text = scalar_number_text(lo / scale);
		jsonw_raw(j, "minimum", text);
		free(text);
	}
	if (hi < SCALAR_WHOLE_MAX) {
		text = scalar_number_text(hi / scale);
		jsonw_raw(j, "maximum", text);
		free(text);
	}
}

/* The alternative that is not a string. */
static void
describe_plain(const struct key *k, struct jsonw *j)
{
	const struct describe_type *t = &describe_types[k->type];

	jsonw_object(j, NULL);
	jsonw_str(j, "type", t->json);
	describe_limits(k, j);
	if (k->type == KEY_RATE) {
		jsonw_int(j, "exclusiveMinimum", 0);
		jsonw_int(j, "maximum", SCALAR_RATE_MAX);
	}
	jsonw_object_end(j);
}

/* Any scalar but a string; "${...}" may replace each. */
static void
describe_scalar(const struct key *k, struct jsonw *j)
{
	const struct describe_type *t = &describe_types[k->type];

	jsonw_array(j, "anyOf");
	if (k->type == KEY_ENUM)
		describe_choices(k, j);
	if (t->json != NULL)
		describe_plain(k, j);
	if (t->pattern != NULL)
		describe_pattern(j, t->pattern);
	describe_pattern(j, "\\$\\{");
	jsonw_array_end(j);
}

/* Two numbers. */
static void
describe_span(const struct key *k UNUSED, struct jsonw *j)
{
	jsonw_str(j, "type", "array");
	jsonw_int(j, "minItems", 2);
	jsonw_int(j, "maxItems", 2);
	jsonw_object(j, "items");
	jsonw_str(j, "type", "number");
	jsonw_int(j, "minimum", 0);
	jsonw_int(j, "maximum", 1);
	jsonw_object_end(j);
}

/* A string may hold "${...}" as it is. */
static void
describe_string(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "string");
	jsonw_str(j, "pattern", describe_types[k->type].pattern);
}

/* A list of strings whose first is not empty. */
static void
describe_strings(const struct key *k UNUSED, struct jsonw *j)
{
	jsonw_str(j, "type", "array");
	jsonw_int(j, "minItems", 1);
	jsonw_array(j, "prefixItems");
	jsonw_object(j, NULL);
	jsonw_str(j, "type", "string");
	jsonw_int(j, "minLength", 1);
	jsonw_object_end(j);
	jsonw_array_end(j);
	jsonw_object(j, "items");
	jsonw_str(j, "type", "string");
	jsonw_object_end(j);
}

/* Names by pattern, values by type. */
static void
describe_pairs(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "object");
	jsonw_object(j, "propertyNames");
	jsonw_str(j, "pattern", describe_types[k->type].pattern);
	jsonw_object_end(j);
	jsonw_object(j, "additionalProperties");
	jsonw_array(j, "type");
	jsonw_str(j, NULL, "string");
	jsonw_str(j, NULL, "number");
	if (k->type == KEY_OPTIONS)
		jsonw_str(j, NULL, "boolean");
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* A list of objects. */
static void
describe_list(const struct key *k, struct jsonw *j)
{
	jsonw_str(j, "type", "array");
	jsonw_int(j, "minItems", 1);
	if (k->max > 0)
		jsonw_int(j, "maxItems", (int64_t)k->max);
	jsonw_object(j, "items");
	describe_object(k->sub, j, false);
	jsonw_object_end(j);
}

/* A nested object, one of the words, or a list of such objects. */
static void
describe_sub(const struct key *k, struct jsonw *j)
{
	if (k->choices == NULL && k->more == 0) {
		describe_object(k->sub, j, false);
		return;
	}
	jsonw_array(j, "oneOf");
	if (k->choices != NULL) {
		describe_choices(k, j);
		describe_pattern(j, "\\$\\{");
	}
	jsonw_object(j, NULL);
	describe_object(k->sub, j, false);
	jsonw_object_end(j);
	if (k->more != 0) {
		jsonw_object(j, NULL);
		describe_list(k, j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

/* One property: its purpose, then its forms. */
static void
describe_row(const struct key *k, struct jsonw *j)
{
	jsonw_object(j, k->name);
	if (k->help != NULL)
		jsonw_strf(j, "description", "%s%s%s%s%s%s%s", k->help,
		    k->def ? " Default: " : "", k->def ? k->def : "",
		    k->def ? "." : "", k->unit ? " Unit: " : "",
		    k->unit ? k->unit : "", k->unit ? "." : "");
	if (k->def != NULL && scalar_is_bare(k, k->def))
		jsonw_raw(j, "default", k->def);
	else if (k->def != NULL)
		jsonw_str(j, "default", k->def);
	describe_types[k->type].describe(k, j);
	jsonw_object_end(j);
}

/* The names of all required rows. */
static void
describe_required(const struct key *table, struct jsonw *j)
{
	jsonw_array(j, "required");
	for (const struct key *k = table; k->name != NULL; k++) {
		if ((k->flags & KEY_REQUIRED) != 0)
			jsonw_str(j, NULL, k->name);
	}
	jsonw_array_end(j);
}

/* The schema of an object of this table. */
static void
describe_object(const struct key *table, struct jsonw *j, bool top)
{
	jsonw_str(j, "type", "object");
	jsonw_object(j, "properties");
	if (top) {
		jsonw_object(j, "$schema");
		jsonw_str(j, "type", "string");
		jsonw_object_end(j);
	}
	for (const struct key *k = table; k->name != NULL; k++)
		describe_row(k, j);
	jsonw_object_end(j);
	describe_required(table, j);
	jsonw_object(j, "patternProperties");
	jsonw_object(j, "^x-");
	jsonw_object_end(j);
	jsonw_object_end(j);
	jsonw_bool(j, "additionalProperties", false);
}

void
describe_table(const struct key *table, struct jsonw *j)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	describe_object(table, j, true);
	jsonw_object_end(j);
}

static const struct describe_type describe_types[] = {
	[KEY_BOOL] = {
		.json = "boolean",
		.describe = describe_scalar,
	},
	[KEY_INT] = {
		.json = "integer",
		.describe = describe_scalar,
	},
	[KEY_NUMBER] = {
		.json = "number",
		.describe = describe_scalar,
	},
	[KEY_STRING] = {
		.pattern = "^[^\\u0000-\\u001f\\u007f]+$",
		.describe = describe_string,
	},
	[KEY_TEXT] = {
		.json = "boolean",
		.pattern = "^[^\\u0000-\\u001f\\u007f]+$",
		.describe = describe_scalar,
	},
	[KEY_ENUM] = {
		.describe = describe_scalar,
	},
	[KEY_DURATION] = {
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?$",
		.describe = describe_scalar,
	},
	[KEY_BITRATE] = {
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?[kMG]?$",
		.describe = describe_scalar,
	},
	[KEY_BYTES] = {
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]+)?(kB|KiB|[MGT]i?B)?$",
		.describe = describe_scalar,
	},
	[KEY_SIZE] = {
		.pattern = "^[0-9]+x[0-9]+$",
		.describe = describe_scalar,
	},
	[KEY_EXTENT] = {
		.json = "integer",
		.pattern = "^([0-9]+|[0-9]+x[0-9]+|[0-9]+x-1|-1x[0-9]+)$",
		.describe = describe_scalar,
	},
	[KEY_SPAN] = {
		.describe = describe_span,
	},
	[KEY_RATE] = {
		.json = "number",
		.pattern = "^[0-9]+(\\.[0-9]{1,3}|/[0-9]+)?$",
		.describe = describe_scalar,
	},
	[KEY_STRINGS] = {
		.describe = describe_strings,
	},
	[KEY_OPTIONS] = {
		.pattern = "^[A-Za-z0-9_:.][A-Za-z0-9_:.-]*$",
		.describe = describe_pairs,
	},
	[KEY_ENV] = {
		.pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
		.describe = describe_pairs,
	},
	[KEY_OBJECT] = {
		.describe = describe_sub,
	},
	[KEY_LIST] = {
		.describe = describe_list,
	},
};

_Static_assert(NELEM(describe_types) == N_KEY_TYPES, "one entry per type");
