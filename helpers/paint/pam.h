/* SPDX-License-Identifier: ISC */
#ifndef PAM_H
#define PAM_H

/*
 * Images as ffmpeg's pam encoder writes them: netpbm's PAM(5), "P7", of type
 * RGB_ALPHA with a byte for each sample. Its alpha is not premultiplied.
 */

struct picture;

/* Read an open file; NULL, or a constant text why not, and then *p is empty. */
const char *pam_read_file(struct picture *p, int fd);

#endif
