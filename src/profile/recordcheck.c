/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/util.h"
#include "profile/dates.h"
#include "profile/recordcheck.h"
#include "profile/workname.h"

/* Seconds after which a recording gets the name of an earlier one again: 1, 60,
 * or 0 for much later. */
static int64_t
recordcheck_period(const char *record)
{
	static const int64_t spans[] = { 1, 60 };
	char *first = calendar_text(record, 0), *then;
	int64_t period = 0;

	for (size_t i = 0; period == 0 && i < NELEM(spans); i++) {
		then = calendar_text(record, spans[i] * 1000);
		if (util_streq(first, then))
			period = spans[i];
		free(then);
	}
	free(first);
	return period;
}

/* Whether the files' names can be ffsup's working names. */
static bool
recordcheck_is_hidden(const char *record)
{
	char *expanded = dates_expand(record);
	const char *slash = strrchr(expanded, '/');
	const char *name = slash == NULL ? expanded : slash + 1;
	bool is = util_has_prefix(name, WORKNAME_PREFIX);

	free(expanded);
	return is;
}

/* The fault of names that a file system does not take. */
static char *
recordcheck_length(const char *record)
{
	size_t whole, part = dates_bound(record, &whole), hidden;
	char *base;

	if (part <= NAME_MAX && whole + 1 + WORKNAME_MAX < PATH_MAX)
		return NULL; /* as nearly all: no need to look at each date */
	part = dates_longest(record, &whole);
	base = dates_base(record);
	hidden = strlen(base) + 1 + WORKNAME_MAX;
	free(base);
	if (part > NAME_MAX)
		return xasprintf("makes a name of %zu bytes; a file or "
				 "directory name has at most %d: write a "
				 "shorter one",
		    part, NAME_MAX);
	if (whole >= PATH_MAX || hidden >= PATH_MAX)
		return xasprintf("makes a path of %zu bytes, or %zu with the "
				 "name of an unfinished file; a path has at "
				 "most %d: write a shorter one",
		    whole, hidden, PATH_MAX - 1);
	return NULL;
}

/* The fault of names that cannot be told from others. */
static char *
recordcheck_names(const char *record)
{
	int64_t period = recordcheck_period(record);
	char *loose = dates_find_loose(record), *fault = NULL;

	if (strchr(record, '%') == NULL)
		fault = xstrdup("a recording consists of many files, but this "
				"is the name of one: write "
				"\"/rec/%Y-%m-%d_%H-%M-%S.mkv\"");
	else if (loose != NULL)
		fault = xasprintf("names made by \"%s\" cannot be "
				  "distinguished from those of other files: "
				  "remove the width and the \"+\"",
		    loose);
	else if (recordcheck_is_hidden(record))
		fault = xstrdup("names that begin with \"" WORKNAME_PREFIX
				"\" are used for files that ffsup has not "
				"finished");
	else if (period > 0)
		fault = xasprintf("the next file may get the same name %lld s "
				  "later, and would be distinguished by a "
				  "number only: write "
				  "\"/rec/%%Y-%%m-%%d_%%H-%%M-%%S.mkv\"",
		    (long long)period);
	free(loose);
	return fault;
}

char *
recordcheck_fault(const char *record)
{
	char *fault = recordcheck_length(record);

	if (fault == NULL)
		fault = recordcheck_names(record);
	if (fault == NULL && !util_has_suffix(record, ".mkv") &&
	    !util_has_suffix(record, ".ts") && !util_has_suffix(record, ".mp4"))
		fault = xstrdup("must end in .mkv, .ts or .mp4: these survive "
				"a crash");
	return fault;
}
