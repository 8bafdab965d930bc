/* SPDX-License-Identifier: ISC */
/*
 * hangfs SOURCE MOUNTPOINT: a file system (FUSE) that shows SOURCE, and answers
 * nothing while the file SOURCE.hang is there: who asks it for anything is in
 * state D meanwhile, as with a network file system or a dying disk. It leaves
 * when it is unmounted.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static char source[4096], hang[4200];

/* Wait while it hangs; then the path in SOURCE. */
static const char *
real(const char *path, char out[8192])
{
	while (access(hang, F_OK) == 0)
		poll(NULL, 0, 10);
	snprintf(out, 8192, "%s%s", source, path);
	return out;
}

/* What a call came to, as FUSE wants it. */
static int
result(int rc)
{
	return rc == -1 ? -errno : 0;
}

#define REAL(path) real(path, (char[8192]){ "" })

static int
do_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	(void)fi;
	return result(lstat(REAL(path), st));
}

static int
do_readlink(const char *path, char *out, size_t size)
{
	ssize_t n = readlink(REAL(path), out, size - 1);

	if (n >= 0)
		out[n] = '\0';
	return result((int)n);
}

static int
do_mkdir(const char *path, mode_t mode)
{
	return result(mkdir(REAL(path), mode));
}

static int
do_mknod(const char *path, mode_t mode, dev_t dev)
{
	return result(mknod(REAL(path), mode, dev));
}

static int
do_unlink(const char *path)
{
	return result(unlink(REAL(path)));
}

static int
do_rmdir(const char *path)
{
	return result(rmdir(REAL(path)));
}

static int
do_rename(const char *from, const char *to, unsigned flags)
{
	return result(
	    renameat2(AT_FDCWD, REAL(from), AT_FDCWD, REAL(to), flags));
}

static int
do_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	(void)fi;
	return result(chmod(REAL(path), mode));
}

static int
do_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	(void)fi;
	return result(truncate(REAL(path), size));
}

static int
do_utimens(
    const char *path, const struct timespec t[2], struct fuse_file_info *fi)
{
	(void)fi;
	return result(utimensat(AT_FDCWD, REAL(path), t, AT_SYMLINK_NOFOLLOW));
}

static int
do_open(const char *path, struct fuse_file_info *fi)
{
	int fd = open(REAL(path), fi->flags | O_CLOEXEC);

	fi->fh = (uint64_t)fd;
	return result(fd);
}

static int
do_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	int fd = open(REAL(path), fi->flags | O_CREAT | O_CLOEXEC, mode);

	fi->fh = (uint64_t)fd;
	return result(fd);
}

static int
do_read(const char *path, char *out, size_t size, off_t at,
    struct fuse_file_info *fi)
{
	ssize_t n;

	REAL(path);
	n = pread((int)fi->fh, out, size, at);
	return n == -1 ? -errno : (int)n;
}

static int
do_write(const char *path, const char *data, size_t size, off_t at,
    struct fuse_file_info *fi)
{
	ssize_t n;

	REAL(path);
	n = pwrite((int)fi->fh, data, size, at);
	return n == -1 ? -errno : (int)n;
}

static int
do_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	return result(close((int)fi->fh));
}

static int
do_statfs(const char *path, struct statvfs *st)
{
	return result(statvfs(REAL(path), st));
}

static int
do_readdir(const char *path, void *out, fuse_fill_dir_t fill, off_t at,
    struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	DIR *dir = opendir(REAL(path));
	struct dirent *d;

	(void)at;
	(void)fi;
	(void)flags;
	if (dir == NULL)
		return -errno;
	while ((d = readdir(dir)) != NULL)
		fill(out, d->d_name, NULL, 0, 0);
	closedir(dir);
	return 0;
}

static void *
do_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	(void)conn;
	/* nothing is remembered: every question comes to us */
	cfg->kernel_cache = cfg->auto_cache = 0;
	cfg->entry_timeout = cfg->attr_timeout = cfg->negative_timeout = 0;
	return NULL;
}

static const struct fuse_operations operations = {
	.init = do_init,
	.getattr = do_getattr,
	.readlink = do_readlink,
	.mkdir = do_mkdir,
	.mknod = do_mknod,
	.unlink = do_unlink,
	.rmdir = do_rmdir,
	.rename = do_rename,
	.chmod = do_chmod,
	.truncate = do_truncate,
	.utimens = do_utimens,
	.open = do_open,
	.create = do_create,
	.read = do_read,
	.write = do_write,
	.release = do_release,
	.statfs = do_statfs,
	.readdir = do_readdir,
};

int
main(int argc, char **argv)
{
	static char foreground[] = "-f", option[] = "-o",
		    options[] = "default_permissions,fsname=hangfs";
	char *args[] = { argv[0], foreground, option, options, argv[2], NULL };

	if (argc != 3) {
		fprintf(stderr, "usage: hangfs SOURCE MOUNTPOINT\n");
		return 64;
	}
	snprintf(source, sizeof(source), "%s", argv[1]);
	snprintf(hang, sizeof(hang), "%s.hang", argv[1]);
	return fuse_main(5, args, &operations, NULL);
}
