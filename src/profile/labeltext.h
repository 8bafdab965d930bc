/* SPDX-License-Identifier: ISC */
#ifndef LABELTEXT_H
#define LABELTEXT_H

/*
 * The text of a label as a profile writes it: strftime(3) conversions, and
 * words in braces for facts about the stream.
 */

#include <stdbool.h>
#include <stdint.h>

struct labeltext_facts {
	const char *name, *state; /* of the stream */
	double fps;		  /* new frames a second; -1: not known */
	int64_t since_ms;	  /* in that state */
};

/* The text at a moment, ms since the epoch, local time. An unknown word stays
 * as it is. Caller frees. */
char *labeltext_make(
    const char *format, const struct labeltext_facts *f, int64_t wall);

/* The first unknown word, with its braces, or NULL. Caller frees. */
char *labeltext_unknown(const char *format);

/* The known words, for a message. */
extern const char *const labeltext_words[];

#endif
