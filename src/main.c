/* SPDX-License-Identifier: ISC */
/*
 * The program. Everything else is in the library, where the tests find it.
 */

#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "cli/cli.h"
#include "process/logwriter.h"

int
main(int argc, char **argv)
{
	int fd, code;

	/* A closed 0, 1 or 2 would become the next socket's number. */
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		continue;
	if (fd >= 0)
		close(fd);
	setlocale(LC_CTYPE, ""); /* only that: numbers stay as JSON has them */
	code = cli_main(argc, argv);
	logwriter_finish();
	return code;
}
