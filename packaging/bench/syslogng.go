package main

import (
	"fmt"
	"path/filepath"

	"httpd-syslog/packaging/bench/measure"
)

// syslogNG reads the pipe, writes the file and sends, with flow control: it
// drops nothing. Larger fetches were slower.
func syslogNG(name string, sink sinkKind, transport func(s *site) string) contender {
	root := measure.SyslogNGRoot()
	return contender{name: name, sink: sink, needs: []string{root + "/sbin/syslog-ng"}, prepare: func(s *site) ([]string, string, error) {
		conf := fmt.Sprintf(`@version: 3.38
options { threaded(yes); use-dns(no); dns-cache(no); chain-hostnames(no); keep-hostname(yes);
  stats-freq(0); log-msg-size(65536); log-fifo-size(100000); flush-lines(1000); };
source s { stdin(flags(no-parse) program-override("httpd") default-facility(local1) default-priority(notice)
  log-iw-size(1000) log-fetch-limit(100)); };
destination f { file(%q template("$MSG\n")); };
destination n { network("localhost" ip-protocol(4) port(%s) time-reopen(1) %s); };
log { source(s); destination(f); destination(n); flags(flow-control); };
`, s.file, s.port, transport(s))
		modules, _ := filepath.Glob(root + "/lib/syslog-ng/*/libsyslogformat.so") // the pattern is good
		if len(modules) == 0 {
			return nil, "", fmt.Errorf("syslog-ng has no modules below %s", root)
		}
		command := fmt.Sprintf(`export LD_LIBRARY_PATH=%s/lib/syslog-ng
exec %s/sbin/syslog-ng -F --no-caps --module-path=%s -f %s/sng.conf -R %[4]s/persist -c %[4]s/ctl -p %[4]s/sng.pid`,
			root, root, filepath.Dir(modules[0]), s.dir)
		return nil, command, s.write("sng.conf", conf)
	}}
}

func syslogNGTCP() contender {
	return syslogNG("syslog-ng", sinkTCP, func(*site) string { return "transport(tcp)" })
}

func syslogNGTLS() contender {
	return syslogNG("syslog-ng_tls", sinkTLS, func(s *site) string {
		return fmt.Sprintf("transport(tls) tls(ca-file(%q) peer-verify(required-trusted))", s.ca)
	})
}
