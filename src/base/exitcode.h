/* SPDX-License-Identifier: ISC */
#ifndef EXITCODE_H
#define EXITCODE_H

/*
 * How a command ends: the exit codes of the command line, which are also the
 * "exit" of the daemon's replies. ffsup(8) promises them to scripts.
 */

enum exitcode {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* also: a stream is degraded, starting or stopping */
	EXIT_OFF_AIR = 2,
	EXIT_NO_DAEMON = 3,
	EXIT_NO_STREAM = 4,
	EXIT_USAGE = 64,
	EXIT_CONFIG = 78
};

#endif
