/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "media/complaints.h"

#define COMPLAINTS_FRAMES \
	5 /* fewer prove nothing: they count in the next look */
#define COMPLAINTS_SHARE 75 /* percent of the frames */

void
complaints_begin(struct complaints *s)
{
	*s = (struct complaints){ .clean = false };
}

void
complaints_complain(struct complaints *s)
{
	s->complaints++;
}

bool
complaints_look(struct complaints *s, int64_t frame)
{
	int64_t frames = frame - s->frame;
	bool odd;

	if (frames < COMPLAINTS_FRAMES)
		return false;
	odd = s->complaints * 100 >= frames * COMPLAINTS_SHARE;
	s->odd = odd ? s->odd + 1 : 0;
	s->clean = s->clean || !odd;
	s->frame = frame;
	s->complaints = 0;
	return s->clean && s->odd >= COMPLAINTS_LOOKS;
}
