/* SPDX-License-Identifier: ISC */
/*
 * What may stand in a profile: the tables, then the checks that look at more
 * than one key. Rows stand in the order of the manual page.
 */
#include "config.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/errors.h"
#include "base/secrets.h"
#include "base/util.h"
#include "media/pattern.h"
#include "profile/dates.h"
#include "profile/expand.h"
#include "profile/learn.h"
#include "profile/profile.h"
#include "profile/workname.h"

#define ROW(s, m) .name = #m, .offset = offsetof(struct s, m)
#define SECOND	  1000.0
#define HOUR	  (3600 * SECOND)

static const struct key frames_keys[] = {
	{ ROW(profile_frames, size), .type = KEY_SIZE, .flags = KEY_REQUIRED,
	    .help = "Width and height of the pictures, such as 1280x720." },
	{ ROW(profile_frames, format), .type = KEY_ENUM,
	    .choices = pixfmt_names, .def = "bgr24",
	    .help = "Pixel format, by ffmpeg's name." },
	{ ROW(profile_frames, fps), .type = KEY_RATE, .flags = KEY_REQUIRED,
	    .unit = "fps",
	    .help = "Pictures a second to the encoder: a late one is bridged "
		    "by repeating the last, a surplus one is dropped." },
	{ ROW(profile_frames, queue), .type = KEY_INT, .min = 1,
	    .max = FRAME_QUEUE_MAX, .def = "3", .unit = "pictures",
	    .help = "Pictures that may wait; the oldest is dropped." },
	{ ROW(profile_frames, command), .type = KEY_STRINGS,
	    .help = "Program and arguments; it writes whole pictures to its "
		    "standard output. No shell is involved." },
	{ ROW(profile_frames, fd), .type = KEY_INT, .min = 1, .max = 9,
	    .def = "1",
	    .help = "Descriptor that the command writes pictures to; with 3, "
		    "what it prints cannot shear a picture. It finds the "
		    "number in FFSUP_FD." },
	{ ROW(profile_frames, fifo), .type = KEY_STRING,
	    .help = "A named pipe that any program may write pictures to; "
		    "ffsup makes it, for its own user." },
	{ ROW(profile_frames, socket), .type = KEY_BOOL, .def = "false",
	    .help = "Take pictures from the stream's own socket, which ffsup "
		    "feed writes to." },
	{ ROW(profile_frames, pattern), .type = KEY_ENUM,
	    .choices = pattern_names, .def = NULL,
	    .help = "A test picture instead of a program." },
	{ 0 }
};

