package e2e

import "regexp"

// levelled is an error line as Apache writes it, with its level.
var levelled = regexp.MustCompile(`^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] \[[a-z0-9_]+:([a-z0-9]+)\] `)

// severities are syslog's names for Apache's levels, as rsyslog spells them.
var severities = map[string]string{
	"emerg": "emerg", "alert": "alert", "crit": "crit", "error": "err", "warn": "warning",
	"notice": "notice", "info": "info", "debug": "debug",
	"trace1": "debug", "trace2": "debug", "trace3": "debug", "trace4": "debug",
	"trace5": "debug", "trace6": "debug", "trace7": "debug", "trace8": "debug",
}

// severity is what an error line should have: worked out here by other means
// than in the program.
func severity(line string) string {
	if m := levelled.FindStringSubmatch(line); m != nil {
		return severities[m[1]]
	}
	return "err"
}
