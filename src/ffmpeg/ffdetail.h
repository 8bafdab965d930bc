/* SPDX-License-Identifier: ISC */
#ifndef FFDETAIL_H
#define FFDETAIL_H

/*
 * What a failure class leaves open: on which side it happened, and the detail
 * that the sentence and the advice depend on. Both are part of the JSON.
 */

#include "ffmpeg/ffclass.h"

/* The side that a failure speaks of. Names in ffside_names. */
enum fail_side {
	SIDE_NONE,    /* null: unknown, or no side */
	SIDE_SOURCE,  /* "source": what is read, or the way to it */
	SIDE_OUTPUT,  /* "output": what is written, or the way to it */
	SIDE_PROGRAM, /* "program": the user's */
	SIDE_PROFILE, /* "profile": an option, a size, a codec that it names */
	SIDE_MACHINE, /* "machine": memory, encoder, the programs themselves */
	N_FAIL_SIDES
};

/* The class is in the comment. Names in ffdetail_names. */
enum fail_detail {
	DETAIL_NONE,	    /* null */
	DETAIL_NAME,	    /* unreachable "name": the host's is unknown */
	DETAIL_RESOLVER,    /* unreachable "resolver": no DNS server answers */
	DETAIL_ROUTE,	    /* unreachable "route": to the host, none */
	DETAIL_NETWORK,	    /* unreachable "network": none at all */
	DETAIL_CONNECT,	    /* timeout, start "connect": no connection */
	DETAIL_ANSWER,	    /* timeout, start, closed "answer": only
			       connected */
	DETAIL_PROTOCOL,    /* timeout, input, tls "protocol": the other side
			       speaks another one */
	DETAIL_PASSWORD,    /* auth "password": was refused */
	DETAIL_NO_PASSWORD, /* auth "no password": wanted, and none is set */
	DETAIL_FORBIDDEN,   /* auth "forbidden": 403, known but not allowed */
	DETAIL_PASSPHRASE,  /* auth "passphrase": of SRT, wrong or missing */
	DETAIL_PERMISSION,  /* input, disk, device "permission": of a file */
	DETAIL_MISSING,	    /* input, disk, device, spawn "missing": no such */
	DETAIL_DIRECTORY,   /* input "directory": where a file is expected */
	DETAIL_NOT_DIRECTORY, /* disk "not a directory": a file in its place */
	DETAIL_EMPTY,	      /* input "empty": file, list or pattern */
	DETAIL_CUT,	      /* input "cut off": a file that has no index */
	DETAIL_NO_MEDIA,      /* input "no media": none that ffmpeg knows */
	DETAIL_PAGE,	      /* input "page": a web page, a text */
	DETAIL_SEGMENTS,      /* notfound "segments": a list whose files are not
			       there */
	DETAIL_NO_VIDEO,      /* input "no video" */
	DETAIL_NO_AUDIO,      /* input "no audio" */
	DETAIL_TRANSPORT,   /* rejected "transport": 461, RTSP over the other */
	DETAIL_LIMIT,	    /* rejected "limit": 453, 503, no free session */
	DETAIL_RATE,	    /* rejected "too many requests": 429 */
	DETAIL_METHOD,	    /* rejected "method": 405, 501: none may publish */
	DETAIL_MEDIA,	    /* rejected "media": 415, a codec is not wanted */
	DETAIL_GONE,	    /* notfound "gone": 410 */
	DETAIL_REQUEST,	    /* rejected "request": 400, 406, 454 ... */
	DETAIL_KEY,	    /* rejected, closed "stream key": most likely */
	DETAIL_ACCESS,	    /* rejected "access": SRT's access control */
	DETAIL_EARLY,	    /* closed "early": within 2 s of the first media,
			       again and again */
	DETAIL_VANISHED,    /* ended "vanished": a live source that ended */
	DETAIL_FILES,	    /* ended "files": a file or list is over */
	DETAIL_CERTIFICATE, /* tls "certificate" */
	DETAIL_FULL,	    /* disk "full" */
	DETAIL_READ_ONLY,   /* disk "read-only" */
	DETAIL_NAME_LENGTH, /* disk "name too long" */
	DETAIL_AUDIO,	    /* codec "audio": it does not fit */
	DETAIL_VIDEO,	    /* codec "video": it does not fit */
	DETAIL_STAMPS,	    /* codec "stamps": B frames without them */
	DETAIL_UNKNOWN,	    /* option, codec "unknown": its name */
	DETAIL_VALUE,	    /* option "value": not accepted */
	DETAIL_GONE_OPTION, /* option "gone": of another version of ffmpeg */
	DETAIL_TOO_LARGE,   /* geometry "too large" */
	DETAIL_ODD,	    /* geometry "odd" */
	DETAIL_NOT_FOR_CODEC, /* geometry "not for codec" */
	DETAIL_VAAPI,	      /* hwenc, by the interface */
	DETAIL_NVENC,
	DETAIL_V4L2,
	DETAIL_QSV,
	DETAIL_BUSY_DEVICE, /* device "busy" */
	DETAIL_NOT_DEVICE,  /* device "not a device": of V4L2 */
	DETAIL_USB,	    /* device "bandwidth": of the USB bus */
	DETAIL_SOUND_CARD,  /* device "sound card" */
	DETAIL_LIBRARY,	    /* spawn "library": a shared one does not load */
	DETAIL_EXECUTABLE,  /* spawn "not executable" */
	DETAIL_TRACEBACK,   /* producer "traceback": file, line, error known */
	DETAIL_STOPPED,	    /* stall, start "stopped": the process itself, by a
			       signal */
	N_FAIL_DETAILS
};

extern const char *const ffside_names[N_FAIL_SIDES];
extern const char *const ffdetail_names[N_FAIL_DETAILS];

/* The delay after an ending, where no line says more. Never HELD. */
enum fail_policy
ffdetail_policy(enum fail_class class, enum fail_detail detail);

#endif