static const struct key h264_keys[] = {
	{ ROW(profile_h264, command), .type = KEY_STRINGS,
	    .help = "Program and arguments; it writes H.264 (Annex B) to its "
		    "standard output. No shell is involved." },
	{ ROW(profile_h264, fd), .type = KEY_INT, .min = 1, .max = 9,
	    .def = "1",
	    .help = "Descriptor that the command writes to. It finds the "
		    "number in FFSUP_FD." },
	{ ROW(profile_h264, fifo), .type = KEY_STRING,
	    .help = "A named pipe that any program may write H.264 to; ffsup "
		    "makes it, for its own user." },
	{ ROW(profile_h264, socket), .type = KEY_BOOL, .def = "false",
	    .help = "Take H.264 from the stream's own socket, which ffsup "
		    "feed writes to." },
	{ ROW(profile_h264, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "The rate that the camera is set to: a hint for the first "
		    "pictures, the time stamps follow what comes." },
	{ 0 }
};

static const struct key source_keys[] = {
	{ ROW(profile_source, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Anything that ffmpeg can read." },
	{ ROW(profile_source, user), .type = KEY_STRING, .flags = KEY_SECRET,
	    .help = "User name for the URL, as it is: ffsup encodes it." },
	{ ROW(profile_source, password), .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .help = "Password for the URL, as it is: ffsup encodes it." },
	{ ROW(profile_source, format), .type = KEY_STRING,
	    .help = "Input format (-f) where ffmpeg cannot tell, such as "
		    "lavfi or mjpeg." },
	{ ROW(profile_source, device), .type = KEY_STRING,
	    .help = "A V4L2 device; /dev/v4l/by-id/... survives replugging." },
	{ ROW(profile_source, input_format), .type = KEY_STRING,
	    .help = "What the device is to deliver: mjpeg, yuyv422, h264." },
	{ ROW(profile_source, size), .type = KEY_SIZE,
	    .help = "Picture size to ask the device for." },
	{ ROW(profile_source, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "Frame rate to ask the device for." },
	{ ROW(profile_source, files), .type = KEY_STRINGS,
	    .help = "Files and patterns, played in order at their own pace." },
	{ ROW(profile_source, loop), .type = KEY_BOOL, .def = "false",
	    .help = "Begin again after the last file, for ever." },
	{ ROW(profile_source, frames), .type = KEY_OBJECT, .sub = frames_keys,
	    .help = "Raw pictures from a program." },
	{ ROW(profile_source, h264), .type = KEY_OBJECT, .sub = h264_keys,
	    .help = "H.264 from a camera program, passed on as it is." },
	{ ROW(profile_source, options), .type = KEY_OPTIONS,
	    .help = "Input options, passed to ffmpeg as they are." },
	{ 0 }
};

static const char *const video_words[] = {
	[VIDEO_COPY] = "copy", [VIDEO_NONE] = "none", NULL
};

static const struct key video_keys[] = {
	{ ROW(profile_video, encoder), .type = KEY_STRING, .def = "libx264",
	    .help = "ffmpeg's name of the encoder." },
	{ ROW(profile_video, preset), .type = KEY_STRING,
	    .help = "The encoder's preset; veryfast for libx264 and libx265." },
	{ ROW(profile_video, tune), .type = KEY_STRING,
	    .help = "The encoder's tune; zerolatency for libx264 and "
		    "libx265." },
	{ ROW(profile_video, profile), .type = KEY_STRING,
	    .help = "The encoder's profile, such as main." },
	{ ROW(profile_video, bitrate), .type = KEY_BITRATE, .min = 8e3,
	    .max = 1e9, .unit = "bit/s",
	    .help = "Target and cap of the bitrate; by picture size when not "
		    "given." },
	{ ROW(profile_video, gop), .type = KEY_DURATION, .def = "2s",
	    .min = 0.1 * SECOND, .max = 60 * SECOND, .unit = "s",
	    .help = "Time between key frames." },
	{ ROW(profile_video, size), .type = KEY_SIZE,
	    .help = "Scale to this size before encoding." },
	{ ROW(profile_video, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "Change to this frame rate before encoding." },
	{ ROW(profile_video, pixel_format), .type = KEY_STRING,
	    .def = "yuv420p",
	    .help = "Pixel format of the encoded video; players expect "
		    "yuv420p." },
	{ ROW(profile_video, options), .type = KEY_OPTIONS,
	    .help = "Encoder options, passed to ffmpeg as they are." },
	{ 0 }
};

static const char *const audio_words[] = { [AUDIO_AUTO] = "auto",
	[AUDIO_COPY] = "copy",
	[AUDIO_NONE] = "none",
	[AUDIO_SILENCE] = "silence",
	NULL };

static const struct key audio_keys[] = {
	{ ROW(profile_audio, device), .type = KEY_STRING,
	    .help = "An ALSA device, such as hw:1,0." },
	{ ROW(profile_audio, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Sound from somewhere else." },
	{ 0 }
};

static const struct key output_keys[] = {
	{ ROW(profile_output, name), .type = KEY_STRING,
	    .help = "Name of the output in messages; else its scheme." },
	{ ROW(profile_output, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Where to send: rtmp, rtmps, rtsp, srt, udp, a .m3u8, a "
		    "file." },
	{ ROW(profile_output, user), .type = KEY_STRING, .flags = KEY_SECRET,
	    .help = "User name for the URL, as it is: ffsup encodes it." },
	{ ROW(profile_output, password), .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .help = "Password for the URL, as it is: ffsup encodes it." },
	{ ROW(profile_output, record), .type = KEY_STRING,
	    .help = "Record to files of this name, with strftime(3) "
		    "conversions, in .mkv, .ts or .mp4 (fragmented). A name "
		    "that is taken gets a number." },
	{ ROW(profile_output, segment), .type = KEY_DURATION, .def = "10m",
	    .min = SECOND, .max = 24 * HOUR, .unit = "s",
	    .help = "Length of one recorded file." },
	{ ROW(profile_output, max_size), .type = KEY_BYTES, .def = "0",
	    .min = 0, .max = 1e18, .unit = "bytes", .flags = KEY_LIVE,
	    .help = "Bytes that the recorded files may take together; the "
		    "oldest are removed. 0: no limit." },
	{ ROW(profile_output, max_age), .type = KEY_DURATION, .def = "0",
	    .max = 3660 * 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Age at which a recorded file is removed. 0: never." },
	{ ROW(profile_output, min_free), .type = KEY_BYTES, .def = "0",
	    .min = 0, .max = 1e18, .unit = "bytes", .flags = KEY_LIVE,
	    .help = "Bytes that the file system is to keep free; the oldest "
		    "recorded files are removed for that. 0: not watched." },
	{ ROW(profile_output, lag), .type = KEY_DURATION, .def = "5s",
	    .min = 0.1 * SECOND, .max = HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time that this output may be behind the others; then it "
		    "skips to the newest key frame." },
	{ ROW(profile_output, format), .type = KEY_STRING,
	    .help = "Container (-f), where the URL does not tell." },
	{ ROW(profile_output, options), .type = KEY_OPTIONS,
	    .help = "Output options, passed to ffmpeg as they are." },
	{ 0 }
};

static const struct key fallback_keys[] = {
	{ ROW(profile_fallback, slate_after), .type = KEY_DURATION, .def = "5s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time without a new picture after which the slate is "
		    "sent; until then, the last picture." },
	{ ROW(profile_fallback, slate), .type = KEY_STRING, .flags = KEY_LIVE,
	    .help = "An image to send; without one, the last picture, dimmed, "
		    "with moving bars at its bottom edge." },
	{ ROW(profile_fallback, give_up_after), .type = KEY_DURATION,
	    .def = "0", .max = 7 * 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time without a new picture after which the broadcast is "
		    "ended until there is one; 0: never." },
	{ 0 }
};

static const struct key auth_keys[] = {
	{ ROW(profile_backoff, min), .type = KEY_DURATION, .def = "60s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay; it doubles." },
	{ ROW(profile_backoff, max), .type = KEY_DURATION, .def = "15m",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay." },
	{ 0 }
};

static const struct key device_keys[] = {
	{ ROW(profile_backoff, min), .type = KEY_DURATION, .def = "2s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay; it doubles." },
	{ ROW(profile_backoff, max), .type = KEY_DURATION, .def = "30s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay." },
	{ 0 }
};

static const struct key restart_keys[] = {
	{ ROW(profile_restart, min), .type = KEY_DURATION, .def = "500ms",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay after a run that was not healthy; after a "
		    "healthy one the restart is at once." },
	{ ROW(profile_restart, max), .type = KEY_DURATION, .def = "20s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay; ffsup never gives up." },
	{ ROW(profile_restart, factor), .type = KEY_NUMBER, .def = "2",
	    .min = 1, .max = 10, .flags = KEY_LIVE,
	    .help = "Growth of the delay from failure to failure." },
	{ ROW(profile_restart, jitter), .type = KEY_NUMBER, .def = "0.2",
	    .min = 0, .max = 0.9, .flags = KEY_LIVE,
	    .help = "Random spread of each delay, so that streams do not "
		    "restart in step." },
	{ ROW(profile_restart, healthy), .type = KEY_DURATION, .def = "10s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Advancing media that make a run healthy, so that the "
		    "delay begins anew; a start alone never does." },
	{ ROW(profile_restart, held), .type = KEY_DURATION, .def = "15m",
	    .min = 1 * SECOND, .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Delay after what does not get better by itself, such as "
		    "a misspelt option." },
	{ ROW(profile_restart, auth), .type = KEY_OBJECT, .sub = auth_keys,
	    .flags = KEY_LIVE,
	    .help = "Delays after a refused password: cameras lock out." },
	{ ROW(profile_restart, device), .type = KEY_OBJECT, .sub = device_keys,
	    .flags = KEY_LIVE,
	    .help = "Delays after a device that is busy or gone." },
	{ 0 }
};

static const struct key watchdog_keys[] = {
	{ ROW(profile_watchdog, start), .type = KEY_DURATION, .def = "30s",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE, .help = "Time from start to the first frame." },
	{ ROW(profile_watchdog, stall), .type = KEY_DURATION, .def = "15s",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE,
	    .help = "Time without a new frame after which ffmpeg is "
		    "replaced; without a new picture, the producer." },
	{ ROW(profile_watchdog, frozen), .type = KEY_DURATION, .def = "0",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time with one and the same picture after which the "
		    "stream counts as frozen; 0: not watched." },
	{ ROW(profile_watchdog, producer), .type = KEY_DURATION, .def = "2m",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE,
	    .help = "Time from the producer's start to its first picture: "
		    "models are slow to load." },
	{ 0 }
};

static const struct key stop_keys[] = {
	{ ROW(profile_stop, grace), .type = KEY_DURATION, .def = "5s",
	    .min = 0.1 * SECOND, .max = HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time from the first step of a stop to SIGKILL." },
	{ 0 }
};

static const struct key limits_keys[] = {
	{ ROW(profile_limits, nice), .type = KEY_INT, .min = -20, .max = 19,
	    .def = "0", .help = "Added to the nice value of its processes." },
	{ 0 }
};

static const struct key logs_keys[] = {
	{ ROW(profile_logs, lines), .type = KEY_INT, .min = 10, .max = 100000,
	    .def = "200", .unit = "lines", .flags = KEY_LIVE,
	    .help = "Lines of stderr kept of each run." },
	{ ROW(profile_logs, runs), .type = KEY_INT, .min = 1, .max = 100,
	    .def = "5", .unit = "runs", .flags = KEY_LIVE,
	    .help = "Runs whose lines and endings are kept." },
	{ 0 }
};

const struct key profile_keys[] = { { ROW(profile, description),
					.type = KEY_STRING, .flags = KEY_LIVE,
					.help = "A few words for people." },
	{ ROW(profile, enabled), .type = KEY_BOOL, .def = "true",
	    .help = "Whether the stream is to run." },
	{ ROW(profile, source), .type = KEY_OBJECT, .sub = source_keys,
	    .size = sizeof(struct profile_source),
	    .more = offsetof(struct profile_source, more),
	    .max = PROFILE_SOURCES_MAX, .flags = KEY_SOURCE,
	    .help = "Where pictures come from: exactly one of url, device, "
		    "files, frames and h264. Of a list of such sources, the "
		    "first that works." },
	{ ROW(profile, prefer_after), .type = KEY_DURATION, .def = "30s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time that a better source of a list must have brought "
		    "pictures without a pause before it is used again." },
	{ ROW(profile, video), .type = KEY_OBJECT, .sub = video_keys,
	    .choices = video_words, .flags = KEY_SENDER,
	    .help = "copy, none, or how to encode. Frames are encoded, "
		    "devices too; everything else is copied by default." },
	{ ROW(profile, audio), .type = KEY_OBJECT, .sub = audio_keys,
	    .choices = audio_words, .flags = KEY_SENDER,
	    .help = "auto, copy, none, silence, or where sound comes from." },
	{ ROW(profile, outputs), .type = KEY_LIST, .sub = output_keys,
	    .size = sizeof(struct profile_output),
	    .flags = KEY_SENDER | KEY_OUTPUT,
	    .help = "Where to send: one output, or several." },
	{ ROW(profile, isolate), .type = KEY_BOOL, .def = "false",
	    .help = "Give a single output a process of its own, as several "
		    "outputs have: its failures do not touch the source." },
	{ ROW(profile, fallback), .type = KEY_OBJECT, .sub = fallback_keys,
	    .flags = KEY_LIVE,
	    .help = "What is sent while no pictures come. With it, a url, a "
		    "device and files are decoded, so that the broadcast "
		    "outlives them; where video is copied, a slate like it is "
		    "encoded and switched in." },
	{ ROW(profile, standby), .type = KEY_BOOL, .def = "false",
	    .help = "Keep a second encoder started, which takes over when "
		    "the first one dies." },
	{ ROW(profile, restart), .type = KEY_OBJECT, .sub = restart_keys,
	    .flags = KEY_LIVE, .help = "Delays between restarts." },
	{ ROW(profile, watchdog), .type = KEY_OBJECT, .sub = watchdog_keys,
	    .flags = KEY_LIVE, .help = "When a mute ffmpeg is replaced." },
	{ ROW(profile, stop), .type = KEY_OBJECT, .sub = stop_keys,
	    .flags = KEY_LIVE, .help = "How a process is stopped." },
	{ ROW(profile, limits), .type = KEY_OBJECT, .sub = limits_keys,
	    .help = "Limits of the stream's processes." },
	{ ROW(profile, logs), .type = KEY_OBJECT, .sub = logs_keys,
	    .flags = KEY_LIVE, .help = "How much stderr is kept." },
	{ ROW(profile, env), .type = KEY_ENV,
	    .help = "Environment of the stream's processes." },
	{ ROW(profile, args), .type = KEY_STRINGS,
	    .help = "ffmpeg's arguments, untouched, instead of source, video, "
		    "audio and outputs." },
	{ 0 } };

static bool
profile_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* Whether it can be a name on a command line. */
static bool
profile_is_name(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if (!profile_name_char(s[i]))
			return false;
	return len > 0 && len <= PROFILE_NAME_MAX && s[0] != '-';
}

char *
profile_name(const char *path, const char **why)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash == NULL ? path : slash + 1;
	size_t len = strlen(stem);

	if (util_has_suffix(stem, ".json"))
		len -= strlen(".json");
	if (len == 0 || len > PROFILE_NAME_MAX || stem[0] == '.' ||
	    stem[0] == '-') {
		*why = "the name before .json must have 1 to 64 characters "
		       "and not begin with '.' or '-'";
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (!profile_name_char(stem[i])) {
			*why = "the name before .json may hold letters, "
			       "digits, '_', '.' and '-' only";
			return NULL;
		}
	}
	return xstrndup(stem, len);
}

const struct profile_output *
profile_output(const struct profile *p, size_t i)
{
	const struct profile_output *v = p->outputs.v;

	return i < p->outputs.n ? &v[i] : NULL;
}

size_t
profile_n_sources(const struct profile *p)
{
	return 1 + p->source.more.n;
}

const struct profile_source *
profile_source_at(const struct profile *p, size_t i)
{
	const struct profile_source *v = p->source.more.v;

	if (i == 0)
		return &p->source;
	return i < profile_n_sources(p) ? &v[i - 1] : NULL;
}

/* What an output is called that has no name: by its scheme, "file" without
 * one. */
static void
profile_scheme(const struct profile_output *o, char name[PROFILE_NAME_MAX + 1])
{
	const char *to = o->url != NULL ? o->url : o->record;
	int len = to == NULL ? 0 : (int)strcspn(to, ":");

	if (to == NULL || o->record != NULL || strstr(to, "://") == NULL ||
	    len > 16)
		snprintf(name, PROFILE_NAME_MAX + 1, "file");
	else
		snprintf(name, PROFILE_NAME_MAX + 1, "%.*s", len, to);
}

/* Whether an output was given this name. */
static bool
profile_names_output(const struct profile *p, const char *name)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		if (util_streq(o->name, name))
			return true;
	return false;
}

/* The nth name that goes with a scheme: "rtmp", "rtmp2", ... without those that
 * outputs were given. */
static void
profile_number_name(const struct profile *p, const char *scheme, size_t n,
    char name[PROFILE_NAME_MAX + 1])
{
	snprintf(name, PROFILE_NAME_MAX + 1, "%s", scheme);
	for (int number = 2; profile_names_output(p, name) || n-- > 0; number++)
		snprintf(name, PROFILE_NAME_MAX + 1, "%.16s%d", scheme, number);
}

void
profile_output_name(
    const struct profile *p, size_t i, char name[PROFILE_NAME_MAX + 1])
{
	const struct profile_output *o = profile_output(p, i);
	char scheme[PROFILE_NAME_MAX + 1], other[PROFILE_NAME_MAX + 1];
	size_t before = 0;

	if (o->name != NULL) {
		snprintf(name, PROFILE_NAME_MAX + 1, "%s", o->name);
		return;
	}
	profile_scheme(o, scheme);
	for (size_t k = 0; k < i; k++) {
		if (profile_output(p, k)->name != NULL)
			continue;
		profile_scheme(profile_output(p, k), other);
		before += strcmp(scheme, other) == 0;
	}
	profile_number_name(p, scheme, before, name);
}

bool
profile_is_rtmp(const struct profile_output *o)
{
	return o->url != NULL && util_has_prefix(o->url, "rtmp");
}

const struct strv *
profile_command(const struct profile *p)
{
	return p->source.h264.key.set ? &p->source.h264.command
				      : &p->source.frames.command;
}

/* Platforms that show nothing of a stream without sound. */
static const char *const profile_deaf_hosts[] = { "youtube.com", "facebook.com",
	"instagram.com", "pscp.tv" };

/* Whether a URL's host is, or belongs to, one of them. */
static bool
profile_is_deaf(const char *url)
{
	const char *host = strstr(url, "://"), *at;
	size_t len;

	if (host == NULL)
		return false;
	host += 3;
	at = memrchr(host, '@', strcspn(host, "/?"));
	if (at != NULL)
		host = at + 1;
	len = strcspn(host, ":/?");
	for (size_t i = 0; i < NELEM(profile_deaf_hosts); i++) {
		size_t n = strlen(profile_deaf_hosts[i]);

		if (len >= n &&
		    strncasecmp(host + len - n, profile_deaf_hosts[i], n) ==
			0 &&
		    (len == n || host[len - n - 1] == '.'))
			return true;
	}
	return false;
}

/* Whether one of the outputs goes to such a platform. */
static bool
profile_has_deaf(const struct profile *p)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		if (o->url != NULL && profile_is_deaf(o->url))
			return true;
	return false;
}

bool
profile_adds_silence(const struct profile *p)
{
	const struct profile_audio *a = &p->audio;

	return (!a->key.set || a->key.word == AUDIO_AUTO) &&
	    profile_has_deaf(p);
}

bool
profile_wants_silence(const struct profile *p)
{
	return p->audio.key.word == AUDIO_SILENCE || profile_adds_silence(p);
}

/* Whether it has to be seen in what the source sends if silence is needed:
 * only behind a packets link can that be done. */
static bool
profile_learns_silence(const struct profile *p)
{
	return p->source.url != NULL && !profile_is_decoded(p) &&
	    profile_adds_silence(p);
}

bool
profile_fans_out(const struct profile *p)
{
	return p->args.n == 0 &&
	    (p->outputs.n > 1 || p->isolate || profile_n_sources(p) > 1 ||
		p->source.h264.key.set || profile_has_reel(p) ||
		profile_learns_silence(p));
}

/* Keys that raw `args` stand in for. */
static const char *const profile_media_keys[] = { "source", "prefer_after",
	"video", "audio", "outputs", "isolate" };

/* Names of processes that are no outputs. */
static const char *const profile_taken_names[] = { "direct", "producer",
	"source", "source2", "source3", "source4", "encoder", "encoder2",
	"slate", NULL };

static bool
profile_is_media_key(const char *key)
{
	for (size_t i = 0; i < NELEM(profile_media_keys); i++)
		if (strcmp(profile_media_keys[i], key) == 0)
			return true;
	return false;
}

/* Copy into `object` what it leaves out; objects are merged, all else is
 * taken whole. New members go to the end: places in the text stay right. */
static void
profile_merge(cJSON *object, const cJSON *defaults, bool skip_media)
{
	const cJSON *d;

	cJSON_ArrayForEach(d, defaults) {
		cJSON *mine = jsonc_get(object, d->string);

		if (skip_media && profile_is_media_key(d->string))
			continue;
		if (mine == NULL)
			cJSON_AddItemToObject(
			    object, d->string, cJSON_Duplicate(d, true));
		else if (cJSON_IsObject(mine) && cJSON_IsObject(d))
			profile_merge(mine, d, false);
	}
}

/* --- checks that look at more than one key ------------------------------ */

/* What the checks need to speak of a place. */
struct profile_check {
	const struct profile *p;
	const struct jsonc *doc;
	struct errors *errs;
	const struct profile_source *source; /* the one that is looked at */
	size_t n_source;		     /* and which it is */
};

/* A place in the file: below "source", that of the source that is looked at.
 * Caller frees. */
static char *
profile_place(const struct profile_check *c, const char *path)
{
	size_t len = strlen("source");

	if (strncmp(path, "source", len) != 0 ||
	    (path[len] == '\0' && c->source == NULL) ||
	    !cJSON_IsArray(jsonc_get(c->doc->root, "source")))
		return xstrdup(path);
	return xasprintf("source[%zu]%s", c->n_source, path + len);
}

/* Something is wrong at a place in the file, or with what "defaults" put
 * there. */
static void __attribute__((format(printf, 3, 4))) profile_error(
    const struct profile_check *c, const char *path, const char *fmt, ...)
{
	char *place = profile_place(c, path), *text;
	int line, col;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	schema_locate(c->doc, place, &line, &col);
	schema_error(c->doc, place, c->errs, "%s%s", text,
	    line == 0 ? " (it comes from \"defaults\" in ffsup.json)" : "");
	free(text);
	free(place);
}

/* Raw arguments stand alone. */
static void
profile_check_args(const struct profile_check *c)
{
	for (size_t i = 0; i < NELEM(profile_media_keys); i++)
		if (jsonc_get(c->doc->root, profile_media_keys[i]) != NULL)
			profile_error(c, profile_media_keys[i],
			    "does not go with \"args\", remove one of them");
}

/* A part of a URL that ffsup is to encode must not be in it already. */
static void
profile_check_login(const struct profile_check *c, const char *path,
    const char *url, const char *user)
{
	const char *rest = url == NULL ? NULL : strstr(url, "://");
	size_t len = rest == NULL ? 0 : strcspn(rest + 3, "/?#");
	const char *at = len == 0 ? NULL : memrchr(rest + 3, '@', len);

	if (at != NULL && user != NULL)
		profile_error(c, path,
		    "has a user in it, and \"user\" beside it: keep one");
	else if (at != NULL && memchr(rest + 3, '@', (size_t)(at - rest - 3)))
		profile_error(c, path,
		    "\"@\" inside the password must not be in the URL, use "
		    "\"user\" and \"password\" beside it: ffsup encodes them");
}

/* A value that ffmpeg would take for an option. */
static void
profile_check_operand(
    const struct profile_check *c, const char *path, const char *value)
{
	if (value != NULL && value[0] == '-' && value[1] != '\0')
		profile_error(c, path, "must not begin with \"-\"");
}

/* The ways in that pictures and camera programs have in common. */
static void
profile_check_ways(const struct profile_check *c, const char *path,
    const struct strv *command, int64_t fd, const char *fifo)
{
	char *at = xasprintf("%s.fd", path);

	if (fd == 2)
		profile_error(c, at, "is standard error, use 1 or 3");
	if (fd != 1 && command->n == 0)
		profile_error(c, at, "goes with \"command\"");
	free(at);
	at = xasprintf("%s.fifo", path);
	if (fifo != NULL && fifo[0] != '/')
		profile_error(c, at,
		    "must be an absolute path, such as /run/ffsup/cam.raw");
	free(at);
}

static void
profile_check_h264(const struct profile_check *c)
{
	const struct profile_h264 *h = &c->source->h264;
	int ways = (h->command.n > 0) + (h->fifo != NULL) + h->socket;

	if (ways == 0)
		profile_error(c, "source.h264",
		    "has nothing to read, add \"command\", \"fifo\" or "
		    "\"socket\"");
	else if (ways > 1)
		profile_error(c, "source.h264",
		    "\"command\", \"fifo\" and \"socket\" exclude each other");
	profile_check_ways(c, "source.h264", &h->command, h->fd, h->fifo);
	if (c->p->video.key.set && c->p->video.key.word != VIDEO_COPY)
		profile_error(c, "video",
		    "what comes from \"h264\" is passed on as it is, leave "
		    "this out or say \"copy\"");
	if (c->source->options.n > 0)
		profile_error(c, "source.options",
		    "go to the ffmpeg that reads the source, and with "
		    "\"h264\" there is none");
}

static void
profile_check_frames(const struct profile_check *c)
{
	const struct profile_frames *f = &c->source->frames;
	int ways = (f->command.n > 0) + (f->pattern >= 0) + (f->fifo != NULL) +
	    f->socket;
	struct geometry g;

	if (ways == 0)
		profile_error(c, "source.frames",
		    "has no pictures, add \"command\", \"fifo\", \"socket\" or "
		    "\"pattern\"");
	else if (ways > 1)
		profile_error(c, "source.frames",
		    "\"command\", \"fifo\", \"socket\" and \"pattern\" exclude "
		    "each other");
	profile_check_ways(c, "source.frames", &f->command, f->fd, f->fifo);
	if (f->size.w > 0 &&
	    geometry_init(&g, (enum pixfmt)f->format, f->size.w, f->size.h) ==
		-1)
		profile_error(c, "source.frames.size",
		    "is larger than %d on one side", SIZE_SIDE_MAX);
}

/* Keys that belong to one kind of source only. */
static void
profile_check_source_extras(const struct profile_check *c)
{
	const struct profile_source *s = c->source;

	if (s->device == NULL && s->input_format != NULL)
		profile_error(c, "source.input_format", "goes with \"device\"");
	if (s->device == NULL && s->size.w > 0)
		profile_error(c, "source.size", "goes with \"device\"");
	if (s->device == NULL && s->fps.num > 0)
		profile_error(c, "source.fps", "goes with \"device\"");
	if (s->files.n == 0 && s->loop)
		profile_error(c, "source.loop", "goes with \"files\"");
	if (s->url == NULL && s->user != NULL)
		profile_error(c, "source.user", "goes with \"url\"");
	if (s->user == NULL && s->password != NULL)
		profile_error(c, "source.password", "goes with \"user\"");
}

/* What a source of several cannot be. */
static void
profile_check_source_of_list(const struct profile_check *c)
{
	const struct profile_source *s = c->source;

	if (s->frames.key.set)
		profile_error(c, "source.frames",
		    "cannot be one of several sources, which are switched "
		    "without being decoded: let it be the only one, and add "
		    "\"fallback\" for when its pictures stay away");
	if (s->h264.key.set)
		profile_error(c, "source.h264",
		    "cannot be one of several sources: its program is started "
		    "anew when it fails, and the outputs wait for it");
	if (s->files.n > 0 && !s->loop)
		profile_error(c, "source.files",
		    "would be played anew again and again as one of several "
		    "sources: say so with \"loop\": true");
}

static void
profile_check_source(const struct profile_check *c)
{
	const struct profile_source *s = c->source;
	int kinds = (s->url != NULL) + (s->device != NULL) + (s->files.n > 0) +
	    s->frames.key.set + s->h264.key.set;

	if (!s->key.set) {
		profile_error(c, "source",
		    "is missing, say where pictures "
		    "come from");
		return;
	}
	if (kinds != 1)
		profile_error(c, "source",
		    "needs exactly one of \"url\", \"device\", \"files\", "
		    "\"frames\" and \"h264\", has %d",
		    kinds);
	if (s->frames.key.set)
		profile_check_frames(c);
	if (s->h264.key.set)
		profile_check_h264(c);
	profile_check_source_extras(c);
	profile_check_login(c, "source.url", s->url, s->user);
	profile_check_operand(c, "source.url", s->url);
	profile_check_operand(c, "source.device", s->device);
	for (size_t i = 0; i < s->files.n; i++)
		profile_check_operand(c, "source.files", s->files.v[i]);
	if (profile_n_sources(c->p) > 1)
		profile_check_source_of_list(c);
}

static void
profile_check_sources(const struct profile_check *c)
{
	struct profile_check each = *c;

	for (size_t i = 0; i < profile_n_sources(c->p); i++) {
		each.source = profile_source_at(c->p, i);
		each.n_source = i;
		profile_check_source(&each);
	}
}

/* Even sizes where the encoder asks for them: 4:2:0 has half the chroma. */
static void
profile_check_even(
    const struct profile_check *c, const char *path, struct size size)
{
	const char *pix = c->p->video.pixel_format;

	if (size.w == 0 || pix == NULL || strstr(pix, "420") == NULL)
		return;
	if (size.w % 2 != 0)
		profile_error(c, path,
		    "%dx%d: the width must be even for %s, use %d or %d",
		    size.w, size.h, pix, size.w - 1, size.w + 1);
	if (size.h % 2 != 0)
		profile_error(c, path,
		    "%dx%d: the height must be even for %s, use %d or %d",
		    size.w, size.h, pix, size.h - 1, size.h + 1);
}

static void
profile_check_video(const struct profile_check *c)
{
	const struct profile_source *s = &c->p->source;
	const struct profile_video *v = &c->p->video;
	bool scaled = v->size.w > 0;

	if (s->frames.key.set && v->key.word == VIDEO_COPY)
		profile_error(
		    c, "video", "raw frames cannot be copied, name an encoder");
	if (v->key.word == VIDEO_NONE && s->frames.key.set)
		profile_error(c, "video",
		    "frames are video, \"none\" leaves "
		    "nothing to send");
	if (v->key.word >= 0)
		return;
	if (scaled)
		profile_check_even(c, "video.size", v->size);
	else if (s->frames.key.set)
		profile_check_even(c, "source.frames.size", s->frames.size);
	profile_check_operand(c, "video.encoder", v->encoder);
}

/* What a decoded source, or a spare encoder, asks of the other keys. */
static void
profile_check_fallback(const struct profile_check *c)
{
	const struct profile *p = c->p;
	bool frames = p->source.frames.key.set;
	bool size = p->video.size.w > 0 || p->source.size.w > 0;
	bool fps = p->video.fps.num > 0 || p->source.fps.num > 0;

	if (p->standby && !frames && !profile_is_decoded(p) &&
	    profile_n_sources(p) == 1)
		profile_error(c, "standby",
		    "goes with \"frames\", with \"fallback\", or with several "
		    "sources: only an encoder that ffsup feeds, or another "
		    "source, can wait for its turn");
	if (!profile_is_decoded(p))
		return;
	if (p->video.key.word >= 0)
		profile_error(c, "video",
		    "\"fallback\" replaces pictures, and \"none\" leaves none: "
		    "name an encoder, or say \"copy\"");
	else if (!size || !fps)
		profile_error(c, "fallback",
		    "needs to know the picture, add \"%s\" to \"video\", or let "
		    "it be \"copy\"",
		    !size && !fps ? "size\" and \"fps"
			: size	  ? "fps"
				  : "size");
}

static void
profile_check_audio(const struct profile_check *c)
{
	const struct profile_audio *a = &c->p->audio;

	if (a->key.set && a->key.word < 0 &&
	    (a->device != NULL) == (a->url != NULL))
		profile_error(
		    c, "audio", "needs one of \"device\" and \"url\"");
	if ((c->p->source.frames.key.set || profile_is_decoded(c->p)) &&
	    a->key.word == AUDIO_COPY)
		profile_error(c, "audio",
		    "frames have no sound to copy, use \"silence\" or "
		    "\"none\"");
	if (c->p->source.h264.key.set && a->key.set &&
	    a->key.word != AUDIO_NONE && a->key.word != AUDIO_SILENCE &&
	    a->key.word != AUDIO_AUTO)
		profile_error(c, "audio",
		    "H.264 from a program has no sound, and no ffmpeg that "
		    "could join some: use \"silence\" or \"none\"");
	if (a->key.word == AUDIO_NONE && profile_has_deaf(c->p))
		profile_error(c, "audio",
		    "\"none\", and the platform of an output shows nothing "
		    "without sound: say \"silence\", or leave it to \"auto\"");
	profile_check_operand(c, "audio.url", a->url);
}

/* Seconds after which a recording gets the name of an earlier one again: 1, 60,
 * or 0 for much later. */
static int64_t
profile_record_period(const char *record)
{
	static const int64_t spans[] = { 1, 60 };
	char *first = calendar_text(record, 0), *then;
	int64_t period = 0;

	for (size_t i = 0; period == 0 && i < NELEM(spans); i++) {
		then = calendar_text(record, spans[i] * 1000);
		if (util_streq(first, then))
			period = spans[i];
		free(then);
	}
	free(first);
	return period;
}

/* Whether the files' names can be those that ffsup writes under. */
static bool
profile_is_hidden(const char *record)
{
	char *expanded = dates_expand(record);
	const char *slash = strrchr(expanded, '/');
	const char *name = slash == NULL ? expanded : slash + 1;
	bool is = util_has_prefix(name, WORKNAME_PREFIX);

	free(expanded);
	return is;
}

/* Names that a file system does not take; false: there are some. */
static bool
profile_check_length(
    const struct profile_check *c, const char *at, const char *record)
{
	size_t whole, part = dates_bound(record, &whole), hidden;
	char *base;

	if (part <= NAME_MAX && whole + 1 + WORKNAME_MAX < PATH_MAX)
		return true; /* as nearly all: no need to look at each date */
	part = dates_longest(record, &whole);
	base = dates_base(record);
	hidden = strlen(base) + 1 + WORKNAME_MAX;
	free(base);
	if (part > NAME_MAX)
		profile_error(c, at,
		    "makes a name of %zu bytes, and no file or directory has "
		    "more than %d: write a shorter one",
		    part, NAME_MAX);
	else if (whole >= PATH_MAX || hidden >= PATH_MAX)
		profile_error(c, at,
		    "makes a path of %zu bytes, with the name of a file that "
		    "is not finished %zu, and none has more than %d: write a "
		    "shorter one",
		    whole, hidden, PATH_MAX - 1);
	return part <= NAME_MAX && whole < PATH_MAX && hidden < PATH_MAX;
}

static void
profile_check_record(
    const struct profile_check *c, const char *path, const char *record)
{
	int64_t period = profile_record_period(record);
	char *at = xasprintf("%s.record", path);
	char *loose = dates_find_loose(record);

	profile_check_operand(c, at, record);
	if (!profile_check_length(c, at, record))
		;
	else if (strchr(record, '%') == NULL)
		profile_error(c, at,
		    "a recording is many files, and this is one name: write "
		    "\"/rec/%%Y-%%m-%%d_%%H-%%M-%%S.mkv\"");
	else if (loose != NULL)
		profile_error(c, at,
		    "what \"%s\" makes cannot be told from other files' "
		    "names: leave the width and the \"+\" out",
		    loose);
	else if (profile_is_hidden(record))
		profile_error(c, at,
		    "names that begin with \"" WORKNAME_PREFIX "\" are those "
		    "of files that ffsup has not finished");
	else if (period > 0)
		profile_error(c, at,
		    "the next file may get the same name %lld s later, and "
		    "only a number would tell them apart: write "
		    "\"/rec/%%Y-%%m-%%d_%%H-%%M-%%S.mkv\"",
		    (long long)period);
	else if (!util_has_suffix(record, ".mkv") &&
	    !util_has_suffix(record, ".ts") && !util_has_suffix(record, ".mp4"))
		profile_error(c, at,
		    "must end in .mkv, .ts or .mp4: these survive a crash");
	free(loose);
	free(at);
}

/* Options that would give a recording's files other names than ffsup's. */
static const char *const profile_naming_options[] = { "-f", "-strftime",
	"-segment_list", "-segment_list_entry_prefix", "-segment_list_flags",
	"-segment_list_size", "-segment_list_type", "-segment_start_number",
	"-segment_wrap" };

/* Is this that option? ffmpeg takes "-name:0" for "-name" too. */
static bool
profile_is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 &&
	    (word[len] == '\0' || word[len] == ':');
}

static void
profile_check_record_options(const struct profile_check *c, size_t i)
{
	const struct strv *options = &profile_output(c->p, i)->options;
	char *path = xasprintf("outputs[%zu].options", i);

	for (size_t k = 0; k < options->n; k++)
		for (size_t m = 0; m < NELEM(profile_naming_options); m++)
			if (profile_is_option(
				options->v[k], profile_naming_options[m]))
				profile_error(c, path,
				    "\"%s\" does not go with \"record\": ffsup "
				    "gives the files their names, by the time "
				    "when each is begun",
				    options->v[k] + 1);
	free(path);
}

/* The muxer is "format", which is looked at. */
static void
profile_check_muxer(const struct profile_check *c, size_t i)
{
	const struct strv *options = &profile_output(c->p, i)->options;
	char *path = xasprintf("outputs[%zu].options", i);

	for (size_t k = 0; k < options->n; k++)
		if (profile_is_option(options->v[k], "-f"))
			profile_error(c, path,
			    "\"f\" does not go here: write \"format\" beside "
			    "\"url\"");
	free(path);
}

static void
profile_check_output(const struct profile_check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i);
	char *path = xasprintf("outputs[%zu]", i);
	char *url = xasprintf("outputs[%zu].url", i);

	if ((o->url != NULL) == (o->record != NULL))
		profile_error(c, path, "needs one of \"url\" and \"record\"");
	if (o->url == NULL && o->user != NULL)
		profile_error(c, path, "\"user\" goes with \"url\"");
	if (o->user == NULL && o->password != NULL)
		profile_error(c, path, "\"password\" goes with \"user\"");
	profile_check_login(c, url, o->url, o->user);
	profile_check_operand(c, url, o->url);
	if (o->record != NULL) {
		profile_check_record(c, path, o->record);
		profile_check_record_options(c, i);
	} else {
		profile_check_muxer(c, i);
		if (o->max_size > 0 || o->max_age > 0 || o->min_free > 0)
			profile_error(c, path,
			    "\"max_size\", \"max_age\" and \"min_free\" go "
			    "with \"record\"");
	}
	free(path);
	free(url);
}

/* Two that send to one place, or write one file, destroy each other's work. */
static void
profile_check_output_twice(const struct profile_check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i), *other;
	const char *key = o->record != NULL ? "record" : "url";
	char *path = xasprintf("outputs[%zu].%s", i, key);

	for (size_t k = 0; k < i; k++) {
		other = profile_output(c->p, k);
		if ((o->url != NULL && util_streq(o->url, other->url) &&
			!util_has_prefix(o->url, "/dev/")) ||
		    (o->record != NULL && util_streq(o->record, other->record)))
			profile_error(c, path,
			    "is the \"%s\" of outputs[%zu] too, they would "
			    "disturb each other: remove one of them",
			    key, k);
	}
	free(path);
}

/* A name is one word that no other output, and no other worker, has. */
static void
profile_check_output_name(const struct profile_check *c, size_t i)
{
	const char *name = profile_output(c->p, i)->name;
	char *path = xasprintf("outputs[%zu].name", i);

	for (size_t k = 0; name != NULL && k < i; k++)
		if (util_streq(name, profile_output(c->p, k)->name))
			profile_error(c, path,
			    "\"%s\" is the name of outputs[%zu] too", name, k);
	if (name != NULL && !profile_is_name(name))
		profile_error(c, path,
		    "may hold 1 to 64 letters, digits, '_', '.' and '-', "
		    "and not begin with '-'");
	for (size_t k = 0; name != NULL && profile_taken_names[k] != NULL; k++)
		if (strcmp(name, profile_taken_names[k]) == 0)
			profile_error(c, path,
			    "\"%s\" is what ffsup calls another process, "
			    "choose another name",
			    name);
	free(path);
}

/* H.265 in FLV came late, and most servers and players do not take it. */
static void
profile_check_carrier(const struct profile_check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i);
	const char *encoder = c->p->video.encoder;
	char *path = xasprintf("outputs[%zu].url", i);

	if (encoder != NULL && profile_is_rtmp(o) &&
	    (strstr(encoder, "265") != NULL || strstr(encoder, "hevc") != NULL))
		profile_error(c, path,
		    "RTMP carries H.264, and \"%s\" makes H.265: use "
		    "\"libx264\", or send to rtsp or srt",
		    encoder);
	free(path);
}

/* Remember where the addresses stand, for what is found out later. */
static void
profile_locate_outputs(const struct jsonc *doc, struct profile *p)
{
	struct profile_output *v = p->outputs.v;
	char *path;

	for (size_t i = 0; i < p->outputs.n; i++) {
		path = xasprintf("outputs[%zu].%s", i,
		    v[i].record != NULL ? "record" : "url");
		schema_locate(doc, path, &v[i].line, &v[i].col);
		free(path);
	}
}

/* The same for the ways in. */
static void
profile_locate_sources(const struct jsonc *doc, struct profile *p)
{
	bool list = cJSON_IsArray(jsonc_get(doc->root, "source"));
	struct profile_source *more = p->source.more.v;

	for (size_t i = 0; i < profile_n_sources(p); i++) {
		struct profile_source *s = i == 0 ? &p->source : &more[i - 1];
		char *base =
		    list ? xasprintf("source[%zu]", i) : xstrdup("source");
		char *path = xasprintf("%s.%s", base,
		    s->h264.fifo != NULL	 ? "h264.fifo"
			: s->frames.fifo != NULL ? "frames.fifo"
						 : "url");

		schema_locate(doc, path, &s->line, &s->col);
		free(path);
		free(base);
	}
}

static void
profile_check_outputs(const struct profile_check *c)
{
	if (c->p->outputs.n == 0)
		profile_error(c, "outputs",
		    "is missing, add at least one { \"url\": ... }");
	if (c->p->outputs.n > PROFILE_OUTPUTS_MAX)
		profile_error(
		    c, "outputs", "are more than %d", PROFILE_OUTPUTS_MAX);
	for (size_t i = 0; i < c->p->outputs.n; i++) {
		profile_check_output(c, i);
		profile_check_output_twice(c, i);
		profile_check_output_name(c, i);
		profile_check_carrier(c, i);
	}
}

/* A pair of delays of which the first must not be the longer. */
static void
profile_check_order(
    const struct profile_check *c, const char *path, int64_t min, int64_t max)
{
	if (min > max)
		profile_error(c, path, "min (%lld ms) is above max (%lld ms)",
		    (long long)min, (long long)max);
}

static void
profile_check_all(const struct profile_check *c)
{
	const struct profile_restart *r = &c->p->restart;

	if (c->p->args.n > 0) {
		profile_check_args(c);
	} else {
		profile_check_sources(c);
		profile_check_video(c);
		profile_check_fallback(c);
		profile_check_audio(c);
		profile_check_outputs(c);
	}
	profile_check_order(c, "restart", r->min, r->max);
	profile_check_order(c, "restart.auth", r->auth.min, r->auth.max);
	profile_check_order(c, "restart.device", r->device.min, r->device.max);
}

/* --- reading ------------------------------------------------------------ */

/* Whether a value that came from a variable or a file is a common word that
 * stands as a secret part of a URL: there it is masked as that. */
static bool
profile_hides(const struct profile *p, const char *found)
{
	const struct profile_source *s;
	const struct profile_output *o;
	bool hidden = redact_is_part(p->audio.url, found);

	if (!redact_is_word(found))
		return false;
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		hidden |= redact_is_part(s->url, found);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		hidden |= redact_is_part(o->url, found);
	return hidden;
}

static void
profile_learn_source(struct redact *r, const struct profile_source *s)
{
	redact_add_login(r, s->user, s->password);
	redact_add_url(r, s->url);
	learn_options(r, &s->options);
	learn_arguments(r, &s->files);
	learn_arguments(r, &s->frames.command);
	learn_arguments(r, &s->h264.command);
}

static void
profile_learn_output(struct redact *r, const struct profile_output *o)
{
	redact_add_login(r, o->user, o->password);
	redact_add_url(r, o->url);
	learn_options(r, &o->options);
}

/* The parts of a path; a URL has secrets. */
static void
profile_spare_path(struct strv *words, const char *path)
{
	size_t len;

	if (path != NULL && redact_has_url(path))
		return;
	for (; path != NULL && *path != '\0'; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		strv_take(words, xstrndup(path, len));
	}
}

/* What stands openly in a profile: its name, those of its outputs, the parts of
 * its paths; unless a variable or a file put it there. */
static void
profile_spare(
    struct strv *words, const struct profile *p, const struct strv *found)
{
	const struct profile_source *s;
	const struct profile_output *o;

	if (p->name != NULL)
		strv_push(words, p->name);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		profile_spare_path(words, o->name);
		profile_spare_path(words, o->record);
		profile_spare_path(words, o->url);
	}
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++) {
		profile_spare_path(words, s->frames.fifo);
		profile_spare_path(words, s->h264.fifo);
		for (size_t k = 0; k < s->files.n; k++)
			profile_spare_path(words, s->files.v[k]);
	}
	profile_spare_path(words, p->fallback.slate);
	for (size_t i = 0; i < words->n; i++)
		for (size_t k = 0; k < found->n; k++)
			if (!util_streq(found->v[k], p->name) &&
			    strstr(words->v[i], found->v[k]) != NULL)
				words->v[i][0] = '\0';
}

/* Learn what stands in a profile, by its place. */
static void
profile_learn_places(struct redact *r, const struct profile *p)
{
	const struct profile_source *s;
	const struct profile_output *o;

	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		profile_learn_source(r, s);
	redact_add_url(r, p->audio.url);
	redact_add_url(r, p->fallback.slate);
	learn_options(r, &p->video.options);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		profile_learn_output(r, o);
	learn_arguments(r, &p->args);
	learn_environment(r, &p->env);
}

void
profile_learn(
    struct redact *r, const struct profile *p, const struct strv *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (!profile_hides(p, found->v[i]) &&
		    !util_streq(found->v[i], p->name))
			redact_add(r, found->v[i]);
	profile_spare(&r->spared, p, found);
	profile_learn_places(r, p);
}

struct profile *
profile_read(struct jsonc *doc, const char *name, const cJSON *defaults,
    const struct expand_env *env, struct errors *errs)
{
	struct profile *p = xcalloc(1, sizeof(*p));
	struct profile_check check = { .p = p, .doc = doc, .errs = errs };
	struct strv secrets = { 0 };
	size_t before = errs->n - errs->n_warnings;

	p->name = xstrdup(name);
	p->path = xstrdup(doc->file);
	if (cJSON_IsObject(doc->root) && cJSON_IsObject(defaults))
		profile_merge(
		    doc->root, defaults, jsonc_get(doc->root, "args") != NULL);
	p->source.frames.pattern = -1;
	if (expand_tree(doc, env, &secrets, errs) == 0 &&
	    schema_read(profile_keys, p, doc, doc->root, "", 0, errs) == 0)
		profile_check_all(&check);
	profile_locate_outputs(doc, p);
	profile_locate_sources(doc, p);
	profile_learn(&p->redact, p, &secrets);
	errors_learn(errs, &p->redact);
	p->secrets = secrets_new(&p->redact);
	strv_clear(&secrets);
	if (errs->n - errs->n_warnings > before) {
		profile_free(p);
		return NULL;
	}
	return p;
}

void
profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	schema_clear(profile_keys, p);
	redact_clear(&p->redact);
	secrets_put(p->secrets);
	free(p->name);
	free(p->path);
	free(p);
}

bool
profile_has_reel(const struct profile *p)
{
	return p->fallback.key.set && p->args.n == 0 &&
	    !p->source.frames.key.set && !profile_is_decoded(p);
}

bool
profile_is_decoded(const struct profile *p)
{
	const struct profile_source *s = &p->source;

	return p->fallback.key.set && profile_n_sources(p) == 1 &&
	    p->video.key.word != VIDEO_COPY &&
	    (s->url != NULL || s->device != NULL || s->files.n > 0);
}

bool
profile_same_output(
    const struct profile *now, size_t i, const struct profile *then, size_t k)
{
	return schema_equal(output_keys, profile_output(now, i),
	    profile_output(then, k), KEY_LIVE);
}

bool
profile_same_source(
    const struct profile *now, size_t i, const struct profile *then, size_t k)
{
	const struct profile_source *a = profile_source_at(now, i);
	const struct profile_source *b = profile_source_at(then, k);

	return a != NULL && b != NULL &&
	    schema_equal(source_keys, a, b, KEY_LIVE) &&
	    schema_equal(
		profile_keys, now, then, KEY_LIVE | KEY_OUTPUT | KEY_SOURCE);
}

bool
profile_same_media(const struct profile *now, const struct profile *then)
{
	return schema_equal(profile_keys, now, then, KEY_LIVE | KEY_OUTPUT);
}

/* Whether the outputs can outlive a change of a camera program: another command
 * is another run. */
static bool
profile_keeps_camera(const struct profile *now, const struct profile *then)
{
	if (!schema_equal(
		profile_keys, now, then, KEY_LIVE | KEY_OUTPUT | KEY_SOURCE))
		return false;
	return (now->source.h264.command.n > 0 &&
		   then->source.h264.command.n > 0) ||
	    schema_equal(profile_keys, now, then, KEY_LIVE | KEY_OUTPUT);
}

/* Whether the pictures that ffsup feeds to the encoder, and those who bring
 * them, are the same in both; without such pictures, whether the outputs can
 * outlive the change. */
static bool
profile_keeps_pictures(const struct profile *now, const struct profile *then)
{
	const struct profile_video *a = &now->video, *b = &then->video;

	if (now->source.h264.key.set || then->source.h264.key.set)
		return profile_keeps_camera(now, then);
	if (profile_fans_out(now) && !now->source.frames.key.set &&
	    !then->source.frames.key.set && !profile_is_decoded(now))
		return schema_equal(profile_keys, now, then,
		    KEY_LIVE | KEY_SENDER | KEY_SOURCE);
	if (!schema_equal(profile_keys, now, then, KEY_LIVE | KEY_SENDER))
		return false;
	if (now->source.frames.key.set)
		return true;
	return profile_is_decoded(now) && a->size.w == b->size.w &&
	    a->size.h == b->size.h && a->fps.num == b->fps.num &&
	    a->fps.den == b->fps.den;
}

enum profile_change
profile_compare(
    const struct profile *now, const struct profile *then, char **what)
{
	enum profile_change change = PROFILE_SAME;
	char *diff;

	if (profile_has_reel(now) != profile_has_reel(then) ||
	    profile_adds_silence(now) != profile_adds_silence(then) ||
	    profile_is_decoded(now) != profile_is_decoded(then) ||
	    profile_fans_out(now) != profile_fans_out(then))
		change = PROFILE_RESTART;
	else if (!schema_equal(profile_keys, now, then, KEY_LIVE))
		change = profile_keeps_pictures(now, then) ? PROFILE_SENDER
							   : PROFILE_RESTART;
	else if (!schema_equal(profile_keys, now, then, 0))
		change = PROFILE_LIVE;
	if (what != NULL) {
		diff = schema_diff(profile_keys, now, then);
		*what = secrets_text(diff);
		free(diff);
	}
	return change;
}
