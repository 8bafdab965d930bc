/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/util.h"
#include "paint/picture.h"

void
picture_init(struct picture *p, int w, int h)
{
	*p = (struct picture){ .w = w, .h = h };
	p->bgra = xcalloc((size_t)w * (size_t)h, 4);
}

void
picture_clear(struct picture *p)
{
	free(p->bgra);
	*p = (struct picture){ .bgra = NULL };
}
