/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/util.h"
#include "media/finding.h"
#include "media/framesizes.h"

const char *const finding_fault_names[] = {
	[FINDING_FINE] = "fine",
	[FINDING_SIZE] = "size",
	[FINDING_STRAY] = "stray",
	[FINDING_KIND] = "kind",
	[FINDING_GARBAGE] = "garbage",
	[FINDING_SETS] = "sets",
};
_Static_assert(NELEM(finding_fault_names) == N_FINDING_FAULTS, "a name each");

bool
finding_same(const struct finding *a, const struct finding *b)
{
	return a->fault == b->fault && a->kind == b->kind &&
	    (a->bytes == b->bytes || a->fault == FINDING_STRAY ||
		a->fault == FINDING_GARBAGE);
}

/* --- guesses ------------------------------------------------------------ */

static char *
finding_guess_size(size_t bytes, const struct geometry *want)
{
	char *guess = want == NULL ? NULL : framesizes_guess(bytes, want);

	return guess != NULL ? guess : xasprintf("%zu bytes", bytes);
}

char *
finding_guess(const struct finding *f, const struct geometry *want)
{
	switch (f->fault) {
	case FINDING_SIZE:
		return finding_guess_size(f->bytes, want);
	case FINDING_STRAY:
		return xasprintf("%zu bytes%s beyond a frame", f->bytes,
		    f->kind == LIKENESS_TEXT ? " of text" : "");
	case FINDING_KIND:
		return xstrdup(likeness_names[f->kind]);
	case FINDING_GARBAGE:
		return xasprintf("%zu%% garbage", f->bytes);
	case FINDING_SETS:
		return xstrdup("H.264 without SPS and PPS");
	case FINDING_FINE:
	case N_FINDING_FAULTS:
		break;
	}
	return NULL;
}

/* --- sentences ---------------------------------------------------------- */

/* "160x120 bgr24, 57600 bytes each", or "H.264 (Annex B)". */
static char *
finding_want(const struct geometry *want)
{
	if (want == NULL)
		return xstrdup("H.264 (Annex B)");
	return xasprintf("%dx%d %s, %zu bytes each", want->w, want->h,
	    pixfmt_names[want->format], want->bytes);
}

static char *
finding_text_size(size_t bytes, const char *wanted, const struct geometry *want)
{
	char *guess = want == NULL ? NULL : framesizes_guess(bytes, want);
	char *text = xasprintf("receives frames of %zu bytes, but the profile "
			       "says %s%s%s",
	    bytes, wanted, guess == NULL ? "" : "; they could be ",
	    guess == NULL ? "" : guess);

	free(guess);
	return text;
}

static char *
finding_write(
    const struct finding *f, const struct geometry *want, const char *wanted)
{
	switch (f->fault) {
	case FINDING_SIZE:
		return finding_text_size(f->bytes, wanted, want);
	case FINDING_STRAY:
		return xasprintf("receives about %zu bytes%s again and again "
				 "that belong to no frame; the profile says "
				 "%s",
		    f->bytes, f->kind == LIKENESS_TEXT ? " of text" : "",
		    wanted);
	case FINDING_KIND:
		return xasprintf("receives %s, but the profile says %s%s",
		    likeness_names[f->kind],
		    want == NULL ? "" : "raw frames of ", wanted);
	case FINDING_GARBAGE:
		return xasprintf("receives bytes of which about %zu%% are no "
				 "H.264 (Annex B)",
		    f->bytes);
	case FINDING_SETS:
		return xstrdup("receives H.264, but no SPS and PPS: no frame "
			       "can be decoded");
	case FINDING_FINE:
	case N_FINDING_FAULTS:
		break;
	}
	return NULL;
}

char *
finding_text(const struct finding *f, const struct geometry *want)
{
	char *wanted = finding_want(want), *text;

	text = finding_write(f, want, wanted);
	free(wanted);
	return text;
}

/* --- cures --------------------------------------------------------------- */

static const char finding_cure_text[] =
    "Messages belong on standard error (Python: print(..., file=sys.stderr)). "
    "If the program cannot do without its standard output, let it write the "
    "video to a descriptor of its own: \"fd\": 3.";

/* Where raw frames are expected. */
static const char *
finding_cure_raw(enum likeness kind)
{
	switch (kind) {
	case LIKENESS_TEXT:
	case LIKENESS_UTF16:
		return finding_cure_text;
	case LIKENESS_JPEG:
	case LIKENESS_PNG:
	case LIKENESS_GIF:
	case LIKENESS_BMP:
	case LIKENESS_TIFF:
	case LIKENESS_WEBP:
	case LIKENESS_PNM:
	case LIKENESS_NPY:
	case LIKENESS_PICKLE:
		return "Write the bytes of the pixels and no image file: in "
		       "Python frame.tobytes(), not imencode() or save().";
	case LIKENESS_Y4M:
		return "Write rawvideo instead: -f rawvideo in ffmpeg, not "
		       "yuv4mpegpipe.";
	case LIKENESS_H264:
		return "For H.264 use \"h264\" in \"source\" instead of "
		       "\"frames\"; otherwise decode it (ffmpeg: -f "
		       "rawvideo).";
	default:
		return NULL;
	}
}

/* Where H.264 is. */
static const char *
finding_cure_h264(enum likeness kind)
{
	switch (kind) {
	case LIKENESS_TEXT:
	case LIKENESS_UTF16:
		return finding_cure_text;
	case LIKENESS_H265:
		return "Set the encoder to H.264: -c:v libx264 in ffmpeg, "
		       "--codec h264 in rpicam-vid.";
	case LIKENESS_JPEG:
		return "Set the camera or the encoder to H.264 instead of "
		       "MJPEG: --codec h264 in rpicam-vid.";
	case LIKENESS_MPEGTS:
	case LIKENESS_MPEGPS:
	case LIKENESS_FLV:
	case LIKENESS_MP4:
	case LIKENESS_MATROSKA:
	case LIKENESS_AVCC:
		return "Write H.264 without a container: -f h264 in ffmpeg, "
		       "--codec h264 without --libav-format in rpicam-vid; "
		       "with AVCC, -bsf:v h264_mp4toannexb.";
	default:
		return NULL;
	}
}

const char *
finding_cure(const struct finding *f, bool raw)
{
	if (f->fault != FINDING_KIND)
		return NULL;
	return raw ? finding_cure_raw(f->kind) : finding_cure_h264(f->kind);
}
