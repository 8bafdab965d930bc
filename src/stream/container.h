/* SPDX-License-Identifier: ISC */
#ifndef CONTAINER_H
#define CONTAINER_H

/* The tracks of a media file, as its container says. */

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a file of this size surely has no video: its container is one of
 * sound alone, or names its tracks and none is video. A cover is not a video.
 * An unknown container may have video. Reads from the file, a few kB at its
 * beginning and at its index.
 */
bool container_lacks_video(int fd, uint64_t size);

/* Whether it is an MP4 file without its index: cut off, or still being
 * written. */
bool container_lacks_index(int fd, uint64_t size);

#endif
