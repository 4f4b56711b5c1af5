package main

import "fmt"

// rsyslogd is the daemon with its configuration in dir.
func rsyslogd(dir, name string) []string {
	return []string{"rsyslogd", "-n", "-i", dir + "/" + name + ".pid", "-f", dir + "/" + name + ".conf"}
}

// rsyslogGlobal: nothing may be dropped, so a full queue waits. One worker and
// batches of 1024 are about the fastest on few cores.
func rsyslogGlobal(dir, extra string) string {
	return fmt.Sprintf(`global(workDirectory=%q maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off" %s)
main_queue(queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="1024"
  queue.workerThreads="1" queue.timeoutEnqueue="3600000")
`, dir, extra)
}

// rsyslogTemplates are raw, the text as it came, and fwd, RFC 5424.
func rsyslogTemplates(msg string) string {
	msg = `property(name="msg" ` + msg + `)`
	return `template(name="raw" type="list") { ` + msg + ` constant(value="\n") }
template(name="fwd" type="list") {
  constant(value="<") property(name="pri") constant(value=">1 ")
  property(name="timestamp" dateFormat="rfc3339") constant(value=" ")
  property(name="hostname") constant(value=" ") property(name="app-name") constant(value=" ")
  property(name="procid") constant(value=" - - ") ` + msg + ` }
`
}

// afterTag: what comes from a socket starts with the space that follows its tag.
const afterTag = `position.from="2"`

func omfwd(port, extra string) string {
	return fmt.Sprintf(`action(type="omfwd" target="127.0.0.1" port=%q protocol="tcp" TCP_Framing="octet-counted"
  template="fwd" action.resumeRetryCount="-1" action.resumeInterval="1" %s)
`, port, extra)
}

func omfile(file string) string {
	return fmt.Sprintf("action(type=\"omfile\" file=%q template=\"raw\" ioBufferSize=\"64k\")\n", file)
}

func imfile(file string) string {
	return fmt.Sprintf(`module(load="imfile" mode="inotify")
input(type="imfile" file="%s.*" tag="httpd:" facility="local1" severity="notice" addMetadata="off")
`, file)
}

func imuxsock(dir string) string {
	return fmt.Sprintf(`module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="%s/log.sock" RateLimit.Interval="0" FlowControl="on" UseSpecialParser="on")
`, dir)
}

// rsyslogTail: rotatelogs writes the file, imfile follows it, output sends.
func rsyslogTail(name string, s sinkKind, output func(s *site) (global, action string)) contender {
	return contender{name: name, sink: s, needs: []string{"rotatelogs", "rsyslogd"}, prepare: func(s *site) ([]string, string, error) {
		global, action := output(s)
		conf := rsyslogGlobal(s.dir, global) + imfile(s.file) + rsyslogTemplates("") + action
		return rsyslogd(s.dir, "rsyslog"), `exec rotatelogs -L "$FILE" "$FILE.%Y-%m-%d" 86400`, s.write("rsyslog.conf", conf)
	}}
}

func rsyslogTCP() contender {
	return rsyslogTail("rsyslog", sinkTCP, func(s *site) (string, string) { return "", omfwd(s.port, "") })
}

func rsyslogTLS() contender {
	return rsyslogTail("rsyslog_tls", sinkTLS, func(s *site) (string, string) {
		return fmt.Sprintf("defaultNetstreamDriverCAFile=%q", s.ca), omfwd(s.port,
			`StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`)
	})
}

func rsyslogRELP(name, window string) contender {
	return rsyslogTail(name, sinkRELP, func(s *site) (string, string) {
		return "", fmt.Sprintf(`module(load="omrelp")
action(type="omrelp" target="127.0.0.1" port=%q template="fwd" action.resumeRetryCount="-1" action.resumeInterval="1" %s)
`, s.port, window)
	})
}

// rsyslogSocket: command reads the pipe and writes to rsyslog's socket, which
// keeps the file and forwards.
func rsyslogSocket(name, program, command string) contender {
	return contender{name: name, sink: sinkTCP, anyOrder: true, needs: []string{program, "rsyslogd"}, prepare: func(s *site) ([]string, string, error) {
		conf := rsyslogGlobal(s.dir, "") + imuxsock(s.dir) + rsyslogTemplates(afterTag) + omfile(s.file) + omfwd(s.port, "")
		return rsyslogd(s.dir, "rsyslog"), command, s.write("rsyslog.conf", conf)
	}}
}

// centralConf is the receiving rsyslogd of the RELP rows.
func centralConf(s *site) string {
	return rsyslogGlobal(s.dir, "") + fmt.Sprintf(`module(load="imrelp")
input(type="imrelp" port=%q address="127.0.0.1" maxDataSize="64k")
`, s.port) + rsyslogTemplates("") + omfile(s.central())
}
