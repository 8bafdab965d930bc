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

/* Whether it is an MP4 file whose index is not there: one that is cut off, or
 * is still being written. */
bool container_lacks_index(int fd, uint64_t size);

#endif
