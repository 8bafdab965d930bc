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

/* Builds named after a commit show their age by libavformat's major. */
static int
ffver_by_library(const char *text)
{
	const char *lib = strstr(text, "libavformat");
	int major;

	if (lib == NULL || sscanf(lib, "libavformat %d.", &major) != 1)
		return 0;
	return major < 58 ? FFVER(3, 0) : FFVER(major - 54, 0);
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
ffver_trails(const struct ffver *ver)
{
	return ver->number == 0 || ver->number >= FFVER(7, 0);
}

int
ffver_number(const struct ffver *ver)
{
	return ver->number > 0 ? ver->number : FFVER_NEWEST;
}
