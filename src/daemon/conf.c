/* SPDX-License-Identifier: ISC */
/*
 * Reads ffsup.json and the profiles. First start, SIGHUP, `ffsup reload` and
 * `ffsup check` all come through conf_load().
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/secrets.h"
#include "base/util.h"
#include "daemon/claims.h"
#include "daemon/conf.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/schema.h"
#include "profile/secretkeys.h"

#define CONF_SECRET_MAX 65536

/* The content of ffsup.json, with room for checking its defaults. */
struct conf_file {
	struct conf_settings settings;
	struct profile defaults; /* checked only; merged from the text */
};

#define SETTING(m) .name = #m, .offset = offsetof(struct conf_settings, m)

static const struct key conf_keys[] = {
	{ SETTING(ffmpeg), .type = KEY_STRING, .def = "ffmpeg",
	    .help = "The ffmpeg binary: a path, or a name looked up in "
		    "PATH." },
	{ SETTING(profiles), .type = KEY_STRINGS,
	    .help = "Directories of profiles, relative to the directory of "
		    "this file. Default: profiles.d beside it." },
	{ .name = "defaults",
	    .offset = offsetof(struct conf_file, defaults),
	    .type = KEY_OBJECT,
	    .sub = profile_keys,
	    .help = "Keys of a profile, for every profile that does not set "
		    "them." },
	{ SETTING(socket), .type = KEY_STRING,
	    .help = "The control socket, unless -s or FFSUP_SOCKET is given." },
	{ SETTING(spawn_rate), .type = KEY_NUMBER, .def = "20", .min = 0.1,
	    .max = 100000, .unit = "per second",
	    .help = "Process starts per second, for all streams together." },
	{ SETTING(spawn_burst), .type = KEY_INT, .def = "10", .min = 1,
	    .max = 100000, .unit = "starts",
	    .help = "Process starts that are allowed at once." },
	{ 0 }
};

/* --- reading files ------------------------------------------------------ */

static const char *
conf_env_get(void *ctx UNUSED, const char *name)
{
	return getenv(name);
}

/* The files that values come from. */
struct conf_values {
	struct diskview *disk;
	struct strv read; /* paths that were asked for */
};

static char *
conf_env_read(void *ctx, const char *path, const char **cause)
{
	struct conf_values *values = ctx;
	size_t len;
	char *text = diskview_read(values->disk, path, CONF_SECRET_MAX, &len);

	strv_push(&values->read, path);
	if (text == NULL) {
		*cause =
		    errno == ENODEV ? "is not a regular file" : strerror(errno);
		return NULL;
	}
	if (memchr(text, '\0', len) != NULL) {
		free(text);
		*cause = "contains a NUL byte";
		return NULL;
	}
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	return text;
}

/* The sources of values that a file only names. */
static struct expand_env
conf_env(struct conf_values *values)
{
	return (struct expand_env){
		.get = conf_env_get, .read = conf_env_read, .ctx = values
	};
}

/* Read and parse one file. */
static int
conf_read_doc(const struct conf_input *in, struct jsonc *doc, const char *path,
    struct errors *errs)
{
	size_t len;
	char *text = diskview_read(in->disk, path, JSONC_FILE_MAX, &len);
	int rc;

	if (text == NULL) {
		errors_add(errs, path, 0, 0,
		    errno == EFBIG ? "is larger than 1 MiB, too large for a "
				     "profile"
			: errno == ENODEV ? "is not a regular file"
			: errno == EACCES
			? "cannot be read: %s; make it readable for this user"
			: "cannot be read: %s",
		    strerror(errno));
		return -1;
	}
	rc = jsonc_parse(doc, path, text, len, errs);
	free(text);
	return rc;
}

/* --- ffsup.json --------------------------------------------------------- */

