package config

import (
	"strings"

	"httpd-syslog/config/strict"
)

// Audit is the name of the stream of the program's own events. It always exists, no [[stream]]
// can have it, and relays can name it.
const Audit = "audit"

// auditFile is the local file of the stream Audit.
const auditFile = Audit + "_log"

// Stream is one kind of line that the program is given.
type Stream struct {
	// Name is 1 to 32 of the characters A-Z a-z 0-9 . _ - and does not begin with a dot.
	Name string
	// File is the name of the local file in Log.Dir. Default: Name + "_log". With a directory
	// "{vhost}" before the name, as in "{vhost}/access_log", there is one for each virtual host, which
	// is the first field of each line.
	File string
	// MaxFiles is how many virtual hosts have a file, 1 to 100,000; the lines of others share one.
	// Without "{vhost}" in File it is 0.
	MaxFiles int
	// Facility is the syslog facility, 0 to 23 (RFC 5424, 6.2.1).
	Facility int
	// Severity is the syslog severity, 0 to 7 (RFC 5424, 6.2.1). With AutoSeverity, it is the
	// severity of a line that has no level: err, or what follows "auto:".
	Severity int
	// AutoSeverity takes the severity from Apache's level in each line (severity = "auto", or
	// "auto:LEVEL").
	AutoSeverity bool
	// Tag is the APP-NAME: 1 to 32 printable US-ASCII characters, no space, ':' or '['.
	Tag string
}

// facilities has each facility's name at its number.
var facilities = []string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severities = map[string]int{
	"emerg": 0, "alert": 1, "crit": 2, "err": 3, "error": 3,
	"warning": 4, "warn": 4, "notice": 5, "info": 6, "debug": 7,
}

const (
	facilityLocal2 = 18
	severityErr    = 3
)

// defaultStreams are the two that are built in.
func defaultStreams() []Stream {
	access, errors := Stream{Name: "access", File: "access_log"}, Stream{Name: "error", File: "error_log"}
	strict.SetDefaults(access.fields())
	strict.SetDefaults(errors.fields())
	errors.Facility, errors.Severity, errors.AutoSeverity = facilityLocal2, severityErr, true
	return []Stream{access, errors}
}

// readStreams replaces the built-in streams by those of the file, if it has any.
func (c *Config) readStreams(n *names) func(strict.Value) {
	return func(v strict.Value) {
		tables := v.Tables("stream")
		if len(tables) > 0 {
			c.Streams, n.known = nil, []string{Audit}
		}
		for _, t := range tables {
			if s, ok := t.Text("name"); ok {
				n.known = append(n.known, s)
			}
			c.Streams = append(c.Streams, readStream(t, n))
		}
	}
}

func readStream(t strict.Table, n *names) Stream {
	var s Stream
	strict.SetDefaults(s.fields())
	t.Read(s.fields())
	if !t.Has("name") {
		t.At("name").Failf("missing (write name = \"…\")")
	}
	if s.Name != "" {
		claimStream(t, &s, n)
	}
	switch byHost := strings.Contains(s.File, hostPlace); {
	case byHost && !t.Has("max_files"):
		s.MaxFiles = defaultMaxFiles
	case !byHost && t.Has("max_files") && s.File != "":
		t.At("max_files").Failf("file has no %s (leave the key out, or write file = \"%s/%s\")", hostPlace, hostPlace, s.File)
	}
	return s
}

func (s *Stream) fields() []strict.Field {
	return []strict.Field{
		strict.Key("name", nil, name(&s.Name)),
		strict.Key("file", nil, strict.Text(&s.File, checkStreamFile)), // made of the name
		strict.Key("max_files", nil, strict.Number(&s.MaxFiles, 1, mostFiles)),
		strict.Key("facility", "local1", readFacility(s)),
		strict.Key("severity", "notice", readSeverity(s)),
		strict.Key("tag", "httpd", strict.Text(&s.Tag, checkTag)),
	}
}

// claimStream gives the stream its default file and sees to it that name and file are its own.
func claimStream(t strict.Table, s *Stream, n *names) {
	first, taken := n.streams.claim(s.Name, t.At("name").Line())
	switch {
	case s.Name == Audit:
		t.At("name").Failf("%s is the stream of the program's own events (take another name)", strict.Quote(Audit))
	case taken:
		t.At("name").Failf("%s is already the name of the stream on line %d (take another name)", strict.Quote(s.Name), first)
	}
	if !t.Has("file") {
		if taken || s.Name == Audit {
			return // another name will have another file
		}
		s.File = s.Name + "_log"
		if msg := checkFile(s.File); msg != "" {
			t.At("file").Failf("%s, the default for this name, %s", strict.Quote(s.File), msg)
			return
		}
	}
	if s.File == "" {
		return
	}
	if first, taken := n.files.claim(s.File, t.At("file").Line()); taken {
		t.At("file").Failf("%s is already the file of the stream on line %d (give each stream its own)", strict.Quote(s.File), first)
	}
}

