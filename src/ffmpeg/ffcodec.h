/* SPDX-License-Identifier: ISC */
#ifndef FFCODEC_H
#define FFCODEC_H

/*
 * How video and sound are encoded, copied or left out.
 */

#include "ffmpeg/ffline.h"

void ffcodec_video(struct ffline *a);

/* Into a container of this format; NULL: another one. */
void ffcodec_audio(struct ffline *a, const char *format);

/* What the packets link carries goes on as it is; but for RTSP, sound has to
 * have its description beforehand, which ADTS in MPEG-TS does not give. */
void ffcodec_copy(struct ffline *a, const char *format);

#endif
