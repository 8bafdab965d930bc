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
#include "ffmpeg/ffcause.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffprogress.h"
#include "ffmpeg/ffsubject.h"

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
		if (p.frame < -1 || p.out_time_us < -1 || p.size < -1)
			abort();
		if (ffprogress_advanced(&p, &p))
			abort();
	}
}

static void
fuzz_classify(const struct strv *lines, const uint8_t how[3])
{
	struct ffcause_end end = { .lines = (const char *const *)lines->v,
		.n_lines = lines->n };
	struct ffcause_verdict v;
	struct ffplaces places = {
		.source = { .address = (char *)(uintptr_t) "rtsp://cam/x" },
		.output = { .address = (char *)(uintptr_t) "/rec/%H.mkv" },
	};
	char *words, *subject;

	end.places = how[2] & 16 ? &places : NULL;
	end.lived_ms = how[2] & 32 ? 20000 : 0;
	end.again = how[2] & 64;
	end.code = how[0] == 254 ? -1 : how[0];
	end.signal = how[1] % 8 == 0 ? how[1] / 8 : 0;
	end.stopped = how[2] & 1;
	if (end.stopped && how[2] & 2)
		end.cause = how[2] & 128 ? FAIL_START : FAIL_STALL;
	end.ffmpeg = (how[2] & 4) == 0;
	end.proven = how[2] & 8;
	v = ffcause_of(&end);
	if (v.class >= N_FAIL_CLASSES || v.policy >= N_FAIL_POLICIES ||
	    v.proof < -1 || v.proof >= (int)lines->n ||
	    v.detail >= N_FAIL_DETAILS || v.side >= N_FAIL_SIDES)
		abort();
	if (end.stopped && end.cause == FAIL_NONE && v.class != FAIL_NONE)
		abort();
	if (!end.stopped && v.class == FAIL_NONE)
		abort();
	if (v.policy == POLICY_HELD &&
	    (!end.ffmpeg || end.proven || v.proof == -1))
		abort();
	subject = ffsubject_of(&end, &v);
	if (ffsubject_line(&end, &v, subject) >= (int)lines->n)
		abort();
	free(subject);
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
