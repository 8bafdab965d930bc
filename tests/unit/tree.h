/* SPDX-License-Identifier: ISC */
#ifndef TREE_H
#define TREE_H

/* Removes a directory of a test, with all that is in it. */

#include <ftw.h>
#include <stdio.h>

static inline int
tree_remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int
tree_remove(const char *dir)
{
	return nftw(dir, tree_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
