# SPDX-License-Identifier: ISC
# Bash completion for ffsup(8). Commands and options come from its help, so
# that they are those of the ffsup that is installed.

# Names of the streams: of the running daemon, else of the profiles.
_ffsup_names() {
	local names f
	names=$(ffsup status --json 2>/dev/null |
		sed 's/{[[:space:]]*"name":[[:space:]]*"\([A-Za-z0-9_.-]*\)",[[:space:]]*"state"/\nNAME \1\n/g' |
		sed -n 's/^NAME //p')
	if [[ -z $names ]]; then
		for f in /etc/ffsup/profiles.d/*.json \
			"${XDG_CONFIG_HOME:-$HOME/.config}"/ffsup/profiles.d/*.json; do
			[[ -e $f ]] || continue
			f=${f##*/}
			names+=${f%.json}$'\n'
		done
	fi
	printf '%s\n' "$names"
}

# The outputs of a stream, as STREAM/OUTPUT.
_ffsup_outputs() {
	ffsup status "$1" --json 2>/dev/null |
		sed 's/{[[:space:]]*"name":[[:space:]]*"\([A-Za-z0-9_.-]*\)",[[:space:]]*"url"/\nNAME \1\n/g' |
		sed -n "s|^NAME |$1/|p"
}

# The overlays of a stream, perhaps of one kind only.
_ffsup_overlays() {
	ffsup overlay "$1" 2>/dev/null |
		sed -n "s/^\([^ ][^ ]*\)  *${2:-[a-z]*} .*/\1/p"
}

# The words of a command before the cursor that are not options or their values.
_ffsup_before() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-[cosn] | --config | --output | --socket | --lines | --for) ((++i)) ;;
		--timeout | --color | --file | --id | --size | --user) ((++i)) ;;
		-*) ;;
		*) printf '%s\n' "${COMP_WORDS[i]}" ;;
		esac
	done
}

_ffsup_verbs() {
	ffsup help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'
}

# The words that can be explained.
_ffsup_classes() {
	ffsup explain 2>/dev/null |
		sed -n 's/:.*//; s/^[A-Za-z][^ ].*/&/p' | tr ' ' -
}

# The options of a command, short and long.
_ffsup_options() {
	ffsup help "$1" 2>/dev/null |
		sed -n 's/^  *\(-[a-zA-Z]\), \(--[a-z-]*\).*/\1 \2/p
			s/^  *\(--[a-z-]*\).*/\1/p'
}

_ffsup_paths() {
	compgen -d -- "$1"
	compgen -f -X '!*.json' -- "$1"
}

_ffsup() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local IFS=$' \t\n' words="" before=() n
	local COMP_WORDS=("${COMP_WORDS[@]}") COMP_CWORD=$COMP_CWORD

	COMPREPLY=()
	# options may come before the command
	while [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} == -* ]]; do
		n=1
		if [[ ${COMP_WORDS[1]} == -@(s|-socket) ]]; then
			[[ $COMP_CWORD -gt 2 ]] || break
			local -x FFSUP_SOCKET=${COMP_WORDS[2]}
			n=2
		fi
		COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:n + 1}")
		((COMP_CWORD -= n))
	done
	if [[ $COMP_CWORD -eq 1 ]]; then
		words=$(_ffsup_verbs)
	elif [[ $prev == -[cos] || $prev == --@(config|file|output|socket) ]]; then
		compopt -o default 2>/dev/null
		return
	elif [[ $prev == -n || $prev == --@(color|lines|for|size|timeout|user) ]]; then
		return
	elif [[ $prev == --id ]]; then
		mapfile -t before < <(_ffsup_before)
		words=$(_ffsup_overlays "${before[0]}" '\(danmaku\|sei\)')
	elif [[ $cur == -* ]]; then
		words=$(_ffsup_options "${COMP_WORDS[1]}")
	else
		case ${COMP_WORDS[1]} in
		run | check | plan)
			mapfile -t COMPREPLY < <(_ffsup_paths "$cur")
			compopt -o filenames 2>/dev/null
			[[ ${COMP_WORDS[1]} == plan ]] && words=$(_ffsup_names)
			;;
		status | why | start | stop | restart | retry | logs | events | snap | feed)
			words=$(_ffsup_names)
			[[ $cur == */* ]] && words=$(_ffsup_outputs "${cur%%/*}")
			;;
		say | text | overlay)
			mapfile -t before < <(_ffsup_before)
			case ${COMP_WORDS[1]}${#before[@]} in
			say0 | text0 | overlay0) words=$(_ffsup_names) ;;
			text1) words=$(_ffsup_overlays "${before[0]}" label) ;;
			overlay1) words=$(_ffsup_overlays "${before[0]}") ;;
			overlay2) words='on off' ;;
			esac
			;;
		explain) words=$(_ffsup_classes) ;;
		help) words=$(_ffsup_verbs) ;;
		esac
	fi
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _ffsup ffsup