/* The default place of ffsup.json: root's, or the user's. */
static char *
conf_default_file(void)
{
	const char *home = getenv("HOME");
	const char *xdg = getenv("XDG_CONFIG_HOME");

	if (geteuid() == 0 || (util_is_empty(home) && util_is_empty(xdg)))
		return xstrdup("/etc/ffsup/ffsup.json");
	if (!util_is_empty(xdg))
		return xasprintf("%s/ffsup/ffsup.json", xdg);
	return xasprintf("%s/.config/ffsup/ffsup.json", home);
}

/* `path` as seen from the directory that `file` is in. Caller frees. */
static char *
conf_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - file), file, path);
}

/* Make the directories absolute, or put the default one in. */
static void
conf_place_directories(struct conf_settings *s, const char *file)
{
	struct strv dirs = { 0 };

	for (size_t i = 0; i < s->profiles.n; i++)
		strv_take(&dirs, conf_beside(file, s->profiles.v[i]));
	if (dirs.n == 0)
		strv_take(&dirs, conf_beside(file, "profiles.d"));
	strv_clear(&s->profiles);
	s->profiles = dirs;
}

/* Make the secrets of ffsup.json known: those found in variables and files, and
 * those of the defaults by their place. */
static void
conf_learn(struct conf_file *cf, const struct strv *found, struct errors *errs)
{
	struct redact r = { 0 };

	secretkeys_learn(&r, &cf->defaults, found);
	errors_learn(errs, &r);
	cf->settings.secrets = secrets_new(&r);
	redact_clear(&r);
}

int
conf_read_settings(struct conf_settings *s, struct jsonc *doc,
    const struct expand_env *env, struct errors *errs)
{
	struct conf_file *cf = xcalloc(1, sizeof(*cf));
	struct strv found = { 0 };
	int rc;

	rc = expand_tree(doc, env, &found, errs);
	if (schema_read(
		conf_keys, cf, doc, doc->root, "", SCHEMA_PARTIAL, errs) == -1)
		rc = -1;
	conf_learn(cf, &found, errs);
	*s = cf->settings;
	schema_clear(profile_keys, &cf->defaults);
	free(cf);
	strv_clear(&found);
	return rc;
}

/* The settings without an ffsup.json. */
static int
conf_default_settings(
    struct conf_settings *s, const struct expand_env *env, struct errors *errs)
{
	static const char empty[] = "{}";
	struct jsonc doc = { 0 };
	int rc;

	jsonc_parse(&doc, "ffsup.json", empty, strlen(empty), errs);
	rc = conf_read_settings(s, &doc, env, errs);
	jsonc_clear(&doc);
	return rc;
}

void
conf_settings_clear(struct conf_settings *s)
{
	free(s->ffmpeg);
	free(s->socket);
	strv_clear(&s->profiles);
	secrets_put(s->secrets);
	*s = (struct conf_settings){ 0 };
}

/* The state of one load. */
struct conf_loader {
	const struct conf_input *in;
	struct errors *errs;
	struct conf *conf;
	struct jsonc doc;      /* ffsup.json as written, for its defaults */
	const cJSON *defaults; /* in doc, or NULL */
};

/* Read ffsup.json if it exists; a named one must exist. */
static int
conf_load_file(struct conf_loader *l)
{
	char *path =
	    l->in->file != NULL ? xstrdup(l->in->file) : conf_default_file();
	struct jsonc doc = { 0 };
	struct conf_values values = { .disk = l->in->disk };
	const struct expand_env env = conf_env(&values);
	struct diskview_stat st;
	bool there =
	    l->in->file != NULL || diskview_stat(l->in->disk, path, &st) == 0;
	int rc = 0;

	if (there) {
		rc = conf_read_doc(l->in, &doc, path, l->errs);
		if (rc == 0)
			rc = jsonc_parse(
			    &l->doc, path, doc.text, doc.len, l->errs);
		if (rc == 0) {
			l->defaults = jsonc_get(l->doc.root, "defaults");
			l->conf->file = xstrdup(path);
		}
	}
	if (rc == 0 && there)
		rc =
		    conf_read_settings(&l->conf->settings, &doc, &env, l->errs);
	else if (rc == 0)
		rc = conf_default_settings(&l->conf->settings, &env, l->errs);
	conf_place_directories(&l->conf->settings, path);
	strv_clear(&values.read);
	jsonc_clear(&doc);
	free(path);
	return rc;
}

