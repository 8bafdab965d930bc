/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as ffmpeg's words: three of them for the ending, the rest lines
 * for the progress reader and the classifier.
 */

#include "config.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/util.h"
#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffprogress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read, a number is either there or -1, never anything below. */
static void
fuzz_progress(const struct strv *lines)
{
	struct progress p, before;
	size_t i;

	ffprogress_init(&p);
	for (i = 0; i < lines->n; i++) {
		before = p;
		if (!ffprogress_line(&p, lines->v[i]) &&
		    (p.frame != before.frame || p.end != before.end))
			abort(); /* shown before its block was complete */
		if (p.frame < -1 || p.out_time_us < -1)
			abort();
		if (!(p.fps >= -1) || !(p.bitrate_kbps >= -1) ||
		    !(p.speed >= -1))
			abort();
		if (ffprogress_advanced(&p, &p))
			abort();
	}
}

static void
fuzz_classify(const struct strv *lines, const uint8_t how[3])
{
	struct ffclass_end end = { .lines = (const char *const *)lines->v,
		.n_lines = lines->n };
	struct ffclass_verdict v;
	char *words;

	end.code = how[0] == 254 ? -1 : how[0];
	end.signal = how[1] % 8 == 0 ? how[1] / 8 : 0;
	end.stopped = how[2] & 1;
	if (end.stopped && how[2] & 2)
		end.cause = FAIL_STALL;
	end.ffmpeg = (how[2] & 4) == 0;
	end.proven = how[2] & 8;
	v = ffclass_of(&end);
	if (v.class >= N_FAIL_CLASSES || v.policy >= N_FAIL_POLICIES ||
	    v.proof < -1 || v.proof >= (int)lines->n)
		abort();
	if (end.stopped && v.class != end.cause)
		abort();
	if (!end.stopped && v.class == FAIL_NONE)
		abort();
	if (v.policy == POLICY_HELD &&
	    (!end.ffmpeg || end.proven || v.proof == -1))
		abort();
	words = ffout_last_words(end.lines, end.n_lines);
	free(words);
	for (size_t i = 0; i < lines->n; i++)
		free(ffout_unopened(lines->v[i]));
	if (util_is_empty(ffclass_signal_name(end.signal)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strv lines = { 0 };
	char *text, *line, *rest;

	if (size < 3)
		return 0;
	text = rest = xstrndup((const char *)data + 3, size - 3);
	while ((line = strsep(&rest, "\n")) != NULL)
		strv_push(&lines, line);
	free(text);
	fuzz_progress(&lines);
	fuzz_classify(&lines, data);
	strv_clear(&lines);
	return 0;
}
