/* SPDX-License-Identifier: ISC */
#ifndef CONTAINER_H
#define CONTAINER_H

/* What a media file's container tells of what is in it. */

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a file of this size surely has no video: its container is one of
 * sound alone, or names its tracks and none of them is video. A cover is no
 * video. A container that is not known may have some. Reads from the file, a
 * few kB at its beginning and where its index is.
 */
bool container_lacks_video(int fd, uint64_t size);

/* A big-endian number of n bytes, at most 8. */
uint64_t container_be(const unsigned char *p, size_t n);

#endif