/* --- profiles ----------------------------------------------------------- */

/*
 * The file's identity: a path that means the same everywhere, and its size and
 * time, so that a later edit is noticed.
 */
static void
conf_note_file(struct diskview *disk, struct profile *p)
{
	char *full = diskview_real(disk, p->path);
	struct diskview_stat st;

	if (diskview_stat(disk, p->path, &st) == 0) {
		p->origin.size = st.size;
		p->origin.mtime_ns = st.mtime_ns;
	}
	if (full == NULL)
		return;
	free(p->path);
	p->path = full;
}

/* The same of the files that its values came from. */
static void
conf_note_values(const struct conf_values *values, struct profile *p)
{
	struct profile_origin *o = &p->origin;
	struct diskview_stat st;

	o->secrets = xcalloc(values->read.n + 1, sizeof(*o->secrets));
	for (size_t i = 0; i < values->read.n; i++)
		if (diskview_stat(values->disk, values->read.v[i], &st) == 0)
			o->secrets[o->n_secrets++] =
			    (struct profile_file){ xstrdup(values->read.v[i]),
				    st.size, st.mtime_ns };
}

/* A password that any user of the machine can read. */
static void
conf_warn_readable(struct diskview *disk, const struct profile *p,
    const struct jsonc *doc, struct errors *errs)
{
	static const char *const keys[] = { "source.password",
		"source[0].password", "source[1].password",
		"source[2].password", "source[3].password",
		"outputs[0].password" };
	struct diskview_stat st;

	if (diskview_stat(disk, p->path, &st) == -1 || (st.mode & S_IROTH) == 0)
		return;
	for (size_t i = 0; i < NELEM(keys); i++) {
		const cJSON *item = jsonc_at(doc, keys[i]);

		/* written out here, not fetched from elsewhere? */
		if (!cJSON_IsString(item) ||
		    strstr(doc->text, item->valuestring) == NULL)
			continue;
		schema_warn(doc, keys[i], errs,
		    "every user can read this file: chmod 640, or keep the "
		    "password in a separate file, \"${file:/path}\"");
	}
}

/* Read one profile into the set. */
static void
conf_add_profile(struct conf_loader *l, const char *path)
{
	struct conf *c = l->conf;
	struct jsonc doc = { 0 };
	struct profile *p = NULL;
	struct conf_values values = { .disk = l->in->disk };
	struct expand_env env = conf_env(&values);
	const char *why;
	char *name = profile_name(path, &why);

	env.stream = name;
	if (conf_read_doc(l->in, &doc, path, l->errs) == 0) {
		if (name == NULL)
			errors_add(l->errs, path, 0, 0, "%s", why);
		else
			p = parse_profile(
			    &doc, name, l->defaults, &env, l->errs);
	}
	if (p != NULL) {
		conf_warn_readable(l->in->disk, p, &doc, l->errs);
		conf_note_file(l->in->disk, p);
		conf_note_values(&values, p);
		c->profiles =
		    xrealloc(c->profiles, c->n + 1, sizeof(*c->profiles));
		c->profiles[c->n++] = p;
	}
	strv_clear(&values.read);
	jsonc_clear(&doc);
	free(name);
}

static bool
conf_is_profile(const char *name)
{
	return name[0] != '.' && util_has_suffix(name, ".json");
}

