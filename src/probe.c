/* SPDX-License-Identifier: ISC */
/*
 * Asks the ffmpeg binary who it is.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "probe.h"
#include "util.h"

#define PROBE_TIMEOUT_MS 10000

void
probe_clear(struct probe *pr)
{
	free(pr->path);
	*pr = (struct probe){ .path = NULL };
}

/* Ask, and understand the answer. */
static int
probe_ask(struct probe *pr, char **cause)
{
	struct strv argv = { 0 };
	char *text;
	int rc = -1;

	ffargs_version(&argv, pr->path);
	text = child_capture(&argv, PROBE_TIMEOUT_MS, cause);
	strv_clear(&argv);
	if (text == NULL)
		return -1;
	if (ffargs_parse_version(&pr->ver, text))
		rc = 0;
	else
		*cause = xstrdup("it does not answer -version as ffmpeg does");
	free(text);
	return rc;
}

int
probe_run(struct probe *pr, const char *name, char **cause)
{
	struct stat st;

	*pr = (struct probe){ .path = child_search(name) };
	if (pr->path == NULL || stat(pr->path, &st) == -1) {
		*cause = xstrdup(strerror(errno));
		probe_clear(pr);
		return -1;
	}
	pr->dev = st.st_dev;
	pr->ino = st.st_ino;
	pr->mtime = st.st_mtim;
	if (probe_ask(pr, cause) == -1) {
		probe_clear(pr);
		return -1;
	}
	return 0;
}

bool
probe_is_stale(const struct probe *pr)
{
	struct stat st;

	/* gone: being replaced, perhaps; spawning will tell */
	if (stat(pr->path, &st) == -1)
		return false;
	return st.st_dev != pr->dev || st.st_ino != pr->ino ||
	    st.st_mtim.tv_sec != pr->mtime.tv_sec ||
	    st.st_mtim.tv_nsec != pr->mtime.tv_nsec;
}
