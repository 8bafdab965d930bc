/* SPDX-License-Identifier: ISC */
#ifndef FFCODEC_H
#define FFCODEC_H

/*
 * How video and sound are encoded, copied or left out.
 */

#include "ffmpeg/ffline.h"

void ffcodec_video(struct ffline *a);

/* The device of an encoder that needs one, before the inputs. */
void ffcodec_device(struct ffline *a);

/* Into a container of this format; NULL: another one. */
void ffcodec_audio(struct ffline *a, const char *format);

/* The media of the packets link go on unchanged; but for RTSP, sound needs its
 * description beforehand, which ADTS in MPEG-TS does not give. */
void ffcodec_copy(struct ffline *a, const char *format);

#endif
