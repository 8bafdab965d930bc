/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "process/procfs.h"

#define PROCFS_ENVIRON_MAX 65536

char *
procfs_environ(pid_t pid, size_t *len)
{
	char path[64], *env;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	env = xcalloc(1, PROCFS_ENVIRON_MAX + 1);
	*len = fread(env, 1, PROCFS_ENVIRON_MAX, f);
	fclose(f);
	return env;
}

int
procfs_children(int (*each)(pid_t pid))
{
	char path[64];
	int pid, sum = 0;
	FILE *f;

	snprintf(
	    path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (fscanf(f, "%d", &pid) == 1)
		sum += each(pid);
	fclose(f);
	return sum;
}

bool
procfs_stat(pid_t pid, int *parent, unsigned long long *birth)
{
	char path[64], text[1024] = "", state = 'X';
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(text, ')');
	return at != NULL &&
	    sscanf(at + 1,
		" %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		"%*s %*s %*s %*s %llu",
		&state, parent, birth) == 3 &&
	    state != 'Z' && state != 'X';
}

bool
procfs_is_running(pid_t pid)
{
	unsigned long long birth;
	int parent;

	return procfs_stat(pid, &parent, &birth);
}

bool
procfs_is_ancestor(pid_t pid)
{
	unsigned long long birth;
	int at = (int)getpid();

	while (at > 0 && at != pid && procfs_stat((pid_t)at, &at, &birth))
		continue;
	return at == pid;
}
