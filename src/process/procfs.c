/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "process/procfs.h"

#define PROCFS_ENVIRON_MAX 65536

/* Of descendants whose use is counted: a wrapper, its shell, a program. */
#define PROCFS_GENERATIONS 4

/* So many of a family are looked at: a wrapper, and the program that it runs. */
#define PROCFS_FAMILY 8

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

/* The list of the children of a process; NULL: there is none. */
static FILE *
procfs_open_children(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
	    (int)pid);
	return fopen(path, "re");
}

int
procfs_children(int (*each)(pid_t pid))
{
	int pid, sum = 0;
	FILE *f = procfs_open_children(getpid());

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

/* Add what one process uses. False: there is none. */
static bool
procfs_add(pid_t pid, struct procfs_usage *u)
{
	char path[64], text[1024] = "";
	unsigned long long cpu[4], birth;
	int64_t tick = 1000 / sysconf(_SC_CLK_TCK);
	struct timespec now;
	const char *at;
	long pages;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(text, ')');
	if (at == NULL ||
	    sscanf(at + 1,
		" %*c %*d %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %llu "
		"%llu %*s %*s %*s %*s %llu %*s %ld",
		&cpu[0], &cpu[1], &cpu[2], &cpu[3], &birth, &pages) != 6)
		return false;
	clock_gettime(CLOCK_BOOTTIME, &now);
	u->age_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	    (int64_t)birth * tick;
	u->cpu_ms += (int64_t)(cpu[0] + cpu[1] + cpu[2] + cpu[3]) * tick;
	u->rss += (int64_t)pages * sysconf(_SC_PAGESIZE);
	return true;
}

/* Add what its descendants use, of so many generations. */
static void
procfs_add_children(pid_t pid, struct procfs_usage *u, int generations)
{
	FILE *f = generations > 0 ? procfs_open_children(pid) : NULL;
	int child;

	if (f == NULL)
		return;
	while (fscanf(f, "%d", &child) == 1) {
		procfs_add(child, u);
		procfs_add_children(child, u, generations - 1);
	}
	fclose(f);
}

bool
procfs_usage(pid_t pid, struct procfs_usage *u)
{
	int64_t age_ms;

	*u = (struct procfs_usage){ 0 };
	if (!procfs_add(pid, u))
		return false;
	age_ms = u->age_ms;
	procfs_add_children(pid, u, PROCFS_GENERATIONS);
	u->age_ms = age_ms;
	return true;
}

int64_t
procfs_written(pid_t pid)
{
	char path[64], text[512] = "";
	long long bytes = -1;
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strstr(text, "wchar: ");
	if (at == NULL || sscanf(at, "wchar: %lld", &bytes) != 1)
		return -1;
	return bytes;
}

/* A process and its descendants, itself first; how many. */
static size_t
procfs_family(pid_t pid, pid_t *v, size_t max)
{
	size_t n = 1;
	int child;
	FILE *f;

	v[0] = pid;
	for (size_t i = 0; i < n; i++) {
		f = procfs_open_children(v[i]);
		if (f == NULL)
			continue;
		while (n < max && fscanf(f, "%d", &child) == 1)
			v[n++] = child;
		fclose(f);
	}
	return n;
}

/* Append the inodes of a process's sockets. */
static size_t
procfs_add_sockets(pid_t pid, uint32_t *v, size_t n, size_t max)
{
	char path[64], link[64];
	struct dirent *e;
	ssize_t len;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	if (d == NULL)
		return n;
	while (n < max && (e = readdir(d)) != NULL) {
		len = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);
		if (len <= 0)
			continue;
		link[len] = '\0';
		if (sscanf(link, "socket:[%u]", &v[n]) == 1)
			n++;
	}
	closedir(d);
	return n;
}

size_t
procfs_sockets(pid_t pid, uint32_t *v, size_t max)
{
	pid_t family[PROCFS_FAMILY];
	size_t members = procfs_family(pid, family, NELEM(family)), n = 0;

	for (size_t i = 0; i < members; i++)
		n = procfs_add_sockets(family[i], v, n, max);
	return n;
}

/* The letter of a process's state; '\0': there is none. */
static char
procfs_status(pid_t pid)
{
	char path[64], text[1024] = "";
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return '\0';
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(text, ')');
	return at == NULL || at[1] == '\0' ? '\0' : at[2];
}

bool
procfs_work(pid_t pid, struct procfs_work *w)
{
	pid_t family[PROCFS_FAMILY];
	size_t n = procfs_family(pid, family, NELEM(family));
	struct procfs_usage usage;
	int64_t wrote;

	*w = (struct procfs_work){ .status = procfs_status(pid) };
	if (!procfs_usage(pid, &usage))
		return false;
	w->cpu_ms = usage.cpu_ms;
	for (size_t i = 0; i < n; i++) {
		char status = procfs_status(family[i]);

		wrote = procfs_written(family[i]);
		w->wrote += wrote > 0 ? wrote : 0;
		if (status != '\0' && strchr("TtD", status) != NULL)
			w->status = status;
	}
	return true;
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
