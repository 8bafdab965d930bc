/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <signal.h>

#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffclass.h"

const char *const ffclass_names[N_FAIL_CLASSES] = {
	[FAIL_NONE] = "none",
	[FAIL_ENDED] = "ended",
	[FAIL_STALL] = "stall",
	[FAIL_START] = "start",
	[FAIL_CHANGED] = "changed",
	[FAIL_REFUSED] = "refused",
	[FAIL_UNREACH] = "unreachable",
	[FAIL_TIMEOUT] = "timeout",
	[FAIL_AUTH] = "auth",
	[FAIL_NOTFOUND] = "notfound",
	[FAIL_BUSY] = "busy",
	[FAIL_REJECTED] = "rejected",
	[FAIL_CLOSED] = "closed",
	[FAIL_SERVER] = "server",
	[FAIL_TLS] = "tls",
	[FAIL_OPTION] = "option",
	[FAIL_CODEC] = "codec",
	[FAIL_GEOMETRY] = "geometry",
	[FAIL_HWENC] = "hwenc",
	[FAIL_DEVICE] = "device",
	[FAIL_DISK] = "disk",
	[FAIL_MEMORY] = "memory",
	[FAIL_INPUT] = "input",
	[FAIL_SPAWN] = "spawn",
	[FAIL_SIGNAL] = "signal",
	[FAIL_CRASH] = "crash",
	[FAIL_PRODUCER] = "producer",
	[FAIL_EXIT] = "exit",
};

/* The policies that are not the normal one. */
static const enum fail_policy ffclass_policies[N_FAIL_CLASSES] = {
	[FAIL_AUTH] = POLICY_AUTH,
	[FAIL_NOTFOUND] = POLICY_PATIENT,
	[FAIL_BUSY] = POLICY_PATIENT,
	[FAIL_REJECTED] = POLICY_PATIENT,
	[FAIL_OPTION] = POLICY_SLOW,
	[FAIL_CODEC] = POLICY_SLOW,
	[FAIL_GEOMETRY] = POLICY_SLOW,
	[FAIL_HWENC] = POLICY_SLOW,
	[FAIL_DEVICE] = POLICY_DEVICE,
	[FAIL_SPAWN] = POLICY_DEVICE,
};

enum fail_class
ffclass_by_name(const char *name)
{
	return (enum fail_class)words_find(ffclass_names, N_FAIL_CLASSES, name);
}

enum fail_policy
ffclass_policy(enum fail_class fc)
{
	return ffclass_policies[fc];
}

const char *
ffclass_signal_name(int signal)
{
	static const char *const names[] = {
		[SIGHUP] = "SIGHUP",
		[SIGINT] = "SIGINT",
		[SIGQUIT] = "SIGQUIT",
		[SIGILL] = "SIGILL",
		[SIGTRAP] = "SIGTRAP",
		[SIGABRT] = "SIGABRT",
		[SIGBUS] = "SIGBUS",
		[SIGFPE] = "SIGFPE",
		[SIGKILL] = "SIGKILL",
		[SIGUSR1] = "SIGUSR1",
		[SIGSEGV] = "SIGSEGV",
		[SIGUSR2] = "SIGUSR2",
		[SIGPIPE] = "SIGPIPE",
		[SIGALRM] = "SIGALRM",
		[SIGTERM] = "SIGTERM",
		[SIGCHLD] = "SIGCHLD",
		[SIGCONT] = "SIGCONT",
		[SIGSTOP] = "SIGSTOP",
		[SIGTSTP] = "SIGTSTP",
		[SIGTTIN] = "SIGTTIN",
		[SIGTTOU] = "SIGTTOU",
		[SIGURG] = "SIGURG",
		[SIGXCPU] = "SIGXCPU",
		[SIGXFSZ] = "SIGXFSZ",
		[SIGVTALRM] = "SIGVTALRM",
		[SIGPROF] = "SIGPROF",
		[SIGWINCH] = "SIGWINCH",
		[SIGIO] = "SIGIO",
		[SIGPWR] = "SIGPWR",
		[SIGSYS] = "SIGSYS",
	};

	if (signal < 0 || (size_t)signal >= NELEM(names) ||
	    names[signal] == NULL)
		return "unknown";
	return names[signal];
}
