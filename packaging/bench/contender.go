package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type sinkKind int

const (
	sinkNone sinkKind = iota
	sinkTCP
	sinkTLS
	sinkRELP // an rsyslogd with imrelp, which writes a file
)

// contender is a program, or several, that bring a pipe's lines to a file and a
// receiver.
type contender struct {
	name     string
	sink     sinkKind
	needs    []string // programs
	fewer    int      // of the lines it gets one in so many, because it is slow
	anyOrder bool     // of the lines in its file
	// prepare writes what it needs into s.dir, and returns a daemon to start
	// first, if any, and the shell command that reads the pipe.
	prepare func(s *site) (daemon []string, command string, err error)
}

// site is where a run takes place.
type site struct {
	dir  string
	file string // the local log
	port string // the receiver's
	ca   string // the authority of the receiver's certificate
}

func (s *site) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644)
}

func (s *site) central() string { return filepath.Join(s.dir, "central.log") }

// missing is the first program that c needs and the machine lacks.
func (c contender) missing() string {
	for _, p := range c.needs {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	return ""
}

// share is how many of lines c gets.
func (c contender) share(lines int) int { return max(1, lines/max(1, c.fewer)) }

func shell(name string, sink sinkKind, program, command string) contender {
	return contender{name: name, sink: sink, needs: []string{program}, prepare: func(*site) ([]string, string, error) {
		return nil, command, nil
	}}
}

func teeSocat() contender {
	return shell("tee_socat", sinkTCP, "socat", `tee "$FILE" | socat -u -b 65536 - "TCP:127.0.0.1:$PORT,nodelay"`)
}

// perlRecipe is what one did in 2010.
const perlRecipe = `exec perl -e 'use strict; use Sys::Syslog qw(:DEFAULT setlogsock);
setlogsock("unix", $ARGV[0]); openlog("httpd", "cons,pid", "local1");
while (my $log = <STDIN>) { chomp $log; syslog("notice", "%s", $log); } closelog();' "$DIR/log.sock"`

func ours(program, name, scheme string, sink sinkKind) contender {
	return oursWith(program, name, scheme, sink, "")
}

// oursWith has more tables in its configuration.
func oursWith(program, name, scheme string, sink sinkKind, tables string) contender {
	return contender{name: name, sink: sink, prepare: func(s *site) ([]string, string, error) {
		s.file = filepath.Join(s.dir, "log", "access_log")
		conf := oursConf(s.dir, relayConf("bench", scheme+"://127.0.0.1:"+s.port, s.ca)) + tables
		return nil, fmt.Sprintf(`exec %q --config "$DIR/httpd_syslog.toml"`, program), s.write("httpd_syslog.toml", conf)
	}}
}

// oursConf puts rotation out of reach, since the local log is compared as one file, and
// the bound of the spool, since a backlog is to have any size. A disk that cannot follow is
// waited for, as rsyslog's queue does: what feeds here is no web server.
func oursConf(dir, relays string) string {
	return fmt.Sprintf("state_dir = %q\n[spool]\nmax_size = \"1000GB\"\nwhen_full = \"block\"\n[log]\ndir = %q\nmax_size = \"1000GB\"\nrotate = \"never\"\n", dir+"/state", dir+"/log") + relays
}

func relayConf(name, url, ca string) string {
	text := fmt.Sprintf("[[relay]]\nname = %q\nservers = [%q]\n", name, url)
	if ca != "" {
		text += fmt.Sprintf("[relay.tls]\nca_file = %q\nserver_name = \"localhost\"\n", ca)
	}
	return text
}

func fewer(n int, c contender) contender {
	c.fewer = n
	return c
}

// few are the contenders of make bench, all those of make bench-peers.
func few(program string) []contender {
	return []contender{ours(program, "httpd_syslog", "tcp", sinkTCP), teeSocat()}
}

func all(program string) []contender {
	return []contender{
		shell("cat", sinkNone, "cat", `exec cat >"$FILE"`),
		teeSocat(),
		ours(program, "httpd_syslog", "tcp", sinkTCP),
		ours(program, "httpd_syslog_tls", "tls", sinkTLS),
		ours(program, "httpd_syslog_relp", "relp", sinkRELP),
		rsyslogTCP(),
		rsyslogTLS(),
		syslogNGTCP(),
		syslogNGTLS(),
		fewer(4, rsyslogSocket("logger_rsyslog", "logger", `exec logger -S 64KiB -u "$DIR/log.sock" -p local1.notice -t httpd`)),
		fewer(2, rsyslogRELP("rsyslog_relp", `windowSize="10000"`)),
		fewer(200, rsyslogRELP("rsyslog_relp_128", "")),
		fewer(20, rsyslogSocket("perl_rsyslog", "perl", perlRecipe)),
	}
}

// otherBuilds are builds of the program to compare with, each with its file of further tables, if any.
func otherBuilds(programs []string) (all []contender, err error) {
	for i, p := range programs {
		p, file, hasFile := strings.Cut(p, "=")
		if p, err = filepath.Abs(p); err != nil {
			return nil, err
		}
		name, tables := fmt.Sprintf("other_%d", i+1), []byte(nil)
		if hasFile {
			name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
			if tables, err = os.ReadFile(file); err != nil {
				return nil, err
			}
		}
		all = append(all, oursWith(p, name, "tcp", sinkTCP, string(tables)))
	}
	return all, nil
}

// steady are those whose latency is measured.
func steady(program string) []contender {
	return []contender{teeSocat(), ours(program, "httpd_syslog", "tcp", sinkTCP), rsyslogTCP(), syslogNGTCP()}
}
