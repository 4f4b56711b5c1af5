# bash completion for httpd_syslog

# What URLs of stores begin with, if the word begins so.
_httpd_syslog_stores() {
	mapfile -t COMPREPLY < <(compgen -W "nats:// nats+tls:// s3://" -- "$cur")
	[[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o nospace
}

_httpd_syslog() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local options="--stream --config --relay --log-dir --state-dir"
	case $prev in
	--config | --card-numbers)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--central | --seals | --html)
		[[ $prev == --central && -n $cur ]] && _httpd_syslog_stores && return
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
	--host | --from | --to | --cause | --remedy | --relay | --sender | --count | --warn-age | --crit-age)
		return
		;;
	esac
	[[ ${COMP_WORDS[1]} == @(verify|report) && $COMP_CWORD -gt 1 && -n $cur ]] && _httpd_syslog_stores && return
	case $COMP_CWORD:${COMP_WORDS[1]} in
	1:*) options="serve status check verify report note scan receive version help $options --wait --help --version" ;;
	*:serve) options="--config" ;;
	*:status) options="--config --json --sender --check --acknowledge --warn-age --crit-age" ;;
	*:check) options="$options --connect --card-numbers" ;;
	*:verify) options="--config --log-dir --central --seals --host --from --to --json --since-last" ;;
	*:report) options="--config --log-dir --central --host --from --to --json --html" ;;
	*:note) options="--config --log-dir --state-dir --central --cause --remedy" ;;
	*:scan)
		if [[ $cur != -* ]]; then
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
		options="--config --tell"
		;;
	*:receive) options="--json --raw --count --cert-file --key-file --client-ca-file --client" ;;
	*:version | *:help) options= ;;
	*) options="$options --wait" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -F _httpd_syslog httpd_syslog
