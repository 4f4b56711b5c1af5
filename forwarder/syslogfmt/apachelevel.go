package syslogfmt

import "bytes"

// errorLogTimes are the shapes of the time that opens an Apache error-log line, without its
// brackets: d is a digit, A a letter, _ a digit or a space, and a dot before a blank or the end
// stands for an optional fraction of any number of digits.
var errorLogTimes = [...]string{
	"AAA AAA _d dd:dd:dd. dddd", // %t, %{u}t: Wed Oct 11 14:32:52.123456 2023
	"dddd-dd-dd dd:dd:dd.",      // %{c}t, %{cu}t: 2023-10-11 14:32:52.123456
}

// ApacheLevel returns the severity of a line of an Apache error log, from its "[module:level]"
// group or, before Apache 2.4, its "[level]" group: trace1 to trace8 are Debug. A line without a
// level has the severity without.
//
// The group counts only as the second one, directly after a group that is a time, because text that
// programs write to stderr arrives in the same log unescaped and may imitate a level. It can still
// imitate the whole beginning of a line; nothing tells such a line from Apache's own.
// ApacheLevel does not allocate.
func ApacheLevel(line []byte, without Severity) Severity {
	stamp, rest, ok := bracketGroup(line)
	if !ok || !isErrorLogTime(stamp) || len(rest) == 0 || rest[0] != ' ' {
		return without
	}
	group, _, ok := bracketGroup(rest[1:])
	if !ok {
		return without
	}
	if module, level, found := bytes.Cut(group, []byte{':'}); found {
		if !isModule(module) {
			return without
		}
		group = level
	}
	return levelSeverity(group, without)
}

// bracketGroup cuts "[group]" off the front of b.
func bracketGroup(b []byte) (group, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '[' {
		return nil, nil, false
	}
	end := bytes.IndexByte(b, ']')
	if end < 0 {
		return nil, nil, false
	}
	return b[1:end], b[end+1:], true
}

func isErrorLogTime(b []byte) bool {
	for _, shape := range errorLogTimes {
		if hasShape(b, shape) {
			return true
		}
	}
	return false
}

// hasShape tells whether the whole of b has a shape of errorLogTimes.
func hasShape(b []byte, shape string) bool {
	for _, class := range []byte(shape) {
		if class == '.' {
			b = skipFraction(b)
			continue
		}
		if len(b) == 0 || !inClass(b[0], class) {
			return false
		}
		b = b[1:]
	}
	return len(b) == 0
}

func inClass(c, class byte) bool {
	switch class {
	case 'd':
		return isDigit(c)
	case '_':
		return isDigit(c) || c == ' '
	case 'A':
		return isLetter(c)
	}
	return c == class
}

// skipFraction cuts "." and digits off the front of b, if they are there.
func skipFraction(b []byte) []byte {
	if len(b) < 2 || b[0] != '.' || !isDigit(b[1]) {
		return b
	}
	b = b[1:]
	for len(b) > 0 && isDigit(b[0]) {
		b = b[1:]
	}
	return b
}

// isModule tells whether b can be the name of an Apache module. Lines of modules without one have
// "-", or nothing before the colon (mod_php under 2.4).
func isModule(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && !isLetter(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func levelSeverity(level []byte, without Severity) Severity {
	switch string(level) {
	case "emerg":
		return Emerg
	case "alert":
		return Alert
	case "crit":
		return Crit
	case "error":
		return Err
	case "warn":
		return Warning
	case "notice":
		return Notice
	case "info":
		return Info
	case "debug",
		"trace1", "trace2", "trace3", "trace4", "trace5", "trace6", "trace7", "trace8":
		return Debug
	}
	return without
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
