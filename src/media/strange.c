/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/strange.h"

#define STRANGE_FRAMES \
	5 /* fewer say nothing: they are looked at with the next */
#define STRANGE_SHARE 75 /* percent of the frames */

void
strange_begin(struct strange *s)
{
	*s = (struct strange){ .clean = false };
}

void
strange_complain(struct strange *s)
{
	s->complaints++;
}

bool
strange_look(struct strange *s, int64_t frame)
{
	int64_t frames = frame - s->frame;
	bool odd;

	if (frames < STRANGE_FRAMES)
		return false;
	odd = s->complaints * 100 >= frames * STRANGE_SHARE;
	s->odd = odd ? s->odd + 1 : 0;
	s->clean = s->clean || !odd;
	s->frame = frame;
	s->complaints = 0;
	return s->clean && s->odd >= STRANGE_LOOKS;
}
