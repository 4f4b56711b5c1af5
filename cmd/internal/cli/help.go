package cli

import (
	"context"
	"io"
)

const help = `httpd_syslog takes Apache's log lines, keeps them in rotated local files and
relays them to central syslog servers. In Apache's configuration:

    LogFormat "%v %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" vcombined
    CustomLog "|/usr/bin/httpd_syslog" vcombined
    ErrorLog  "|/usr/bin/httpd_syslog --stream error"

Commands:
    httpd_syslog [OPTIONS]          take in standard input to its end (what Apache starts)
    httpd_syslog serve              the system service: delivers what is taken in
    httpd_syslog check [--connect]  validate the configuration; --connect: dial every relay;
                                    --card-numbers FILE: show what of it would be taken for card numbers
    httpd_syslog status             whether lines get to where they belong, and what waits
                                    --sender NAME: of a central server, those with that in their names;
                                    --json: for programs; --check: one line and an exit status
                                    for Nagios and Icinga, by the age of the oldest line that
                                    waits: --warn-age 60s --crit-age 10m; --acknowledge: what was
                                    found in the local log or damaged in the spool has been seen
    httpd_syslog receive URL        a small syslog receiver, for trying things out:
                                    udp://HOST:PORT, tcp://HOST:PORT, relp://HOST:PORT,
                                    tls://HOST:PORT, relp+tls://HOST:PORT, unix:///PATH
                                    --cert-file, --key-file, --client-ca-file, --client: for TLS
                                    --json, --raw: other output; --count N: end after N messages
    httpd_syslog scan PATH...       look for card numbers in files and directories, packed ones too;
                                    exit status 1: there are some, 2: something could not be read;
                                    --tell: with an event, for the report
    httpd_syslog verify             are the local files as they were sealed? --central PATH: those of
                                    a central server, or what a store has, nats://HOST, s3://BUCKET/PREFIX;
                                    --seals PATH: seals from other hands; --host NAME;
                                    --from TIME, --to TIME; --json; --since-last: since the last good run,
                                    with an event; exit status 1: findings, 2: it could not all be checked
    httpd_syslog report             what events say of a period, for an auditor: what is open, and by
                                    requirement of PCI DSS what is shown: --from TIME, --to TIME;
                                    --central PATH: events of a central server, or of a store, by its
                                    URL; --host NAME; --json;
                                    --html FILE: a page that prints; exit status 1: something is open,
                                    2: something could not be read
    httpd_syslog note INCIDENT      add to an incident what is known: --cause TEXT, --remedy TEXT
    httpd_syslog version
    httpd_syslog help

Options:
    --stream NAME     which stream the lines are: access (default), error, or one that
                      the configuration has
    --config FILE     default /etc/httpd-syslog/httpd_syslog.toml, if it exists; without one,
                      local files only
    --relay URL       a central server instead of the configuration's, such as
                      tls://logs.example.com:6514, relp://logs.example.com:2514,
                      tcp://logs.example.com:601, udp://logs.example.com:514, unix:///dev/log,
                      or a store, such as nats://n1.example.com:4222; may be repeated
    --log-dir DIR     local files there, instead of the configuration's directory
    --state-dir DIR   spool and positions there
    --wait            at the end of input wait for delivery and print a summary
                      (as it does when standard error is a terminal)

Local files without a configuration: /var/log/httpd-syslog as root; as another user below
$XDG_STATE_HOME or ~/.local/state, in httpd-syslog/log.

Exit status: 0 every line is delivered or safe in the spool, 1 lines were lost, 2 usage,
3 it cannot be done. Of status --check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
`

// RunHelp prints what the program can do.
func RunHelp(_ context.Context, _ []string, stdout, _ io.Writer) int {
	io.WriteString(stdout, help)
	return ExitOK
}
