# SPDX-License-Identifier: ISC
"""How each supervisor is told to keep the stamp program running.

A recipe writes what its supervisor wants to find into a directory and returns
(argv, environment) of the supervisor in the foreground. No peer gets a shell
between itself and the child: ./run of runit and s6 is the program itself.
"""

import json

# What a healthy run is. Everything else about restarts stays ffsup's default:
# at once after a healthy run.
FFSUP_RESTART = {"healthy": "500ms"}


def shell(where, stamp, file):
    loop = 'while true; do "$0" -stamp "$1"; done'
    return ["sh", "-c", loop, stamp, file], {}


def run_file(where, stamp, file, supervisor):
    (where / "run").symlink_to(stamp)
    return [supervisor, str(where)], {"STAMP_FILE": str(file)}


def runit(where, stamp, file):
    return run_file(where, stamp, file, "runsv")


def s6(where, stamp, file):
    return run_file(where, stamp, file, "s6-supervise")


SUPERVISORD_CONF = """\
[supervisord]
nodaemon = true
logfile = {where}/supervisord.log
pidfile = {where}/supervisord.pid
childlogdir = {where}
minfds = {fds}
[unix_http_server]
file = {where}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://{where}/sock
[program:cam]
command = {command}
numprocs = {count}
process_name = cam%(process_num)04d
startsecs = 0
autorestart = true
stdout_logfile = NONE
stderr_logfile = NONE
"""


def supervisord(where, stamp, file, count=1, mute=True):
    talk = "-mute" if mute else "-progress pipe:1"
    conf = where / "supervisord.conf"
    conf.write_text(SUPERVISORD_CONF.format(
        where=where, command=f"{stamp} -stamp {file} {talk}", count=count,
        fds=1024 + 4 * count))
    return ["supervisord", "-c", str(conf)], {}


def supervisorctl(where, *command):
    return ["supervisorctl", "-c", str(where / "supervisord.conf"), *command]


def ffsup_recipe(binary):
    """The recipe for one build of ffsup."""
    def ffsup(where, stamp, file, count=1, mute=False):
        profiles = where / "profiles"
        profiles.mkdir()
        profile = {
            "args": ["-stamp", str(file)] + (["-mute"] if mute else []),
            "restart": FFSUP_RESTART,
            "watchdog": {"start": "1h", "stall": "1h"},
        }
        for i in range(count):
            path = profiles / f"cam{i:04d}.json"
            path.write_text(json.dumps(profile))
        conf = where / "ffsup.json"
        conf.write_text(json.dumps({
            "ffmpeg": str(stamp),
            "profiles": [str(profiles)],
            "spawn_rate": 1000,
            "spawn_burst": 1000,
        }))
        return [str(binary), "run", "-c", str(conf),
                "-s", str(where / "sock")], {}
    return ffsup