func readFacility(s *Stream) func(strict.Value) {
	return func(v strict.Value) {
		name, ok := v.Text()
		if !ok {
			return
		}
		for code, known := range facilities {
			if name == known {
				s.Facility = code
				return
			}
		}
		v.Failf("%s is not a facility (use local0 to local7, or one of %s)", strict.Quote(name), strings.Join(facilities[:16], ", "))
	}
}

func readSeverity(s *Stream) func(strict.Value) {
	return func(v strict.Value) {
		name, ok := v.Text()
		if !ok {
			return
		}
		level, auto := strings.CutPrefix(name, "auto:")
		if name == "auto" {
			level, auto = "err", true
		}
		code, ok := severities[level]
		if !ok {
			v.Failf("%s is not a severity (use emerg, alert, crit, err, warning, notice, info, debug, auto, or auto: and one of them)", strict.Quote(name))
			return
		}
		s.Severity, s.AutoSeverity = code, auto
	}
}

// rotatedName matches what lumberjack inserts into the names of rotated files, e.g.
// access_log-2026-01-31T00-00-00.000.
func rotatedName(s string) bool {
	const mark = "-20"
	for i := strings.Index(s, mark); i >= 0; i = strings.Index(s, mark) {
		s = s[i+len(mark):]
		if len(s) >= 3 && isDigit(s[0]) && isDigit(s[1]) && s[2] == '-' {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

const (
	maxFileName = 128

	hostPlace       = "{vhost}"
	defaultMaxFiles = 1000
	mostFiles       = 100_000
)

// checkStreamFile is checkFile, but for a directory for each virtual host.
func checkStreamFile(s string) string {
	if !strings.Contains(s, hostPlace) {
		return checkFile(s)
	}
	dirs := strings.Split(s, "/")
	name, host := dirs[len(dirs)-1], len(dirs)-2
	if host < 0 || dirs[host] != hostPlace || strings.Count(s, hostPlace) > 1 {
		return "must have " + hostPlace + " once, as the directory of the file (write \"" + hostPlace + "/access_log\")"
	}
	for _, dir := range dirs[:host] {
		if dir == "" || strings.HasPrefix(dir, ".") || !strict.Plain(dir) || len(s) > maxFileName {
			return "is not a plain path in dir of [log] (1 to 128 of the characters A-Z a-z 0-9 . _ - and /, no dot before a name)"
		}
	}
	if msg := checkFile(name); msg != "" {
		return "has the name " + strict.Quote(name) + ", which " + msg
	}
	return ""
}

// checkFile keeps a stream's file in its directory, and out of the way of what rotation makes
// of the others.
func checkFile(s string) string {
	switch {
	case s == "":
		return "is empty (leave the key out for NAME_log)"
	case strings.Contains(s, "/"):
		return "has a slash (give a file name; the directory is dir of [log])"
	case strings.HasPrefix(s, "."):
		return "begins with a dot (take another name)"
	case len(s) > maxFileName || !strict.Plain(s):
		return "is not a plain file name (1 to 128 of the characters A-Z a-z 0-9 . _ -)"
	case s == auditFile:
		return "is the file of the program's own events (take another name)"
	case strings.HasSuffix(s, ".gz"):
		return "ends like a compressed file (leave out .gz)"
	case rotatedName(s) || repeatsAtExt(s):
		return "could be taken for a rotated file (take another name)"
	}
	return ""
}

// repeatsAtExt reports whether a name's stem, with the '-' that lumberjack puts after it, ends the
// way its extension begins, as in "a.b.b-c". Beside such a log, lumberjack v2.2.1 panics on a file
// named "a.b-c".
func repeatsAtExt(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return false
	}
	stem, ext := name[:dot]+"-", name[dot:]
	for i := range stem {
		if strings.HasPrefix(ext, stem[i:]) {
			return true
		}
	}
	return false
}

const maxTag = 32

func checkTag(s string) string {
	if s == "" || len(s) > maxTag || !printable(s) || strings.ContainsAny(s, ":[") {
		return "is not a tag (1 to 32 printable US-ASCII characters without space, ':' and '[')"
	}
	return ""
}
