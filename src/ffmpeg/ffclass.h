/* SPDX-License-Identifier: ISC */
#ifndef FFCLASS_H
#define FFCLASS_H

/*
 * How a run ended: classes that the delays and the advice depend on. Their
 * sentences are in ffadvice.
 */

/* Why a run ended. Names in ffclass_names are part of the JSON. */
enum fail_class {
	FAIL_NONE,     /* "none": not a failure: we stopped it */
	FAIL_ENDED,    /* "ended": exit 0, the input came to its end */
	FAIL_STALL,    /* "stall": alive but mute, replaced by us */
	FAIL_START,    /* "start": no first frame within watchdog.start */
	FAIL_CHANGED,  /* "changed": the source has changed, replaced by us */
	FAIL_REFUSED,  /* "refused": nothing listens there */
	FAIL_UNREACH,  /* "unreachable": no route, no name */
	FAIL_TIMEOUT,  /* "timeout": connected, no answer */
	FAIL_AUTH,     /* "auth": user, password or permission refused */
	FAIL_NOTFOUND, /* "notfound": the server has no such path */
	FAIL_BUSY,     /* "busy": the stream key is in use */
	FAIL_REJECTED, /* "rejected": the server closed at once, no reason */
	FAIL_CLOSED,   /* "closed": the server dropped the connection */
	FAIL_SERVER,   /* "server": 5xx */
	FAIL_TLS,      /* "tls" */
	FAIL_OPTION,   /* "option": ffmpeg does not take an option */
	FAIL_CODEC,    /* "codec": unknown or unfitting codec */
	FAIL_GEOMETRY, /* "geometry": odd or bad size */
	FAIL_HWENC,    /* "hwenc": no such hardware encoder here */
	FAIL_DEVICE,   /* "device": busy, gone, no bandwidth */
	FAIL_DISK,     /* "disk": full, read-only */
	FAIL_MEMORY,   /* "memory": not enough */
	FAIL_INPUT,    /* "input": nothing usable came in; missing file */
	FAIL_SPAWN,    /* "spawn": could not be started at all */
	FAIL_SIGNAL,   /* "signal": killed by a signal that was not ours */
	FAIL_CRASH,    /* "crash": SIGSEGV and the like: a fault in it */
	FAIL_PRODUCER, /* "producer": the user's program failed */
	FAIL_EXIT,     /* "exit": exit code, no known reason in stderr */
	N_FAIL_CLASSES
};

extern const char *const ffclass_names[N_FAIL_CLASSES];

/* N_FAIL_CLASSES for an unknown name, or NULL. */
enum fail_class ffclass_by_name(const char *name);

/* The kind of delay after an ending: see backoff.h. */
enum fail_policy {
	POLICY_NORMAL,
	POLICY_AUTH, /* cameras lock out after a few wrong passwords */
	POLICY_DEVICE,
	POLICY_SLOW,	/* the source may send something else in a moment */
	POLICY_PATIENT, /* a server has said no; it will not say yes at once */
	POLICY_RARE,	/* it has too many of us already, or no space */
	POLICY_HELD,	/* the profile is wrong: tried rarely */
	N_FAIL_POLICIES
};

/* The policy of a class, where no line says more. Never HELD. */
enum fail_policy ffclass_policy(enum fail_class class);

/* "SIGKILL", "SIGSEGV"; "unknown" for a signal without a name. */
const char *ffclass_signal_name(int signal);

#endif
