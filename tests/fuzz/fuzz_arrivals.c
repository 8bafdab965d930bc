/* SPDX-License-Identifier: ISC */
/*
 * A program that writes anything, in any pieces, where raw frames or H.264 are
 * expected: whatever it is called, frames begin where bytes are forgotten, and
 * each finding has words.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "media/arrivals.h"
#include "media/codedcheck.h"
#include "media/h264.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_words(const struct finding *f, const struct geometry *want)
{
	char *text = finding_text(f, want), *guess = finding_guess(f, want);

	if ((text == NULL) != (f->fault == FINDING_FINE) ||
	    (guess == NULL) != (f->fault == FINDING_FINE))
		abort();
	(void)finding_cure(f, want != NULL);
	free(text);
	free(guess);
}

static void
fuzz_unit(void *ctx UNUSED, const struct h264_unit *u UNUSED)
{
}

/* A piece: its length is the first byte, and a pause before it another bit. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct arrivals a;
	struct codedcheck c;
	struct geometry g;
	struct h264 h;
	int64_t now = 1000;

	if (size < 3)
		return 0;
	frame_geometry_init(&g, (enum pixfmt)(data[0] % N_PIXFMTS),
	    data[1] % 32 + 1, data[2] % 32 + 1);
	arrivals_begin(&a, &g, (struct rate){ 25, 1 });
	codedcheck_begin(&c);
	h264_init(&h, fuzz_unit, NULL);
	for (data += 3; data + 1 < end;) {
		size_t len = *data & 0x7f, room = g.bytes - a.filled, gone;

		now += *data++ & 0x80 ? 40 : 1;
		len = len > (size_t)(end - data) ? (size_t)(end - data) : len;
		len = len > room ? room : len;
		if (len == 0)
			continue;
		gone = a.filled;
		if (arrivals_add(&a, data, len, now) == gone && gone > 0 &&
		    a.filled != len % g.bytes)
			abort();
		codedcheck_add(&c, data, len);
		h264_feed(&h, data, len, now);
		codedcheck_look(&c, &h);
		data += len;
	}
	fuzz_words(&a.found, &g);
	fuzz_words(&c.found, NULL);
	h264_clear(&h);
	return 0;
}
