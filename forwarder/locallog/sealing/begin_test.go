package sealing

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// sealTold is the line of a seal in audit_log.
func sealTold(chain string, n uint64) string {
	s := seal.Seal{N: n, Chain: chain, File: &seal.File{File: "access_log", Since: 1, Begin: 1, End: 2}}
	return auditLine(s.Event().String())
}

// linesTold is likewise one of lines.
func linesTold(chain string, n uint64) string {
	s := seal.Seal{N: n, Chain: chain, Lines: &seal.Lines{Writer: "1-1", Class: seal.OfLines, First: 1, Last: 1, Lines: 1}}
	return auditLine(s.Event().String())
}

func heartbeatTold(chain string, n uint64) string {
	h := seal.Heartbeat{Chain: chain, N: n}
	return auditLine(h.Event().String())
}

// TestLastToldSeal: what audit_log has last, a seal or what a heartbeat says, decides whether the chain goes on; where it
// has none the files that it was rotated to are looked at. ID stands for the record's chain, which has 3 seals.
func TestLastToldSeal(t *testing.T) {
	const lost, older, other = "the record of the seals is lost", "the state directory is older than its last seals, as after a restore from a backup", "audit_log has the seals of that chain last"
	for name, tt := range map[string]struct {
		files  map[string]string // by what stands behind audit_log
		former string            // what the new chain does not go on with: chain and number; empty: it is the old one
		why    string
	}{
		"nothing":                    {nil, "", ""},
		"the record's last":          {map[string]string{"": sealTold("ID", 3)}, "", ""},
		"one before":                 {map[string]string{"": sealTold("ID", 2)}, "", ""},
		"a later one":                {map[string]string{"": sealTold("ID", 3) + sealTold("ID", 4)}, "ID 4", older},
		"a later one of lines":       {map[string]string{"": sealTold("ID", 3) + linesTold("ID", 5)}, "ID 5", older},
		"a later heartbeat":          {map[string]string{"": sealTold("ID", 3) + heartbeatTold("ID", 6)}, "ID 6", older},
		"another chain's":            {map[string]string{"": sealTold("ID", 3) + sealTold("other", 1)}, "other 1", other},
		"another chain's, and again": {map[string]string{"": sealTold("other", 9) + sealTold("ID", 3)}, "", ""},
		"a heartbeat without seals":  {map[string]string{"": sealTold("ID", 9) + heartbeatTold("", 0)}, "ID 9", older},
		"lines without a block":      {map[string]string{"": sealTold("ID", 9) + auditLine("seal 1 of others") + "no head {event=seal.lines n=1 chain=x}\n"}, "ID 9", older},
		"another event":              {map[string]string{"": sealTold("ID", 9) + auditLine("x {event=seal.off n=1 chain=ID}")}, "ID 9", older},
		"a central seal":             {map[string]string{"": sealTold("ID", 9) + auditLine("x {event=seal.central n=1 chain=z}")}, "ID 9", older},
		"a torn line":                {map[string]string{"": sealTold("ID", 3) + strings.TrimSuffix(sealTold("ID", 9), "}\n")}, "", ""},
		"a last line without its LF": {map[string]string{"": strings.TrimSuffix(sealTold("ID", 9), "\n")}, "ID 9", older},
		"a very long line":           {map[string]string{"": sealTold("ID", 3) + strings.Repeat("x", 200<<10) + "\n" + sealTold("ID", 9)}, "ID 9", older},
		"far behind much else":       {map[string]string{"": sealTold("ID", 9) + strings.Repeat(auditLine("something {event=x}"), tailOfAudit/20)}, "", ""},
		"rotated":                    {map[string]string{"": auditLine("something {event=x}"), "-2026-11-27T12-00-00.001": sealTold("ID", 9), "-2026-11-27T12-00-00.000": sealTold("ID", 2)}, "ID 9", older},
		"rotated twice since":        {map[string]string{"-2026-11-27T12-00-00.002": "", "-2026-11-27T12-00-00.001": sealTold("ID", 9)}, "ID 9", older},
		"rotated thrice since":       {map[string]string{"-2026-11-27T12-00-00.003": "", "-2026-11-27T12-00-00.002": "", "-2026-11-27T12-00-00.001": sealTold("ID", 9)}, "", ""},
		"rotated and compressed":     {map[string]string{"-2026-11-27T12-00-00.002.gz": string(gzipped(sealTold("ID", 9)))}, "ID 9", older},
		"compressed, but damaged":    {map[string]string{"-2026-11-27T12-00-00.002.gz": "damaged", "-2026-11-27T12-00-00.001": sealTold("ID", 9)}, "ID 9", older},
		"compressed and cut":         {map[string]string{"-2026-11-27T12-00-00.002.gz": string(gzipped(strings.Repeat(sealTold("ID", 9), 9))[:60]), "-2026-11-27T12-00-00.001": sealTold("ID", 9)}, "ID 9", older},
		"a name of others":           {map[string]string{"-old": sealTold("ID", 9), "-old-2026-11-27T12-00-00.001": sealTold("ID", 9)}, "", ""},
		"no record":                  {map[string]string{"": sealTold("other", 9)}, "other 9", lost},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			if name != "no record" {
				s.write("access_log", s.sender(1, 1, "access"), "one\n")
				s.WantAll()
				s.commit()
				s.chain.N = 3
				s.commit()
			}
			id := s.chain.ID
			for behind, text := range tt.files {
				if !strings.HasSuffix(behind, ".gz") {
					text = strings.ReplaceAll(text, "chain=ID", "chain="+id)
				} else if text != "damaged" { // a chain's name does not fit in what is compressed
					text = string(gzipped(sealTold(id, 9)))
					if strings.Contains(name, "cut") {
						text = text[:len(text)-30]
					}
				}
				s.must(os.WriteFile(s.path("audit_log"+behind), []byte(text), 0o600))
			}
			s.told = nil
			if changed := s.begin(); changed != (tt.former != "") {
				t.Errorf("a commit must come first: %v", changed)
			}
			if (s.chain.ID == id && id != "") != (tt.former == "") {
				t.Errorf("the chain is %q, and was %q", s.chain.ID, id)
			}
			if tt.former == "" {
				return
			}
			if s.TellMade() || len(s.told) > 0 {
				t.Errorf("it was told before it was recorded: %q", s.told)
			}
			s.commit()
			if !s.TellMade() || len(s.told) != 1 {
				t.Fatalf("%q", s.told)
			}
			told, _ := event.Parse(s.told[0])
			if got := strings.ReplaceAll(fmt.Sprint(told.Code, ": ", told.Get("former"), " ", told.Get("n"), ": ", told.Get("cause"), " ", told.Get("chain")), s.chain.ID, "NEW"); got != "seal.broken: "+strings.Replace(tt.former, "ID", id, 1)+": "+tt.why+" NEW" {
				t.Error(got)
			}
		})
	}
}