/* Every profile of a directory, in the order of their names. */
static void
conf_add_directory(struct conf_loader *l, const char *dir)
{
	struct strv names = { 0 };
	size_t n = 0;

	if (diskview_list(l->in->disk, dir, &names) == -1) {
		errors_add(l->errs, dir, 0, 0,
		    "cannot read the directory of profiles: %s; create it, or "
		    "name another under \"profiles\" in ffsup.json",
		    strerror(errno));
		return;
	}
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);

		if (conf_is_profile(names.v[i])) {
			conf_add_profile(l, path);
			n++;
		}
		free(path);
	}
	if (n == 0)
		errors_warn(l->errs, dir, 0, 0,
		    "no profile (*.json) in this directory yet");
	strv_clear(&names);
}

static void
conf_add_path(struct conf_loader *l, const char *path)
{
	struct diskview_stat st;

	if (diskview_stat(l->in->disk, path, &st) == 0 && S_ISDIR(st.mode))
		conf_add_directory(l, path);
	else
		conf_add_profile(l, path);
}

static int
conf_profile_cmp(const void *a, const void *b)
{
	const struct profile *const *pa = a, *const *pb = b;

	return strcmp((*pa)->name, (*pb)->name);
}

/* Sort, and find names that two files claim. */
static void
conf_sort(struct conf_loader *l)
{
	struct conf *c = l->conf;

	if (c->n > 0)
		qsort(
		    c->profiles, c->n, sizeof(*c->profiles), conf_profile_cmp);
	for (size_t i = 1; i < c->n; i++) {
		const struct profile *a = c->profiles[i - 1];
		const struct profile *b = c->profiles[i];

		if (strcmp(a->name, b->name) == 0)
			errors_add(l->errs, b->path, 0, 0,
			    "the name \"%s\" is already taken by %s; rename "
			    "one of them",
			    b->name, a->path);
	}
}

static void
conf_places(void *ctx, const struct strv *paths, struct strv *found)
{
	diskview_places(ctx, paths, found);
}

static void
conf_add_all(struct conf_loader *l)
{
	const struct claims_disk disk = { conf_places, l->in->disk };
	const struct strv *dirs = &l->conf->settings.profiles;

	for (size_t i = 0; i < l->in->n_paths; i++)
		conf_add_path(l, l->in->paths[i]);
	for (size_t i = 0; l->in->n_paths == 0 && i < dirs->n; i++)
		conf_add_directory(l, dirs->v[i]);
	conf_sort(l);
	claims_check((const struct profile *const *)l->conf->profiles,
	    l->conf->n, &disk, l->errs);
}

struct conf *
conf_load(const struct conf_input *in, struct errors *errs)
{
	struct conf_loader l = { .in = in, .errs = errs };
	struct conf *c;

	l.conf = c = xcalloc(1, sizeof(*c));
	if (conf_load_file(&l) == 0 || in->n_paths > 0)
		conf_add_all(&l);
	jsonc_clear(&l.doc);
	if (errors_any(errs)) {
		conf_free(c);
		return NULL;
	}
	return c;
}

int
conf_load_settings(const struct conf_input *in, struct conf_settings *settings,
    struct errors *errs)
{
	struct conf_loader l = { .in = in, .errs = errs };
	int rc;

	l.conf = xcalloc(1, sizeof(*l.conf));
	rc = conf_load_file(&l);
	*settings = l.conf->settings;
	l.conf->settings = (struct conf_settings){ 0 };
	jsonc_clear(&l.doc);
	conf_free(l.conf);
	return rc;
}

struct profile *
conf_load_profile(
    const struct conf_input *in, const char *path, struct errors *errs)
{
	struct conf_input one = {
		.file = in->file,
		.paths = &path,
		.n_paths = 1,
		.disk = in->disk,
	};
	struct conf *c = conf_load(&one, errs);
	struct profile *p = NULL;

	if (c != NULL && c->n > 0) {
		p = c->profiles[0];
		c->profiles[0] = c->profiles[--c->n];
	}
	conf_free(c);
	return p;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		profile_free(c->profiles[i]);
	free(c->profiles);
	free(c->file);
	conf_settings_clear(&c->settings);
	free(c);
}

long
conf_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->profiles[i]->name, name) == 0)
			return (long)i;
	return -1;
}
