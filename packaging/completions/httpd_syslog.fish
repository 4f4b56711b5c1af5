# fish completion for httpd_syslog

set -l commands serve status check verify report note scan receive version help
set -l none "not __fish_seen_subcommand_from $commands"
set -l common "not __fish_seen_subcommand_from serve status verify report note scan receive version help"

complete -c httpd_syslog -f
complete -c httpd_syslog -n $none -a serve -d 'be the system service'
complete -c httpd_syslog -n $none -a status -d 'how streams and relays are doing'
complete -c httpd_syslog -n $none -a check -d 'validate the configuration'
complete -c httpd_syslog -n $none -a verify -d 'are logs whole and unaltered'
complete -c httpd_syslog -n $none -a report -d 'what events say of a period, for an auditor'
complete -c httpd_syslog -n $none -a note -d 'add cause and remedy to an incident'
complete -c httpd_syslog -n $none -a scan -d 'look for card numbers in files'
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
complete -c httpd_syslog -n '__fish_seen_subcommand_from check' -l card-numbers -r -F -d 'show what would be taken for card numbers'
complete -c httpd_syslog -n '__fish_seen_subcommand_from scan' -F
complete -c httpd_syslog -n '__fish_seen_subcommand_from scan' -l tell -d 'with an event of what was found'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify report' -l log-dir -x -a '(__fish_complete_directories)' -d 'directory of local files'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify report' -l central -r -F -d 'files of a central server'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify' -l seals -r -F -d 'seals from other hands'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify report' -l host -x -d 'only this one'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify report' -l from -x -d 'only what came in since'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify report' -l to -x -d 'only what came in before'
complete -c httpd_syslog -n '__fish_seen_subcommand_from report' -l html -r -F -d 'a page that prints'
complete -c httpd_syslog -n '__fish_seen_subcommand_from note' -l cause -x -d 'why it was'
complete -c httpd_syslog -n '__fish_seen_subcommand_from note' -l remedy -x -d 'what was done'
complete -c httpd_syslog -n '__fish_seen_subcommand_from note' -l central -r -F -d 'events of a central server'
complete -c httpd_syslog -n '__fish_seen_subcommand_from note' -l log-dir -x -a '(__fish_complete_directories)' -d 'directory of local files'
complete -c httpd_syslog -n '__fish_seen_subcommand_from note' -l state-dir -x -a '(__fish_complete_directories)' -d 'directory of spool and positions'
complete -c httpd_syslog -n '__fish_seen_subcommand_from verify' -l since-last -d 'since the last good run, with an event'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status verify report receive' -l json -d 'as JSON'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l check -d 'exit status and one line as Nagios wants them'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l acknowledge -d 'what was found in the local log has been seen'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l sender -x -d 'senders with that in their names'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l warn-age -x -d 'age of the oldest line that is a warning'
complete -c httpd_syslog -n '__fish_seen_subcommand_from status' -l crit-age -x -d 'age of the oldest line that is critical'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l raw -d 'as received'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l count -x -d 'end after so many messages'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l cert-file -r -F -d 'certificate, over TLS'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l key-file -r -F -d 'its key'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l client-ca-file -r -F -d 'authorities of clients'
complete -c httpd_syslog -n '__fish_seen_subcommand_from receive' -l client -x -d 'name or fingerprint of a client that is let in'
