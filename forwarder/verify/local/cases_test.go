package local

import (
	"os"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/finding"
)

const backup, second = "access_log-2026-01-01T10-00-00.000", "access_log-2026-01-01T11-00-00.000"

// pieces seals four pieces of ten lines each, of ten bytes.
func (l *logs) pieces(name string) {
	for n := range 4 {
		var text strings.Builder
		for line := range 10 {
			text.WriteString(strings.Repeat(string(rune('a'+n)), 8) + string(rune('0'+line)) + "\n")
		}
		l.put(name, text.String())
	}
}

// change replaces bytes of a file.
func (l *logs) change(name string, from, to int, with string) {
	text := l.read(name)
	l.write(name, text[:from]+with+text[to:])
}

// checked are the cases of TestCheck. Lines are counted where they are to be, and good ones.
var checked = map[string]struct {
	do          func(l *logs)
	o           Options
	counts      finding.Counts
	lines, good uint64
	words       []string
}{
	"as it was": {do: func(l *logs) { l.pieces("access_log") }, counts: finding.Counts{Bytes: 400}, lines: 40, good: 40, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good true`,
		`piece 4: access_log 300-400 good true`,
	}},
	"the first piece altered": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 0, 1, "X") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-100 good false; file_altered web1 DIR/access_log 0-100 seal 1 of chain ID: bytes are not those that were sealed`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good true`,
		`piece 4: access_log 300-400 good true`,
	}},
	"the last byte altered": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 398, 399, "X") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good true`,
		`piece 4: access_log 300-400 good false; file_altered web1 DIR/access_log 300-400 seal 4 of chain ID: bytes are not those that were sealed`,
	}},
	"two pieces side by side altered": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 150, 250, strings.Repeat("X", 100)) }, counts: finding.Counts{Bytes: 200}, lines: 30, good: 20, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good false; file_altered web1 DIR/access_log 100-300 seal 2 of chain ID: bytes are not those that were sealed`,
		`piece 3: access_log 200-300 good false`,
		`piece 4: access_log 300-400 good true`,
	}},
	"two pieces apart altered": {do: func(l *logs) {
		l.pieces("access_log")
		l.change("access_log", 50, 51, "X")
		l.change("access_log", 250, 251, "X")
	}, counts: finding.Counts{Bytes: 200}, lines: 40, good: 20, words: []string{
		`piece 1: access_log 0-100 good false; file_altered web1 DIR/access_log 0-100 seal 1 of chain ID: bytes are not those that were sealed`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good false; file_altered web1 DIR/access_log 200-300 seal 3 of chain ID: bytes are not those that were sealed`,
		`piece 4: access_log 300-400 good true`,
	}},
	"all altered": {do: func(l *logs) { l.pieces("access_log"); l.write("access_log", strings.Repeat("X", 400)) }, words: []string{
		`piece 1: access_log 0-100 good false; file_altered web1 DIR/access_log 0-400 seal 1 of chain ID: bytes are not those that were sealed`,
		`piece 2: access_log 100-200 good false`,
		`piece 3: access_log 200-300 good false`,
		`piece 4: access_log 300-400 good false`,
	}},
	"a line put in": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 50, 50, "put in\n") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-107 good false; file_altered web1 DIR/access_log 0-107 seal 1 of chain ID: bytes are not those that were sealed: there are 7 more`,
		`piece 2: access_log 107-207 good true`,
		`piece 3: access_log 207-307 good true`,
		`piece 4: access_log 307-407 good true`,
	}},
	"a line put in before all": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 0, 0, "put in\n") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-107 good false; file_altered web1 DIR/access_log 0-107 seal 1 of chain ID: bytes are not those that were sealed: there are 7 more`,
		`piece 2: access_log 107-207 good true`,
		`piece 3: access_log 207-307 good true`,
		`piece 4: access_log 307-407 good true`,
	}},
	"a line taken out": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 50, 60, "") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-90 good false; file_altered web1 DIR/access_log 0-90 seal 1 of chain ID: bytes are not those that were sealed: there are 10 fewer`,
		`piece 2: access_log 90-190 good true`,
		`piece 3: access_log 190-290 good true`,
		`piece 4: access_log 290-390 good true`,
	}},
	"a piece taken out": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 100, 200, "") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-100 good false; file_altered web1 DIR/access_log 100-100 seal 2 of chain ID: bytes are not those that were sealed: there are 100 fewer`,
		`piece 3: access_log 100-200 good true`,
		`piece 4: access_log 200-300 good true`,
	}},
	"a line taken out, and later one in": {do: func(l *logs) {
		l.pieces("access_log")
		l.change("access_log", 250, 250, "put in\n")
		l.change("access_log", 50, 60, "")
	}, counts: finding.Counts{Bytes: 200}, lines: 40, good: 20, words: []string{
		`piece 1: access_log 0-90 good false; file_altered web1 DIR/access_log 0-90 seal 1 of chain ID: bytes are not those that were sealed: there are 10 fewer`,
		`piece 2: access_log 90-190 good true`,
		`piece 3: access_log 190-297 good false; file_altered web1 DIR/access_log 190-297 seal 3 of chain ID: bytes are not those that were sealed: there are 7 more`,
		`piece 4: access_log 297-397 good true`,
	}},
	"a line put in, and a later altered": {do: func(l *logs) {
		l.pieces("access_log")
		l.change("access_log", 350, 351, "X")
		l.change("access_log", 50, 50, "put in\n")
	}, counts: finding.Counts{Bytes: 200}, lines: 40, good: 20, words: []string{
		`piece 1: access_log 0-107 good false; file_altered web1 DIR/access_log 0-107 seal 1 of chain ID: bytes are not those that were sealed: there are 7 more`,
		`piece 2: access_log 107-207 good true`,
		`piece 3: access_log 207-307 good true`,
		`piece 4: access_log 307-407 good false; file_altered web1 DIR/access_log 307-407 seal 4 of chain ID: bytes are not those that were sealed`,
	}},
	"shorter": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 250, 400, "") }, counts: finding.Counts{Bytes: 200}, lines: 25, good: 20, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-250 good false; file_shortened web1 DIR/access_log 200-250 seal 3 of chain ID: the file ends at byte 250; 400 were sealed`,
		`piece 4: access_log 300-250 good false`,
	}},
	"empty": {do: func(l *logs) { l.pieces("access_log"); l.write("access_log", "") }, words: []string{
		`piece 1: access_log 0-0 good false; file_shortened web1 DIR/access_log 0-1 seal 1 of chain ID: the file ends at byte 0; 400 were sealed`,
		`piece 2: access_log 100-0 good false`,
		`piece 3: access_log 200-0 good false`,
		`piece 4: access_log 300-0 good false`,
	}},
	"longer": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 400, 400, "more\n") }, counts: finding.Counts{Bytes: 400}, lines: 40, good: 40, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good true`,
		`piece 4: access_log 300-400 good true`,
	}},
	"gone": {do: func(l *logs) {
		l.pieces("access_log")
		l.put("error_log", "x\n")
		l.must(os.Remove(l.path("access_log")))
	}, counts: finding.Counts{Bytes: 2}, lines: 1, good: 1, words: []string{
		`file_missing web1 DIR/access_log 0-0 seal 4 of chain ID: this file, of 400 bytes or more, is not there, and no event says that it was removed`,
		`piece 5: error_log 0-2 good true`,
	}},
	"compressed": {do: func(l *logs) { l.pieces("access_log"); l.pack("access_log") }, counts: finding.Counts{Bytes: 400}, lines: 40, good: 40, words: []string{
		`piece 1: access_log.gz 0-100 good true`,
		`piece 2: access_log.gz 100-200 good true`,
		`piece 3: access_log.gz 200-300 good true`,
		`piece 4: access_log.gz 300-400 good true`,
	}},
	"compressed, and altered": {do: func(l *logs) { l.pieces("access_log"); l.change("access_log", 0, 1, "X"); l.pack("access_log") }, counts: finding.Counts{Bytes: 300}, lines: 40, good: 30, words: []string{
		`piece 1: access_log.gz 0-100 good false; file_altered web1 DIR/access_log.gz 0-100 seal 1 of chain ID: bytes are not those that were sealed`,
		`piece 2: access_log.gz 100-200 good true`,
		`piece 3: access_log.gz 200-300 good true`,
		`piece 4: access_log.gz 300-400 good true`,
	}},
	"compressed, and cut": {do: func(l *logs) {
		l.pieces("access_log")
		l.write("access_log.gz", gzipped(l.read("access_log"))[:40])
		l.must(os.Remove(l.path("access_log")))
	}, lines: 4, words: []string{
		`file_flaw web1 DIR/access_log.gz 0-0 : its compressed content is damaged or not whole (unexpected EOF)`,
		`piece 1: access_log.gz 0-48 good false; file_shortened web1 DIR/access_log.gz 0-48 seal 1 of chain ID: the file ends at byte 48; 400 were sealed`,
		`piece 2: access_log.gz 100-48 good false`,
		`piece 3: access_log.gz 200-48 good false`,
		`piece 4: access_log.gz 300-48 good false`,
	}},
	"compressed beside it": {do: func(l *logs) { l.pieces("access_log"); l.write("access_log.gz", "half") }, counts: finding.Counts{Bytes: 400}, lines: 40, good: 40, words: []string{
		`piece 1: access_log 0-100 good true`,
		`piece 2: access_log 100-200 good true`,
		`piece 3: access_log 200-300 good true`,
		`piece 4: access_log 300-400 good true`,
	}},
	"pieces that do not join up": {do: func(l *logs) {
		l.put("access_log", "one\n")
		l.skip("access_log", 4)
		l.put("access_log", "two\nthree\n")
	}, counts: finding.Counts{Bytes: 10}, lines: 2, good: 2, words: []string{
		`no_seal web1 DIR/access_log 4-8 seal 2 of chain ID: the seals on both sides of these bytes do not join up`,
		`piece 1: access_log 0-4 good true`,
		`piece 2: access_log 8-14 good true`,
	}},
	"rotated": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 404}, lines: 41, good: 41, words: []string{
		`piece 1: access_log-2026-01-01T10-00-00.000 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000 300-400 good true`,
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated, and nothing tells so": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, false)
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 404}, lines: 41, good: 41, words: []string{
		`piece 1: access_log-2026-01-01T10-00-00.000 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000 300-400 good true`,
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated twice, and nothing tells so": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, false)
		l.put("access_log", "new\n")
		l.rotate("access_log", second, false)
		l.put("access_log", "newer\n")
	}, counts: finding.Counts{Bytes: 410}, lines: 42, good: 42, words: []string{
		`piece 1: access_log-2026-01-01T10-00-00.000 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000 300-400 good true`,
		`piece 5: access_log-2026-01-01T11-00-00.000 0-4 good true`,
		`piece 6: access_log 0-6 good true`,
	}},
	"rotated, compressed": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.pack(backup)
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 404}, lines: 41, good: 41, words: []string{
		`piece 1: access_log-2026-01-01T10-00-00.000.gz 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000.gz 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000.gz 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000.gz 300-400 good true`,
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated, and longer": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.change(backup, 400, 400, "more\n")
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 404}, lines: 41, good: 41, words: []string{
		`file_grown web1 DIR/access_log-2026-01-01T10-00-00.000 400-405 seal 4 of chain ID: bytes stand behind the last seal of a file that was finished`,
		`piece 1: access_log-2026-01-01T10-00-00.000 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000 300-400 good true`,
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated, and gone": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.put("access_log", "new\n")
		l.must(os.Remove(l.path(backup)))
	}, counts: finding.Counts{Bytes: 4}, lines: 1, good: 1, words: []string{
		`file_missing web1 DIR/access_log-2026-01-01T10-00-00.000 0-0 seal 4 of chain ID: this file, of 400 bytes or more, is not there, and no event says that it was removed`,
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated, and removed": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.put("access_log", "new\n")
		l.must(os.Remove(l.path(backup)))
		l.tell(event.RotatedRemoved.With("file", backup+".gz", "bytes", 1, "why", "older").String())
	}, counts: finding.Counts{Bytes: 4}, lines: 1, good: 1, words: []string{
		`piece 5: access_log 0-4 good true`,
	}},
	"rotated, nothing has come since": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, true)
		l.write("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 400}, lines: 40, good: 40, words: []string{
		`note: DIR/access_log is not sealed yet`,
		`piece 1: access_log-2026-01-01T10-00-00.000 0-100 good true`,
		`piece 2: access_log-2026-01-01T10-00-00.000 100-200 good true`,
		`piece 3: access_log-2026-01-01T10-00-00.000 200-300 good true`,
		`piece 4: access_log-2026-01-01T10-00-00.000 300-400 good true`,
	}},
	"rotated, altered, and nothing tells so": {do: func(l *logs) {
		l.pieces("access_log")
		l.rotate("access_log", backup, false)
		l.change(backup, 0, 1, "X")
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 4}, lines: 1, good: 1, words: []string{
		`file_missing web1 DIR/access_log 0-0 seal 4 of chain ID: this file, of 400 bytes or more, is not there, and no event says that it was removed`,
		`piece 5: access_log 0-4 good true`,
		`unknown_file web1 DIR/access_log-2026-01-01T10-00-00.000 0-0 : no seal is of this file`,
	}},
	"begun anew within the file": {do: func(l *logs) {
		l.put("access_log", "one\n")
		l.change("access_log", 4, 4, "by hand\n")
		l.sealed["access_log"] = sealedUpTo{end: 12}
		l.put("access_log", "two\n")
	}, counts: finding.Counts{Bytes: 8}, lines: 2, good: 2, words: []string{
		`piece 1: access_log 0-4 good true`,
		`piece 2: access_log 12-16 good true`,
	}},
	"begun anew, and gone": {do: func(l *logs) {
		l.put("access_log", "one\n")
		l.change("access_log", 4, 4, "by hand\n")
		l.sealed["access_log"] = sealedUpTo{end: 12}
		l.put("access_log", "two\n")
		l.rotate("access_log", backup, true)
		l.must(os.Remove(l.path(backup)))
		l.tell(event.RotatedRemoved.With("file", backup, "bytes", 1, "why", "older").String())
		l.put("access_log", "new\n")
	}, counts: finding.Counts{Bytes: 4}, lines: 1, good: 1, words: []string{
		`piece 3: access_log 0-4 good true`,
	}},
	"cut, and begun anew": {do: func(l *logs) {
		l.put("access_log", "one\ntwo\n")
		l.write("access_log", "one\n")
		l.sealed["access_log"] = sealedUpTo{end: 4}
		l.put("access_log", "three\n")
	}, counts: finding.Counts{Bytes: 6}, lines: 1, good: 1, words: []string{
		`piece 1: access_log 0-8 good false; file_altered web1 DIR/access_log 0-8 seal 1 of chain ID: bytes are not those that were sealed`,
		`piece 2: access_log 4-10 good true`,
	}},
	"another chain in the same file": {do: func(l *logs) {
		l.put("access_log", "one\n")
		former := l.chain
		l.chain = seal.NewChain()
		l.tell(event.SealBroken.With("former", former.ID, "cause", "x", "n", former.N, "chain", l.chain.ID).String())
		l.sealed["access_log"] = sealedUpTo{end: 4}
		l.put("access_log", "two\n")
	}, counts: finding.Counts{Bytes: 8}, lines: 2, good: 2, words: []string{
		`piece 1: access_log 0-4 good true`,
		`piece 1: access_log 4-8 good true`,
	}},
	"an older copy seals once more what is there": {do: func(l *logs) {
		l.put("access_log", "one\n")
		l.put("access_log", "two\n")
		former := l.chain
		for l.chain.ID >= former.ID { // files are taken in the order of chains
			l.chain = seal.NewChain()
		}
		l.tell(event.SealBroken.With("former", former.ID, "cause", "x", "n", former.N, "chain", l.chain.ID).String())
		l.sealed["access_log"] = sealedUpTo{}
		l.put("access_log", "three\n")
	}, counts: finding.Counts{Bytes: 14}, lines: 3, good: 3, words: []string{
		`piece 1: access_log 0-14 good true`,
		`piece 1: access_log 0-4 good true`,
		`piece 2: access_log 4-8 good true`,
	}},
	"files that no seal knows": {do: func(l *logs) {
		l.put("access_log", "one\n")
		l.write("other_log", "x\n")
		l.write("access_log-2025-12-30T00-00-00.000", "before\n")
		l.write(backup, "unknown\n")
	}, counts: finding.Counts{Bytes: 4}, lines: 1, good: 1, words: []string{
		`note: DIR/access_log-2025-12-30T00-00-00.000 was rotated before the first seal that there is`,
		`note: DIR/other_log is in no seal`,
		`piece 1: access_log 0-4 good true`,
		`unknown_file web1 DIR/access_log-2026-01-01T10-00-00.000 0-0 : no seal is of this file`,
	}},
	"a file of a time": {o: Options{From: time.Date(2026, 1, 1, 0, 2, 0, 0, time.UTC), To: time.Date(2026, 1, 1, 0, 3, 0, 0, time.UTC)}, do: func(l *logs) {
		for minute := range 6 {
			l.lines(minute)
			l.put("access_log", "line\n")
		}
		l.change("access_log", 0, 1, "X")
		l.put("error_log", "x\n")
		l.must(os.Remove(l.path("error_log")))
	}, counts: finding.Counts{Bytes: 10}, lines: 2, good: 2, words: []string{
		`piece 6: access_log 10-15 good true`,
		`piece 8: access_log 15-20 good true`,
	}},
	"no seals": {do: func(l *logs) { l.write("access_log", "x\n") }, words: []string{
		`no_seal  DIR 0-0 : no seal is of these files`,
	}},
	"no files": {do: func(l *logs) { l.put("access_log", "x\n"); l.must(os.Remove(l.path("access_log"))) }, words: []string{
		`file_missing web1 DIR/access_log 0-0 seal 1 of chain ID: this file, of 2 bytes or more, is not there, and no event says that it was removed`,
		`unchecked: DIR has no files`,
	}},
	"nothing": {do: func(*logs) {}, words: []string{
		`unchecked: DIR has no files`,
	}},
	"no directory": {do: func(l *logs) { l.put("access_log", "x\n"); l.must(os.RemoveAll(l.dir)) }, words: []string{
		`unchecked: lstat DIR: no such file or directory`,
	}},
	"another host's seals, too": {do: func(l *logs) {
		l.put("access_log", "x\n")
		own := l.chain
		l.host, l.chain = "web2", seal.NewChain()
		l.tell(l.chain.File(seal.File{File: "access_log", End: 9}))
		l.host, l.chain = "web1", own
	}, words: []string{
		`no_seal  DIR 0-0 : no seal is of these files`,
	}},
	"another host's seals, and events of one here": {do: func(l *logs) {
		l.put("access_log", "x\n")
		l.write("audit_log", "2026-01-01T00:00:00.000000Z web1 httpd_syslog[1]: [ID 1 syslog.info] "+event.RelayUp.With("relay", "central").String()+"\n")
		own := l.chain
		l.host, l.chain = "web2", seal.NewChain()
		l.tell(l.chain.File(seal.File{File: "access_log", End: 9}))
		l.host, l.chain = "web1", own
	}, counts: finding.Counts{Bytes: 2}, lines: 1, good: 1, words: []string{
		`note: DIR/audit_log is in no seal`,
		`piece 1: access_log 0-2 good true`,
	}},
	"the host that is asked for": {o: Options{Hosts: []string{"web1"}}, do: func(l *logs) {
		l.put("access_log", "x\n")
		own := l.chain
		l.host, l.chain = "web2", seal.NewChain()
		l.tell(l.chain.File(seal.File{File: "access_log", End: 9}))
		l.host, l.chain = "web1", own
	}, counts: finding.Counts{Bytes: 2}, lines: 1, good: 1, words: []string{
		`piece 1: access_log 0-2 good true`,
	}},
	"events in audit_log and its rotated files": {do: func(l *logs) {
		l.put("access_log", "x\n")
		l.put("access_log", "y\n")
		for n, told := range l.told {
			name := []string{"audit_log-2026-01-01T10-00-00.000", "audit_log"}[n]
			l.write(name, "2026-01-01T00:00:00.000000Z web1 httpd_syslog[1]: [ID 1 syslog.info] "+told.Text+"\n")
		}
		l.told = nil
		l.pack("audit_log-2026-01-01T10-00-00.000")
	}, counts: finding.Counts{Bytes: 4}, lines: 2, good: 2, words: []string{
		`note: DIR/audit_log is in no seal`,
		`note: DIR/audit_log-2026-01-01T10-00-00.000.gz is in no seal`,
		`piece 1: access_log 0-2 good true`,
		`piece 2: access_log 2-4 good true`,
	}},
}

// skip has the next seal of a file begin further behind.
func (l *logs) skip(name string, bytes int64) {
	s := l.sealed[name]
	s.end += bytes
	l.sealed[name] = s
}
