/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "paint/jail.h"

/* The largest image takes a quarter. */
#define JAIL_MEMORY ((rlim_t)2 << 30)
#define JAIL_FILES  64

/* The address sanitizer maps more than any machine has. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define JAIL_SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define JAIL_SANITIZED
#endif

#ifdef JAIL_SANITIZED
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);

/* Called by the leak detector of the sanitizers. */
const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}

/* Fontconfig leaks a little. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}
#endif

static void
jail_limit_one(int what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r) == -1)
		return;
	if (r.rlim_max == RLIM_INFINITY || r.rlim_max > most)
		r.rlim_max = most;
	r.rlim_cur = r.rlim_max;
	setrlimit(what, &r);
}

void
jail_limit(void)
{
#ifndef JAIL_SANITIZED
	jail_limit_one(RLIMIT_AS, JAIL_MEMORY);
#endif
	jail_limit_one(RLIMIT_CORE, 0);
	jail_limit_one(RLIMIT_NOFILE, JAIL_FILES);
}

#ifdef SYS_landlock_create_ruleset
void
jail_close_files(void)
{
	/* rights of version 1: every kernel with Landlock has them */
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		    LANDLOCK_ACCESS_FS_MAKE_FIFO |
		    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM
	};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr.handled_access_fs), 0);
	if (fd == -1)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}
#else
void
jail_close_files(void)
{
}
#endif
