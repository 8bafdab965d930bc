/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffcodec.h"
#include "ffmpeg/ffoutput.h"
#include "ffmpeg/ffprogress.h"
#include "ffmpeg/ffsink.h"
#include "profile/profile.h"
#include "profile/workname.h"

/* Bytes that may wait in the kernel for a server. By default these are megabytes,
 * a minute of a small stream, before anybody notices that it has stopped
 * reading; this is enough for 8 Mbit/s at half a second's distance. */
#define FFOUTPUT_SEND_BUFFER "524288"

/* Decoded frames, as the frames link wants them: fitted into its size, at its
 * rate, on stdout. */
static void
ffoutput_frames(struct ffline *a)
{
	const struct plan_frames *f = &a->w->frames;
	char *fit = ffline_fit(&f->geometry);

	ffline_put(a, "-map", "0:v:0", NULL);
	if (a->source->every > 0) /* each at once; the link repeats it */
		ffline_put(a, "-vf", fit, "-threads", "1", NULL);
	else
		ffline_putf(a, "-vf", "%s,fps=%lld/%lld", fit,
		    (long long)f->fps.num, (long long)f->fps.den);
	free(fit);
	ffline_put(a, "-pix_fmt", pixfmt_names[f->geometry.format], "-f",
	    "rawvideo", "pipe:1", NULL);
}

/* Where a recorder writes until its files get their names; in a plan that is
 * not run, with a word for the part that differs from run to run. */
static char *
ffoutput_working_name(const struct ffline *a, const struct profile_output *o)
{
	char name[PROFILE_NAME_MAX + 1];
	struct workname w = { o->record, a->p->name, name, "RUN" };

	if (a->w->to != NULL)
		return xstrdup(a->w->to);
	profile_output_name(a->p, (size_t)a->w->output, name);
	return workname_pattern(&w);
}

/* Recorded files survive a crash: at most one second is lost. Each complete one
 * is reported among the progress lines. */
static void
ffoutput_record(
    struct ffline *a, const struct profile_output *o, const char *format)
{
	ffline_put(a, "-f", "segment", "-segment_format", format,
	    "-segment_format_options",
	    util_streq(format, "mp4")
		? "movflags=+frag_keyframe+empty_moov+default_base_moof:"
		  "frag_duration=1000000:flush_packets=1"
		: util_streq(format, "matroska")
		? "cluster_time_limit=1000:flush_packets=1"
		: "flush_packets=1",
	    NULL);
	ffline_putf(a, "-segment_time", "%g", (double)o->segment / 1000.0);
	ffline_put(a, "-segment_atclocktime", "1", "-reset_timestamps", "1",
	    "-segment_list_type", "flat", NULL);
	ffline_putf(a, "-segment_list", "pipe:%d", FFPROGRESS_FD);
	ffline_options(a, &o->options);
	strv_take(a->argv, ffoutput_working_name(a, o));
}

/* A playlist that continues after a restart, every file complete. */
static void
ffoutput_hls(struct ffline *a, const struct profile_output *o)
{
	char *segments = ffsink_segments(o->url);

	ffline_put(a, "-hls_time", "2", "-hls_list_size", "6", "-hls_flags",
	    "delete_segments+append_list+independent_segments+omit_endlist"
	    "+temp_file",
	    NULL);
	ffline_put(a, "-hls_segment_filename", segments, NULL);
	free(segments);
}

/* Options that an output's protocol needs. */
static void
ffoutput_protocol(struct ffline *a, const struct profile_output *o)
{
	if (url_is_rtmp(o->url)) {
		ffline_put(a, "-flvflags", "no_duration_filesize",
		    "-rw_timeout", FFLINE_IO_TIMEOUT_US, NULL);
		/* saves two delayed ACKs, 150 ms, of every connect */
		if (url_has_scheme(o->url, "rtmp") && a->ver >= FFVER(5, 0))
			ffline_put(a, "-tcp_nodelay", "1", NULL);
		if (url_has_scheme(o->url, "rtmp"))
			ffline_put(
			    a, "-send_buffer_size", FFOUTPUT_SEND_BUFFER, NULL);
	} else if (url_is_rtsp(o->url)) {
		ffline_put(a, "-rtsp_transport", "tcp", ffline_rtsp_timeout(a),
		    FFLINE_IO_TIMEOUT_US, NULL);
	} else if (url_has_scheme(o->url, "udp")) {
		ffline_put(a, "-pkt_size", "1316", NULL);
	} else if (url_has_scheme(o->url, "tcp")) {
		ffline_put(a, "-rw_timeout", FFLINE_IO_TIMEOUT_US, NULL);
	}
}

/* MPEG-TS on stdout, as it comes: no delay of the muxer's own, every packet
 * written at once, and the length of each frame in its header, without which a
 * demuxer waits for the next one. */
static void
ffoutput_packets(struct ffline *a)
{
	ffcodec_video(a);
	ffcodec_audio(a, "mpegts");
	ffline_put(a, "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
	    "-flush_packets", "1", "-omit_video_pes_length", "0", "pipe:1",
	    NULL);
}

/* To the profile's output. */
static void
ffoutput_address(struct ffline *a)
{
	const struct profile_output *o =
	    profile_output(a->p, (size_t)a->w->output);
	const char *format = ffsink_format(o);

	if (a->w->reads == LINK_PACKETS) {
		ffcodec_copy(a, format);
	} else {
		ffcodec_video(a);
		ffcodec_audio(a, format);
	}
	if (o->record != NULL) {
		ffoutput_record(a, o, format);
		return;
	}
	if (format != NULL)
		ffline_put(a, "-f", format, NULL);
	if (util_streq(format, "hls"))
		ffoutput_hls(a, o);
	ffoutput_protocol(a, o);
	ffline_options(a, &o->options);
	strv_take(a->argv,
	    a->w->to != NULL ? xstrdup(a->w->to)
			     : ffline_url(o->url, o->user, o->password));
}

void
ffoutput_put(struct ffline *a)
{
	static void (*const outputs[])(struct ffline *) = {
		[LINK_NONE] = ffoutput_address,
		[LINK_FRAMES] = ffoutput_frames,
		[LINK_PACKETS] = ffoutput_packets,
	};
	_Static_assert(NELEM(outputs) == N_LINK_TYPES, "an output for each");

	outputs[a->w->writes](a);
}
