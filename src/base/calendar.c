/* SPDX-License-Identifier: ISC */
/* A moment as text, in UTC and in local time. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "base/util.h"

const char *
calendar_rfc3339(int64_t wall, char out[CALENDAR_RFC3339_LEN])
{
	time_t t = (time_t)(wall / 1000);
	struct tm tm;

	if (wall < 0 && wall % 1000 != 0)
		t--;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, CALENDAR_RFC3339_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strcpy(out, "1970-01-01T00:00:00Z");
	return out;
}

/* The pattern is the user's, checked by nobody but strftime(). */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
char *
calendar_text(const char *pattern, int64_t wall)
{
	time_t t = (time_t)(wall / 1000);
	size_t size = strlen(pattern) * 16 + 64; /* "%c" is the widest */
	struct tm tm;
	char *out;

	if (localtime_r(&t, &tm) == NULL)
		return NULL;
	out = xcalloc(size, 1);
	if (strftime(out, size, pattern, &tm) > 0)
		return out;
	free(out);
	return NULL;
}
#pragma GCC diagnostic pop

const char *
calendar_zone(int season)
{
	tzset();
	return tzname[season == 0 ? 0 : 1];
}