// TestBrokenChain: the pieces go on in the new one, and refer to nothing of the former.
func TestBrokenChain(t *testing.T) {
	s := newSite(t)
	a := s.sender(1, 1, "access")
	s.write("error_log", a, "one\n")
	s.seal()
	s.write("access_log", a, "two\n")
	s.seal()
	s.write("access_log", a, "three\n")
	s.write("error_log", a, "four\n")
	s.commit()
	former := s.chain.ID
	s.put("audit_log", sealTold(s.chain.ID, 9))
	if !s.begin() {
		t.Error("the chain goes on")
	}
	s.commit()
	s.told = nil
	s.seal()
	want := []string{
		"n=1 writer=1-0000000000000001 first=3 last=4", "n=2 file=access_log since=2 begin=4 end=10", "n=3 file=error_log since=3 begin=4 end=9"}
	var got []string
	for _, text := range s.told {
		told, _ := event.Parse(text)
		var words []string
		for _, key := range []string{"n", "writer", "file", "since", "begin", "end", "first", "last"} {
			if v := told.Get(key); v != "" {
				words = append(words, key+"="+v)
			}
		}
		if told.Get("chain") == former {
			t.Error(text)
		}
		got = append(got, strings.Join(words, " "))
	}
	if got = got[max(0, len(got)-3):]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
	if st := s.Status(); st.Count != 4+3 {
		t.Errorf("%d seals are counted", st.Count)
	}
}

