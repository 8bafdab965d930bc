/* SPDX-License-Identifier: ISC */
#ifndef DEMO_H
#define DEMO_H

/*
 * A whole rig from nothing: a test pattern, encoded and pushed over RTMP to a
 * receiver that ffsup supervises too. It kills its own encoder once and shows
 * the recovery. It leaves nothing on the disk.
 */

#include <stdint.h>

/* Run for so long, 0: until SIGINT. 0 only if the stream was live, was
 * killed, and came back. */
int demo_run(int64_t for_ms);

#endif
