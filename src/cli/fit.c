/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "cli/fit.h"

/* A note has room for "timeout (3rd try), next try in 4m19s", or half of a narrow
 * terminal, before it has lines of its own and columns stay. */
#define FIT_NOTE	 36
#define FIT_NOTE_PERCENT 45
#define FIT_NOTE_NAME	 4 /* the name of its column */

/* What names get in a terminal that is too narrow for notes beside them, and keep in
 * any. */
#define FIT_NAME_PERCENT 30
#define FIT_NAME_MIN	 8

/* What is left out first; a name and a state are always there. */
static const enum fit_col fit_order[] = { COL_SPEED, COL_DROP, COL_MEM, COL_CPU,
	COL_RST, COL_BITRATE, COL_OUT, COL_FPS, COL_FOR };

/* The last ones only where a name and a state have no room beside them. */
#define FIT_LAST 2

/* How many columns are missing. */
static int
fit_lack(const struct fit *f, int indent, int note, int width)
{
	int at = indent + note;

	for (int c = 0; c < N_COLS; c++)
		if (!f->left_out[c])
			at += f->width[c] + 2;
	return at - width;
}

/* Cut names by so much, but not below what they may keep. */
static void
fit_cut_names(struct fit *f, int lack, int keep)
{
	int most = f->width[COL_NAME];

	if (keep < FIT_NAME_MIN)
		keep = FIT_NAME_MIN;
	if (lack > 0 && most > keep)
		f->width[COL_NAME] = most - lack > keep ? most - lack : keep;
}

/* Leave columns out of fit_order[], from one place to another, while some room is
 * missing. */
static void
fit_leave_out(struct fit *f, const enum fit_col *c, const enum fit_col *end,
    int indent, int note, int width)
{
	for (; c < end && fit_lack(f, indent, note, width) > 0; c++)
		f->left_out[*c] = true;
}

/* The room that notes have claimed is enough for them: give names what is left. */
static void
fit_give_back(struct fit *f, int spare, int name)
{
	int cut = name - f->width[COL_NAME];

	if (spare > 0)
		f->width[COL_NAME] += cut < spare ? cut : spare;
}

void
fit_make(struct fit *f, int indent, int width, int keep)
{
	const enum fit_col *end = fit_order + NELEM(fit_order);
	int name = f->width[COL_NAME], wants = f->note, note = wants;

	f->note = -1;
	if (width <= 0)
		return;
	if (note > FIT_NOTE)
		note = FIT_NOTE;
	if (note > width * FIT_NOTE_PERCENT / 100)
		note = width * FIT_NOTE_PERCENT / 100;
	for (int c = COL_SPEED; c < N_COLS; c++)
		f->left_out[c] =
		    f->empty[c] && fit_lack(f, indent, note, width) > 0;
	fit_cut_names(f, fit_lack(f, indent, note, width), width * keep / 100);
	fit_leave_out(f, fit_order, end - FIT_LAST, indent, note, width);
	if (fit_lack(f, indent, note, width) > 0) {
		keep = keep > FIT_NAME_PERCENT ? keep : FIT_NAME_PERCENT;
		name = name * 100 > width * keep ? width * keep / 100 : name;
		wants = FIT_NOTE_NAME;
	}
	fit_leave_out(f, end - FIT_LAST, end, indent, FIT_NOTE_NAME, width);
	fit_cut_names(f, fit_lack(f, indent, FIT_NOTE_NAME, width), 0);
	fit_give_back(f, -fit_lack(f, indent, wants, width), name);
	f->note = -fit_lack(f, indent, 0, width);
	if (f->note < 0)
		f->note = 0;
}
