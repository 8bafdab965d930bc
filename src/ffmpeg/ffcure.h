/* SPDX-License-Identifier: ISC */
#ifndef FFCURE_H
#define FFCURE_H

/*
 * What people are told about each kind of failure: the table that `ffsup why`,
 * `ffsup explain` and the manual are made of. ffadvice finds rows in it and
 * fills them in.
 */

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

/*
 * Words in braces are filled in: {peer} or {Peer} is a noun for that side with
 * the subject ("the camera at cam:554", "the file /srv/a.mp4"), {subject} and
 * {quoted} the subject alone, {key} the key of the profile and its place, {name}
 * the stream's name, {hint} what is known about the option that the subject
 * names, {empty} what has no file in it. Text after a '|' stands there when that is unknown.
 */
struct ffcure {
	enum fail_class class;
	enum fail_detail detail; /* NONE: any */
	enum fail_side side;	 /* NONE: any */
	const char *schemes;	 /* words; NULL: any */
	const char *cause, *cure;
};

/* By class; the first one that fits is the right one, and the last one of a
 * class fits always. */
extern const struct ffcure ffcure_rows[];
extern const size_t ffcure_n;

/* A class in a few words. */
extern const char *const ffcure_classes[N_FAIL_CLASSES];

#endif
