/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffver.h"

/* An unknown version counts as the newest. */
#define FFVER_NEWEST FFVER(99, 0)

void
ffver_argv(struct strv *argv, const char *ffmpeg)
{
	strv_push(argv, ffmpeg);
	strv_push(argv, "-hide_banner");
	strv_push(argv, "-version");
}

/* The version of libavformat in each release, newest first. */
static const struct {
	int lib, number;
} ffver_libraries[] = {
	{ FFVER(62, 3), FFVER(8, 0) },
	{ FFVER(61, 7), FFVER(7, 1) },
	{ FFVER(61, 1), FFVER(7, 0) },
	{ FFVER(60, 16), FFVER(6, 1) },
	{ FFVER(60, 3), FFVER(6, 0) },
	{ FFVER(59, 27), FFVER(5, 1) },
	{ FFVER(59, 16), FFVER(5, 0) },
	{ FFVER(58, 76), FFVER(4, 4) },
	{ FFVER(58, 45), FFVER(4, 3) },
	{ FFVER(58, 29), FFVER(4, 2) },
	{ FFVER(58, 20), FFVER(4, 1) },
	{ FFVER(58, 0), FFVER(4, 0) },
	{ 0, FFVER(3, 0) },
};

/* Builds named after a commit show their age by libavformat. */
static int
ffver_by_library(const char *text)
{
	const char *lib = strstr(text, "libavformat");
	int major, minor;
	size_t i = 0;

	if (lib == NULL ||
	    sscanf(lib, "libavformat %d. %d", &major, &minor) != 2 ||
	    major > 99 || minor > 99)
		return 0;
	if (major > 62)
		return FFVER(major - 54, 0);
	while (ffver_libraries[i].lib > FFVER(major, minor))
		i++;
	return ffver_libraries[i].number;
}

bool
ffver_parse(struct ffver *ver, const char *text)
{
	static const char head[] = "ffmpeg version ";
	const char *at = text + sizeof(head) - 1;
	int major, minor = 0;

	*ver = (struct ffver){ .number = 0 };
	if (!util_has_prefix(text, head))
		return false;
	snprintf(
	    ver->text, sizeof(ver->text), "%.*s", (int)strcspn(at, " \n"), at);
	if (*at == 'n') /* "n7.1": a tag of the source tree */
		at++;
	if (sscanf(at, "%d.%d", &major, &minor) >= 1 && major < 100)
		ver->number = FFVER(major, minor);
	else
		ver->number = ffver_by_library(text);
	return true;
}

bool
ffver_is_too_old(const struct ffver *ver)
{
	return ver->number != 0 && ver->number < FFVER_OLDEST;
}

bool
ffver_trails(const struct ffver *ver)
{
	return ver->number == 0 || ver->number >= FFVER(7, 0);
}

int
ffver_number(const struct ffver *ver)
{
	return ver->number > 0 ? ver->number : FFVER_NEWEST;
}