// TestDamagedStates: what cannot be read of the record of a piece is in no seal, with an event where it is a file's, and the
// rest is sealed.
func TestDamagedStates(t *testing.T) {
	const (
		first  = "1-0000000000000001 access lines 1-1 (1) 1-1\n"
		second = "1-0000000000000002 access lines 1-1 (1) 1-1\n"
		alone  = "1-0000000000000003 error lines 1-2 (2) 1-2\n"
		access = "access_log since N 0-6\n"
		errors = "error_log since N 0-10\n"
	)
	for name, tt := range map[string]struct {
		damage func(r *cursor.Seals)
		seals  []string
		anew   string // the file whose seals begin anew, with the bytes before and from which on
	}{
		"nothing": {func(*cursor.Seals) {}, []string{first, second, alone, access, errors}, ""},
		"a file of two writers": {func(r *cursor.Seals) { damageFile(r, "access_log", cursor.PieceSum("damaged")) },
			[]string{first, second, alone, errors}, "access_log 0 6"},
		"no state of a file": {func(r *cursor.Seals) { damageFile(r, "access_log", nil) }, []string{first, second, alone, errors}, "access_log 0 6"},
		"the only writer of a file": {func(r *cursor.Seals) { lines(r, "1-0000000000000003").Sum = cursor.PieceSum("damaged") },
			[]string{first, second, access}, "error_log 0 10"},
		"a writer's name": {func(r *cursor.Seals) { lines(r, "1-0000000000000001").Writer = "nobody" }, []string{second, alone, access, errors}, ""},
		"the sum of a writer of two": {func(r *cursor.Seals) { lines(r, "1-0000000000000001").Sum = cursor.PieceSum("damaged") },
			[]string{second, alone, access, errors}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.write("access_log", s.sender(1, 1, "access"), "one\n")
			s.write("access_log", s.sender(2, 1, "access"), "2\n")
			e := s.sender(3, 1, "error")
			s.write("error_log", e, "three\n")
			s.write("error_log", e, "3.1\n")
			s.commit()
			var r *cursor.Seals
			s.must(json.Unmarshal(s.record, &r))
			tt.damage(r)
			var err error
			s.record, err = json.Marshal(r)
			s.must(err)
			s.kill()
			s.seal()
			var got []string
			for line := range strings.Lines(s.seals()) {
				n, text, _ := strings.Cut(line, ": ")
				got = append(got, strings.Replace(text, "since "+n+" ", "since N ", 1))
			}
			if !slices.Equal(got, tt.seals) {
				t.Errorf("%q, want %q", got, tt.seals)
			}
			anew := ""
			for _, text := range s.told {
				if told, _ := event.Parse(text); told.Code == event.SealAnew.Code {
					anew += told.Get("file") + " " + told.Get("end") + " " + told.Get("begin")
					if told.Get("cause") != "the state of its hash is damaged" {
						t.Error(text)
					}
				}
			}
			if anew != tt.anew {
				t.Errorf("the seals begin anew: %q, want %q", anew, tt.anew)
			}
		})
	}
}

func damageFile(r *cursor.Seals, name string, sum cursor.PieceSum) {
	for path, p := range r.Files {
		if filepath.Base(path) == name {
			p.Sum = sum
			r.Files[path] = p
		}
	}
}

func lines(r *cursor.Seals, writer string) *cursor.LinesPiece {
	for i := range r.Lines {
		if r.Lines[i].Writer == writer {
			return &r.Lines[i]
		}
	}
	return nil
}
