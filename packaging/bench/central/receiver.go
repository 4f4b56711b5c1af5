package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"httpd-syslog/packaging/bench/measure"
)

// receiver is a program that takes syslog in, and writes files by host.
type receiver struct {
	name  string
	relp  bool // it has RELP
	needs string
	// prepare writes its configuration, and returns the command that it is started with.
	prepare func(s *site) (argv, env []string, err error)
}

// site is where a receiver works.
type site struct {
	dir   string
	files string // the directory of the files by host
	port  string
	relp  bool
}

func (s *site) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644)
}

func (r *receiver) missing() bool {
	_, err := exec.LookPath(r.needs)
	return err != nil
}

// ours is the program as a collector; more are further tables.
func ours(name, program, more string) receiver {
	return receiver{name: name, relp: true, needs: program, prepare: func(s *site) ([]string, []string, error) {
		scheme := "tcp"
		if s.relp {
			scheme = "relp"
		}
		conf := fmt.Sprintf("hostname = \"log1.example.com\"\nstate_dir = %q\n[log]\ndir = %q\n[seal]\nevery = \"1m\"\n[[listen]]\nurl = \"%s://127.0.0.1:%s\"\ncollect = true\n[collect]\ndir = %q\n%s",
			s.dir+"/state", s.dir+"/log", scheme, s.port, s.files, more)
		return []string{program, "serve", "--config", s.dir + "/conf"}, nil, s.write("conf", conf)
	}}
}

// rsyslog writes what RSYSLOG_SyslogProtocol23Format has: the message as it came, byte for byte.
func rsyslog(name, queue string) receiver {
	return receiver{name: name, relp: true, needs: "rsyslogd", prepare: func(s *site) ([]string, []string, error) {
		input := fmt.Sprintf("module(load=\"imptcp\")\ninput(type=\"imptcp\" address=\"127.0.0.1\" port=%q ruleset=\"central\")\n", s.port)
		if s.relp {
			input = fmt.Sprintf("module(load=\"imrelp\")\ninput(type=\"imrelp\" address=\"127.0.0.1\" port=%q maxDataSize=\"64k\" ruleset=\"central\")\n", s.port)
		}
		conf := fmt.Sprintf(`global(workDirectory=%q maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
template(name="byHost" type="string" string="%s/%%hostname:1:64:secpath-replace%%/%%msgid:1:32:secpath-replace%%.log")
ruleset(name="central" %s) {
  action(type="omfile" dynaFile="byHost" template="RSYSLOG_SyslogProtocol23Format" dynaFileCacheSize="1000" ioBufferSize="64k")
}
`, s.dir, s.files, queue) + input
		return []string{"rsyslogd", "-n", "-i", s.dir + "/pid", "-f", s.dir + "/conf"}, nil, s.write("conf", conf)
	}}
}

// queued is a queue that drops nothing; one worker and batches of 1024 are about the fastest on few cores.
const queued = `queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="1024" queue.workerThreads="1" queue.timeoutEnqueue="3600000"`

// syslogNG has flow control: it drops nothing. Its open source edition has no RELP.
func syslogNG() receiver {
	root := measure.SyslogNGRoot()
	return receiver{name: "syslog-ng", needs: root + "/sbin/syslog-ng", prepare: func(s *site) ([]string, []string, error) {
		conf := fmt.Sprintf(`@version: 3.38
options { threaded(yes); use-dns(no); dns-cache(no); chain-hostnames(no); keep-hostname(yes); stats-freq(0);
  log-msg-size(65536); create-dirs(yes); flush-lines(1000); time-reap(60); };
source s { syslog(ip("127.0.0.1") port(%s) transport("tcp") max-connections(2000) log-iw-size(200000) log-fetch-limit(1000)); };
destination f { file("%s/${HOST}/${MSGID}.log"
  template("<${PRI}>1 ${ISODATE} ${HOST} ${PROGRAM:--} ${PID:--} ${MSGID:--} ${SDATA:--} ${MSG}\n") frac-digits(6) log-fifo-size(400000)); };
log { source(s); destination(f); flags(flow-control); };
`, s.port, s.files)
		modules, _ := filepath.Glob(root + "/lib/syslog-ng/*/libsyslogformat.so") // the pattern is good
		if len(modules) == 0 {
			return nil, nil, fmt.Errorf("syslog-ng has no modules below %s", root)
		}
		argv := []string{root + "/sbin/syslog-ng", "-F", "--no-caps", "--module-path=" + filepath.Dir(modules[0]), "-f", s.dir + "/conf",
			"-R", s.dir + "/persist", "-c", s.dir + "/ctl", "-p", s.dir + "/pid"}
		return argv, []string{"LD_LIBRARY_PATH=" + root + "/lib/syslog-ng"}, s.write("conf", conf)
	}}
}
