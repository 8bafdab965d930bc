/* SPDX-License-Identifier: ISC */
#ifndef RANDOM_H
#define RANDOM_H

/*
 * A cheap xorshift. Not for secrets.
 */

/* In [0, 1). */
double random_unit(void);

#endif
