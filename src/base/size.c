/* SPDX-License-Identifier: ISC */
/* Sizes and rates as text. */
#include "config.h"

#include "base/size.h"
#include "base/util.h"

char *
size_rate_text(struct rate r)
{
	if (r.den == 1)
		return xasprintf("%lld", (long long)r.num);
	return xasprintf("%lld/%lld", (long long)r.num, (long long)r.den);
}
