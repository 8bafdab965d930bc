/* SPDX-License-Identifier: ISC */
#ifndef FIT_H
#define FIT_H

/*
 * Which columns of the table fit into a terminal, and how wide each is. The note,
 * the only one that says what is wrong, has its room first: long names are cut,
 * then columns are left out. Pure.
 */

#include <stdbool.h>

enum fit_col {
	COL_NAME,
	COL_STATE,
	COL_FOR,
	COL_FPS,
	COL_SPEED,
	COL_BITRATE,
	COL_DROP,
	COL_RST,
	COL_OUT,
	COL_CPU,
	COL_MEM,
	N_COLS
};

struct fit {
	int width[N_COLS];  /* each wants, and after fit_make() gets; two blanks
				 follow */
	bool empty[N_COLS]; /* nothing in it but dashes */
	bool left_out[N_COLS];
	int name_end; /* of a name that is cut, columns at its end */
	int note; /* the widest wants; then: the room of each, -1: no limit */
};

/* Fit it into a terminal, whose first `indent` columns are marks; width 0:
 * everything has room. Names keep so many percent of it, if they are that long. */
void fit_make(struct fit *f, int indent, int width, int keep);

#endif
