# bash completion for httpd_syslog

_httpd_syslog() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local options="--stream --config --relay --log-dir --state-dir"
	case $prev in
	--config)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--log-dir | --state-dir)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--stream)
		mapfile -t COMPREPLY < <(compgen -W "access error" -- "$cur")
		return
		;;
	--relay | --count | --warn-age | --crit-age)
		return
		;;
	esac
	case $COMP_CWORD:${COMP_WORDS[1]} in
	1:*) options="serve status check receive version help $options --wait --help --version" ;;
	*:serve) options="--config" ;;
	*:status) options="--config --json --check --acknowledge --warn-age --crit-age" ;;
	*:check) options="$options --connect" ;;
	*:receive) options="--json --raw --count" ;;
	*:version | *:help) options= ;;
	*) options="$options --wait" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -F _httpd_syslog httpd_syslog
