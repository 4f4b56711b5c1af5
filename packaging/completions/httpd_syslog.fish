# fish completion for httpd_syslog

set -l commands serve status check receive version help
set -l none "not __fish_seen_subcommand_from $commands"
set -l common "not __fish_seen_subcommand_from serve status receive version help"

complete -c httpd_syslog -f
complete -c httpd_syslog -n $none -a serve -d 'be the system service'
complete -c httpd_syslog -n $none -a status -d 'how streams and relays are doing'
complete -c httpd_syslog -n $none -a check -d 'validate the configuration'
complete -c httpd_syslog -n $none -a receive -d 'a small syslog receiver, for trying things out'
complete -c httpd_syslog -n $none -a version -d 'print the version'
complete -c httpd_syslog -n $none -a help -d 'print the commands and options'

complete -c httpd_syslog -n $common -l stream -x -a 'access error' -d 'which stream the lines are'
complete -c httpd_syslog -n $common -l relay -x -d 'central server instead of those of the configuration'
complete -c httpd_syslog -n $common -l log-dir -x -a '(__fish_complete_directories)' -d 'directory of local files'
complete -c httpd_syslog -n $common -l state-dir -x -a '(__fish_complete_directories)' -d 'directory of spool and positions'
complete -c httpd_syslog -n $none -l wait -d 'wait for delivery at the end of input'
complete -c httpd_syslog -n 'not __fish_seen_subcommand_from receive version help' -l config -r -F -d 'configuration file'

complete -c httpd_syslog -n '__fish_seen_subcommand_from check' -l connect -d 'dial every relay'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status receive' -l json -d 'as JSON'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l check -d 'exit status and one line as Nagios wants them'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l acknowledge -d 'what was found in the local log has been seen'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l warn-age -x -d 'age of the oldest line that is a warning'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l crit-age -x -d 'age of the oldest line that is critical'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l raw -d 'as received'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l count -x -d 'end after so many messages'
