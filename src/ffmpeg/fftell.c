/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/util.h"
#include "ffmpeg/ffout.h"
#include "ffmpeg/fftell.h"

/* Lines of each run: of our own options, and statistics at its end. */
static const char *const fftell_noise[] = {
	"ffmpeg stats and -progress period",
	"Press [q] to stop",
	"Last message repeated",
	"Stream mapping:",
	"Output #",
	"frame=",
	"size=",
	"video:",
	"built with ",
	"configuration: ",
};

/* How much a line tells. */
enum fftell_worth {
	FFTELL_NOTHING,
	FFTELL_LITTLE,
	FFTELL_MUCH, /* a warning, an error, a word of a program */
};

static enum fftell_worth
fftell_worth(const char *line)
{
	struct ffout_line l;

	ffout_untag(&l, line);
	for (size_t i = 0; i < NELEM(fftell_noise); i++)
		if (util_has_prefix(l.text, fftell_noise[i]))
			return FFTELL_NOTHING;
	if (l.level == -1 || l.level < FFOUT_LEVEL_INFO)
		return FFTELL_MUCH;
	/* indented: the streams of an input, one by one */
	if (l.text > line + 1 && l.text[-1] == ' ' && l.text[-2] == ' ')
		return FFTELL_NOTHING;
	/* options and statistics of libx264, libx265, aac ... */
	if (l.module != NULL &&
	    (util_has_prefix(l.module, "[lib") ||
		util_has_prefix(l.module, "[aac")))
		return FFTELL_NOTHING;
	return FFTELL_LITTLE;
}

/* Mark the last ones of a worth while there is room. */
static void
fftell_mark(const enum fftell_worth *worth, size_t n, enum fftell_worth which,
    bool *taken, size_t *left)
{
	for (size_t i = n; i-- > 0 && *left > 0;)
		if (worth[i] == which) {
			taken[i] = true;
			--*left;
		}
}

size_t
fftell_choose(const char *const *lines, size_t n, size_t chosen[FFTELL_MAX])
{
	enum fftell_worth *worth = xcalloc(n + 1, sizeof(*worth));
	bool *taken = xcalloc(n + 1, sizeof(*taken));
	size_t left = FFTELL_MAX, k = 0;

	for (size_t i = 0; i < n; i++)
		worth[i] = fftell_worth(lines[i]);
	fftell_mark(worth, n, FFTELL_MUCH, taken, &left);
	fftell_mark(worth, n, FFTELL_LITTLE, taken, &left);
	for (size_t i = 0; i < n; i++)
		if (taken[i])
			chosen[k++] = i;
	free(worth);
	free(taken);
	return k;
}
