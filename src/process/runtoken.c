/* SPDX-License-Identifier: ISC */
/*
 * "FFSUP_RUN=PID-RUN" or "FFSUP_RUN=PID-RUN-BIRTH-INSTANCE": the daemon's number,
 * the number of its child, when the daemon was born (the number alone may be
 * another process's by now) and its name.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "process/procfs.h"
#include "process/runtoken.h"

#define RUNTOKEN_VAR "FFSUP_RUN="

/* Of this process. */
static struct {
	char instance[RUNTOKEN_INSTANCE_MAX]; /* "": none */
	unsigned long long birth;	      /* our own; see procfs_stat() */
} runtoken;

void
runtoken_set_instance(const char *instance)
{
	int parent;

	snprintf(runtoken.instance, sizeof(runtoken.instance), "%s", instance);
	if (!procfs_stat(getpid(), &parent, &runtoken.birth))
		runtoken.instance[0] = '\0'; /* no /proc */
}

bool
runtoken_has_instance(void)
{
	return runtoken.instance[0] != '\0';
}

char *
runtoken_make(unsigned run)
{
	if (runtoken.instance[0] == '\0')
		return xasprintf(RUNTOKEN_VAR "%d-%u", (int)getpid(), run);
	return xasprintf(RUNTOKEN_VAR "%d-%u-%llu-%s", (int)getpid(), run,
	    runtoken.birth, runtoken.instance);
}

unsigned
runtoken_run_of(pid_t pid)
{
	char mark[64], *at;
	size_t len = 0;
	unsigned run = 0;
	char *env = procfs_environ(pid, &len);

	if (env == NULL)
		return 0;
	snprintf(mark, sizeof(mark), RUNTOKEN_VAR "%d-", (int)getpid());
	at = memmem(env, len, mark, strlen(mark));
	if (at != NULL)
		run = (unsigned)strtoul(at + strlen(mark), NULL, 10);
	free(env);
	return run;
}

/* Whether a token is from a dead daemon of our instance. */
static bool
runtoken_is_dead_daemons(const char *token)
{
	char instance[RUNTOKEN_INSTANCE_MAX] = "";
	unsigned long long born, birth;
	int pid, parent;

	if (sscanf(token, "%d-%*u-%llu-%31s", &pid, &born, instance) != 3 ||
	    strcmp(instance, runtoken.instance) != 0)
		return false;
	return !procfs_stat((pid_t)pid, &parent, &birth) || birth != born;
}

bool
runtoken_is_left(pid_t pid)
{
	size_t len = 0, n = strlen(RUNTOKEN_VAR);
	char *env = procfs_environ(pid, &len);
	bool left = false;

	if (env == NULL)
		return false;
	for (const char *e = env; e < env + len && !left; e += strlen(e) + 1)
		left = strncmp(e, RUNTOKEN_VAR, n) == 0 &&
		    runtoken_is_dead_daemons(e + n);
	free(env);
	return left && !procfs_is_ancestor(pid);
}
