/* SPDX-License-Identifier: ISC */
#ifndef KEYDIFF_H
#define KEYDIFF_H

/* Which keys differ between two structs that one table of keys fills. */

#include <stdbool.h>

struct key;

/* Whether two structs hold the same; with `ignore` flags, rows that carry any
 * such flag are left out (KEY_LIVE: compare the keys that need a restart). */
bool keydiff_equal(
    const struct key *table, const void *a, const void *b, unsigned ignore);

/* The first differing rows as "video.bitrate 2000k -> 3000k, ...", for a
 * person; secrets masked. Caller frees; "" when equal. */
char *keydiff_text(const struct key *table, const void *a, const void *b);

#endif
