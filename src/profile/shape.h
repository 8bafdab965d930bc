/* SPDX-License-Identifier: ISC */
#ifndef SHAPE_H
#define SHAPE_H

/*
 * The needs of a profile, as facts: derived from its keys here and nowhere
 * else. A plan keeps them beside the workers and links that follow from them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "media/frame.h"
#include "profile/profile.h"

/* The treatment of a source's video. */
enum video_mode {
	VIDEO_MODE_COPY,
	VIDEO_MODE_NONE, /* left out */
	VIDEO_MODE_ENCODE
};

struct shape {
	bool raw;      /* "args" replace everything else */
	bool frames;   /* raw frames go through ffsup to an encoder */
	bool decoded;  /* frames of a url, device or files: the broadcast
			 outlives these */
	bool h264;     /* a program's H.264 becomes packets in ffsup */
	bool fans_out; /* outputs are separate processes, after one that encodes
			  or copies */
	bool turns;    /* its files are played one after the other, each by a
			  process of its own */
	bool draws;    /* overlays are drawn over frames */
	bool injects;  /* comments are put into the H.264 */
	bool packet_slate; /* a slate is sent as packets while the source is
			      away: a fallback without frames */
	bool needs_audio;  /* an output goes to a platform that shows nothing
			      of a stream without sound */
	bool silence;	   /* silence is sent: asked for, or as below */
	bool adds_silence; /* silence is sent where no sound comes: "audio" is
			      "auto", and a platform needs some */
	size_t n_sources;
	enum video_mode video[PROFILE_SOURCES_MAX]; /* of each source */
	struct geometry geometry; /* with frames: source.frames, or the
				     size of a decoded source */
	struct rate fps;
};

void shape_make(struct shape *shape, const struct profile *p);

#endif
