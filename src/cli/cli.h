/* SPDX-License-Identifier: ISC */
#ifndef CLI_H
#define CLI_H

/*
 * The command line: verbs, their options, their help, all from two tables.
 * Returns the exit code of the program.
 */

int cli_main(int argc, char **argv);

#endif
