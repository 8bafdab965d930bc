/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/util.h"
#include "ffmpeg/ffadvice.h"

struct ffadvice_row {
	const char *sentence, *advice;
};

static const struct ffadvice_row ffadvice_rows[] = {
	[FAIL_NONE] = { "It was stopped on purpose.", "Nothing to do." },
	[FAIL_ENDED] = { "The input ended.",
	    "For a file that should repeat, set \"loop\": true in \"source\"; "
	    "a camera should not end its stream: check it." },
	[FAIL_STALL] = { "The process was alive but sent nothing; it was replaced.",
	    "Check the network and the load of this machine; a slow source may "
	    "need a longer watchdog.stall." },
	[FAIL_CHANGED] = { "The source changed its codec during the run; the process was "
			   "replaced.",
	    "Nothing if the camera was reconfigured; otherwise make sure that "
	    "only one sender uses the address." },
	[FAIL_START] = { "No first frame came in time; the process was replaced.",
	    "Check that the source sends and that the server answers; a slow "
	    "source may need a longer watchdog.start." },
	[FAIL_REFUSED] = { "Nothing listens at that address.",
	    "Check the host and port, and that the server is running." },
	[FAIL_UNREACH] = { "The host cannot be reached, or its name is unknown.",
	    "Check the cable or Wi-Fi, the host name and DNS." },
	[FAIL_TIMEOUT] = { "The other side did not answer in time.",
	    "Check that the host is up and reachable, and that the port and "
	    "protocol are right." },
	[FAIL_AUTH] = { "Authentication failed: user name, password or permission was "
			"refused.",
	    "Check \"user\" and \"password\" (for a file, its owner and mode). "
	    "Some cameras also refuse when all their connections are in use. "
	    "Retries are slow on purpose: many cameras lock users out after a "
	    "few wrong passwords." },
	[FAIL_NOTFOUND] = { "The server has no such path.",
	    "Check the part of the URL after the port." },
	[FAIL_BUSY] = { "The stream key or the address is already in use.",
	    "Stop the other publisher; after a network loss the server may "
	    "keep the old session for some minutes." },
	[FAIL_REJECTED] = { "The server refused the stream and gave no reason.",
	    "Check the stream key and the application part of the URL; the "
	    "key may be wrong, expired or in use." },
	[FAIL_CLOSED] = { "The server dropped the connection.",
	    "If this repeats, check the upload rate and the server's log." },
	[FAIL_SERVER] = { "The server reported an error (5xx).",
	    "Check the server; this cannot be fixed on this machine." },
	[FAIL_TLS] = { "The encrypted connection could not be set up.",
	    "Check the certificate, the clock of this machine and the port; "
	    "for a self-signed certificate set the option \"tls_verify\": 0." },
	[FAIL_OPTION] = { "ffmpeg does not accept an option or value.",
	    "Correct it in the profile and reload; options differ between "
	    "versions of ffmpeg." },
	[FAIL_CODEC] = { "The codec is unknown to this ffmpeg or does not fit the output.",
	    "Set \"video\": { \"encoder\": \"libx264\" } to encode again, or "
	    "choose another output format." },
	[FAIL_GEOMETRY] = { "The encoder does not support the frame size.",
	    "Use an even width and height." },
	[FAIL_HWENC] = { "The hardware encoder cannot be used on this machine.",
	    "Use \"encoder\": \"libx264\", or check the driver and the access "
	    "to /dev/dri." },
	[FAIL_DEVICE] = { "The device is busy or gone, or its permissions do not allow its "
			  "use.",
	    "Check the cable, the permissions of the device, and other "
	    "programs that use it; for \"no space\" on USB use "
	    "\"input_format\": \"mjpeg\" or a smaller size." },
	[FAIL_DISK] = { "The disk is full or read-only, or the directory is missing or not "
			"writable.",
	    "Free some space, or correct \"record\" or the owner and mode of "
	    "the directory." },
	[FAIL_MEMORY] = { "Out of memory, processes or file descriptors.",
	    "Check what else uses this machine's memory; a limit for the "
	    "service, such as systemd's MemoryMax, TasksMax or LimitNOFILE, "
	    "may be too low." },
	[FAIL_INPUT] = { "The source sent no usable data.",
	    "Check that the source exists and sends the format and size that "
	    "the profile names." },
	[FAIL_SPAWN] = { "The program could not be started.",
	    "Check that it is installed and executable." },
	[FAIL_SIGNAL] = { "The process was killed by a signal from another program.",
	    "Look for \"out of memory\" in the kernel log, and for people or "
	    "scripts that kill processes." },
	[FAIL_CRASH] = { "It crashed because of a bug in it or in its libraries.",
	    "If this repeats, read its last lines in ffsup logs NAME; try "
	    "another input or another version of it." },
	[FAIL_PRODUCER] = { "The producer, your program, ended with an error.",
	    "Fix the error in its last lines; the whole log is in ffsup logs "
	    "NAME. It is restarted until it works." },
	[FAIL_EXIT] = { "The process failed and did not say why.",
	    "Read its log: ffsup logs NAME." },
};
_Static_assert(NELEM(ffadvice_rows) == N_FAIL_CLASSES, "a row for every class");

/* A program of the user that ended without an error. */
static const struct ffadvice_row ffadvice_program = {
	"The producer, your program, ended.",
	"It is started again; it should run for as long as the stream should "
	"have frames.",
};

static const struct ffadvice_row *
ffadvice_find(const struct ffadvice_ask *ask)
{
	if (ask->class == FAIL_ENDED && ask->program)
		return &ffadvice_program;
	return &ffadvice_rows[ask->class];
}

char *
ffadvice_cause(const struct ffadvice_ask *ask)
{
	return xstrdup(ffadvice_find(ask)->sentence);
}

char *
ffadvice_do(const struct ffadvice_ask *ask)
{
	return xstrdup(ffadvice_find(ask)->advice);
}
