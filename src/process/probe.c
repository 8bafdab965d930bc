/* SPDX-License-Identifier: ISC */
/*
 * Asks the ffmpeg binary for its version.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "process/child.h"
#include "process/probe.h"
#include "process/runonce.h"

#define PROBE_TIMEOUT_MS 10000
#define PROBE_AGAIN_MS	 2000 /* starts are held up meanwhile */

void
probe_clear(struct probe *pr)
{
	free(pr->path);
	*pr = (struct probe){ .path = NULL };
}

/* Ask, and understand the answer. */
static int
probe_ask(struct probe *pr, int timeout_ms, char **cause)
{
	struct strv argv = { 0 };
	struct ffver ver;
	char *text;
	int rc = -1;

	ffver_argv(&argv, pr->path);
	text = runonce_capture(&argv, timeout_ms, cause);
	strv_clear(&argv);
	if (text == NULL)
		return -1;
	if (!ffver_parse(&ver, text)) {
		*cause = xstrdup("its answer to -version is not that of "
				 "ffmpeg");
	} else {
		pr->ver = ver;
		rc = ffver_is_too_old(&ver) ? -1 : 0;
	}
	if (rc == -1 && *cause == NULL)
		*cause =
		    xasprintf("version %s is too old: ffsup needs %d.%d or "
			      "later",
			ver.text, FFVER_OLDEST / 100, FFVER_OLDEST % 100);
	free(text);
	return rc;
}

/* Remember which file it is. */
static int
probe_identify(struct probe *pr)
{
	struct stat st;

	if (stat(pr->path, &st) == -1)
		return -1;
	pr->dev = st.st_dev;
	pr->ino = st.st_ino;
	pr->mtime = st.st_mtim;
	return 0;
}

int
probe_run(struct probe *pr, const char *name, char **cause)
{
	struct ffver ver;

	*pr = (struct probe){ .path = child_search(name) };
	if (pr->path == NULL || probe_identify(pr) == -1) {
		*cause = xstrdup(strerror(errno));
		probe_clear(pr);
		return -1;
	}
	if (probe_ask(pr, PROBE_TIMEOUT_MS, cause) == -1) {
		ver = pr->ver;
		probe_clear(pr);
		pr->ver = ver;
		return -1;
	}
	return 0;
}

int
probe_again(struct probe *pr, char **cause)
{
	if (probe_identify(pr) == -1) {
		*cause = xstrdup(strerror(errno));
		return -1;
	}
	return probe_ask(pr, PROBE_AGAIN_MS, cause);
}

bool
probe_is_stale(const struct probe *pr)
{
	struct stat st;

	/* gone: perhaps being replaced; a start will show */
	if (stat(pr->path, &st) == -1)
		return false;
	return st.st_dev != pr->dev || st.st_ino != pr->ino ||
	    st.st_mtim.tv_sec != pr->mtime.tv_sec ||
	    st.st_mtim.tv_nsec != pr->mtime.tv_nsec;
}
