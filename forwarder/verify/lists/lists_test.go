package lists_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// centre is the files of a collector, its lists and its audit log.
type centre struct {
	t     *testing.T
	dir   string // with central and audit_log
	now   time.Time
	chain seal.Chain
	sizes map[string]int64
	audit int
}

const first, second, third = "web1/web1/access-2026-01-01.log", "web2/_/_-2026-01-01.log", "web1/web1/access-2026-01-03.log"

// newCentre returns one with two days.
func newCentre(t *testing.T) *centre {
	c := &centre{t: t, dir: t.TempDir(), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), chain: seal.NewChain(), sizes: map[string]int64{}}
	c.append("audit_log", "") // of which there may be nothing else
	for n := range 4 {
		c.line(first, fmt.Sprint("line ", n))
		if n != 1 {
			c.line(second, fmt.Sprint("line ", n))
		}
		c.seal(first, second)
	}
	c.now = c.now.Add(24 * time.Hour)
	c.line("web1/web1/access-2026-01-02.log", "another day")
	c.line(first, "late")
	c.seal(first, "web1/web1/access-2026-01-02.log")
	c.now = c.now.Add(24 * time.Hour)
	c.line("web1/web1/access-2026-01-03.log", "the next day")
	c.seal("web1/web1/access-2026-01-03.log")
	c.line("web1/web1/access-2026-01-03.log", "not sealed yet")
	return c
}

func (c *centre) path(name string) string { return filepath.Join(c.dir, "central", name) }

func (c *centre) append(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	must(c.t, os.MkdirAll(filepath.Dir(path), 0o750))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	must(c.t, err)
	_, err = f.WriteString(text)
	must(c.t, err)
	must(c.t, f.Close())
}

func (c *centre) line(name, text string) {
	c.append("central/"+name, "<13>1 - host - - - - "+text+"\n")
}

func (c *centre) tell(text string) {
	c.audit++
	c.append("audit_log", fmt.Sprintf("%s log1 httpd_syslog[1]: [ID %d syslog.info] %s\n", c.now.Format("2006-01-02T15:04:05.000000Z07:00"), c.audit, text))
}

// forge has a sender tell an event that is another's to tell.
func (c *centre) forge(text string) {
	c.append("central/evil/evil/audit-2026-01-03.log", `<46>1 2026-01-03T00:00:00Z evil httpd_syslog 5-00000000000000af audit [meta sequenceId="1"] `+text+"\n")
}

// seal seals files.
func (c *centre) seal(names ...string) {
	c.t.Helper()
	c.now = c.now.Add(time.Minute)
	var pieces []byte
	n := 0
	for _, name := range names {
		b, from := testbed.ReadFile(c.t, c.path(name)), c.sizes[name]
		if int64(len(b)) == from {
			continue
		}
		c.sizes[name] = int64(len(b))
		p := seal.Piece{Path: name, From: from, To: int64(len(b)), Lines: int64(strings.Count(b[from:], "\n")), Sum: sha256.Sum256([]byte(b[from:]))}
		pieces, n = p.Append(pieces), n+1
	}
	h := seal.Heading{N: c.chain.N + 1, Chain: c.chain.ID, Time: c.now, Pieces: n, Prev: c.chain.Prev}
	list, text := "_seals/"+c.now.Format(time.DateOnly)+".log", append(h.Append(nil), pieces...)
	begin := c.sizes[list]
	c.append("central/"+list, string(text))
	c.sizes[list] += int64(len(text))
	c.tell(c.chain.Central(seal.Central{List: list, Begin: begin, End: c.sizes[list], Files: uint64(n), Sum: seal.SumOf(string(text))}))
}

// sealed is how many bytes of files are sealed.
func (c *centre) sealed() (bytes int64) {
	for name, size := range c.sizes {
		if !strings.HasPrefix(name, seal.ListDir+"/") {
			bytes += size
		}
	}
	return bytes
}

// removeLists removes all lists; another chain begins, as without a record.
func (c *centre) removeLists() {
	c.t.Helper()
	for _, list := range []string{list1, list2, list3} {
		must(c.t, os.Remove(filepath.Join(c.dir, list)))
		delete(c.sizes, strings.TrimPrefix(list, "central/"))
	}
	c.chain = seal.NewChain()
}

// movesThereAndBack has another directory for a while, of which there are events alone here.
func (c *centre) movesThereAndBack() {
	c.tell(event.CollectMoved.With("dir", "/other", "was", "/central", "n", c.chain.N, "chain", c.chain.ID).String())
	c.chain = seal.NewChain()
	c.tell(c.chain.Central(seal.Central{List: "_seals/2026-01-02.log", End: 1 << 20, Files: 1}))
	must(c.t, os.Rename(filepath.Join(c.dir, "audit_log"), filepath.Join(c.dir, "audit_log-20260102-000000")))
	c.tell(event.CollectMoved.With("dir", "/central", "was", "/other", "n", c.chain.N, "chain", c.chain.ID).String())
	c.chain = seal.NewChain()
	c.line(third, "here again")
	c.seal(third)
}

// change replaces a text in a file, below central or not.
func (c *centre) change(name, from, to string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	text := testbed.ReadFile(c.t, path)
	if !strings.Contains(text, from) {
		c.t.Fatalf("%s has no %q", name, from)
	}
	testbed.WriteFile(c.t, path, strings.Replace(text, from, to, 1))
}

func (c *centre) pack(name string) {
	c.t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(testbed.ReadFile(c.t, c.path(name))))
	must(c.t, err)
	must(c.t, z.Close())
	testbed.WriteFile(c.t, c.path(name)+".gz", b.String())
	must(c.t, os.Remove(c.path(name)))
}

func (c *centre) verify(o verify.Options) *finding.Report {
	c.t.Helper()
	o.Central, o.Now = []string{filepath.Join(c.dir, "central")}, c.now.Add(time.Hour)
	r, err := verify.Run(c.t.Context(), o)
	must(c.t, err)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const list1, list2, list3 = "central/_seals/2026-01-01.log", "central/_seals/2026-01-02.log", "central/_seals/2026-01-03.log"

// removeLine removes the line with a text.
func removeLine(c *centre, name, with string) {
	c.t.Helper()
	for line := range strings.Lines(testbed.ReadFile(c.t, filepath.Join(c.dir, name))) {
		if strings.Contains(line, with) {
			c.change(name, line, "")
			return
		}
	}
	c.t.Fatalf("%s has no %q", name, with)
}

// TestCentralFiles: what can have become of a collector's files, of its lists and of its events, and what is said of it.
func TestCentralFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		do          func(c *centre)
		exit, finds int
		says        []string
	}{
		"nothing": {func(*centre) {}, 0, 0, nil},
		"packed": {func(c *centre) {
			for _, name := range []string{first, second, "_seals/2026-01-01.log"} {
				c.pack(name)
			}
		}, 0, 0, nil},
		"packed, and as it was beside that": {func(c *centre) {
			for _, name := range []string{first, "_seals/2026-01-01.log"} {
				was := testbed.ReadFile(c.t, c.path(name))
				c.pack(name)
				c.append("central/"+name, was)
			}
		}, 0, 0, nil},
		"packed, and begun anew": {func(c *centre) {
			c.pack(first)
			c.line(first, "line 0")
		}, 1, 2, []string{"file_altered: ", "/" + first + ".gz: it was packed, and says something else than the file beside it that is not", "file_shortened: "}},
		"a list packed, and another one beside it": {func(c *centre) {
			was := testbed.ReadFile(c.t, filepath.Join(c.dir, list1))
			c.pack("_seals/2026-01-01.log")
			c.append(list1, was)
			c.change(list1, " 28 56 1 web2", " 28 57 1 web2")
		}, 1, 3, []string{"file_altered: ", "/" + list1 + ".gz: it was packed, and says something else"}},
		"a line of another program altered": {func(c *centre) { c.change("central/"+second, "line 2", "Line 2") }, 1, 1,
			[]string{"file_altered: ", "/" + second + ", line 2, bytes 28 to 56: these bytes are not those that the central server has sealed; seal 3 of"}},
		"the same, packed": {func(c *centre) { c.change("central/"+second, "line 2", "Line 2"); c.pack(second) }, 1, 1,
			[]string{"file_altered: ", ".gz, line 2, bytes 28 to 56"}},
		"the last line altered, and without its end": {func(c *centre) { c.change("central/"+second, "line 3\n", "a lie..") }, 1, 1,
			[]string{"file_altered: ", "/" + second + ", line 3, bytes 56 to 84: these bytes are not those"}},
		"all altered, and no line in it": {func(c *centre) { testbed.WriteFile(c.t, c.path(second), strings.Repeat("x", 84)) }, 1, 3,
			[]string{"file_altered: ", "bytes 0 to 28", "bytes 28 to 56", "bytes 56 to 84"}},
		"packed with more that is no line, and as it was beside that": {func(c *centre) {
			was := testbed.ReadFile(c.t, c.path(first))
			c.append("central/"+first, "a lie")
			c.pack(first)
			c.append("central/"+first, was)
		}, 1, 1, []string{"file_altered: ", "/" + first + ".gz: it was packed, and says something else"}},
		"a line removed": {func(c *centre) { removeLine(c, "central/"+second, "line 2") }, 1, 2, []string{"file_altered: ", "line 2, bytes 28 to 56", "file_shortened: ", "ends at byte 56, and is sealed up to byte 84"}},
		"a line added": {func(c *centre) {
			c.change("central/"+second, "<13>1 - host - - - - line 2", "<13>1 - host - - - - lie\n<13>1 - host - - - - line 2")
		}, 1, 3, []string{"file_altered: ", "file_grown: "}},
		"a line added behind": {func(c *centre) { c.line(first, "lie") }, 1, 1, []string{"file_grown: ", "behind what is sealed"}},
		"the tail cut":        {func(c *centre) { must(c.t, os.Truncate(c.path(first), 100)) }, 1, 1, []string{"file_shortened: ", "ends at byte 100, and is sealed up to byte 138"}},
		"a file removed":      {func(c *centre) { must(c.t, os.Remove(c.path(first))) }, 1, 1, []string{"file_missing: ", first}},
		"a file removed, as an event tells": {func(c *centre) {
			must(c.t, os.Remove(c.path(first)))
			c.tell(event.CollectRemoved.With("file", first+".gz", "bytes", 1, "why", "older", "sha256", "x").String())
		}, 0, 0, nil},
		"a file that nobody has sealed":    {func(c *centre) { c.line("web3/web3/x-2026-01-02.log", "lie") }, 1, 1, []string{"unknown_file: ", "web3/web3/x-2026-01-02.log"}},
		"a file without a day in its name": {func(c *centre) { c.line("web3/web3/x.log", "new") }, 0, 0, nil},
		"a new file":                       {func(c *centre) { c.line("web3/web3/x-2026-01-03.log", "new") }, 0, 0, nil},
		"a piece in a list altered":        {func(c *centre) { c.change(list1, " 28 56 1 web2", " 28 57 1 web2") }, 1, 2, []string{"file_altered: ", "2026-01-01.log, lines 6 to 8", "not those that were sealed; seal 3 of chain"}},
		"a piece removed from a list":      {func(c *centre) { removeLine(c, list1, " 28 56 1 web2") }, 1, 4, []string{"1 lines of this seal are missing in the list; seal 3 of chain", "no_seal: "}},
		"a seal removed from a list": {func(c *centre) {
			removeLine(c, list1, "seal 2 ")
			removeLine(c, list1, " 28 56 1 web1")
		}, 1, 5, []string{"file_shortened: ", "no_seal: ", "seals are missing in the lists before this one: the last one there is number 1; seal 3 of chain"}},
		"a line added to a list": {func(c *centre) { c.append(list1, "lie\n") }, 1, 1, []string{"file_altered: ", "line 12: this line of the list of seals is none"}},
		"the end of a list cut":  {func(c *centre) { must(c.t, os.Truncate(filepath.Join(c.dir, list1), 300)) }, 1, 3, []string{"file_shortened: ", "this list of seals ends at byte"}},
		"a list removed":         {func(c *centre) { must(c.t, os.Remove(filepath.Join(c.dir, list2))) }, 1, 4, []string{"file_missing: ", "this list of seals is missing", "seals are missing in the lists before this one"}},
		"file and list altered": {func(c *centre) {
			c.change("central/"+second, "line 2", "Line 2")
			old, sum := sha256.Sum256([]byte("<13>1 - host - - - - line 2\n")), sha256.Sum256([]byte("<13>1 - host - - - - Line 2\n"))
			c.change(list1, seal.Sum(old).String(), seal.Sum(sum).String())
		}, 1, 3, []string{"file_altered: ", "not those that were sealed; seal 3 of chain"}},
		"and the event, too": {func(c *centre) {
			c.change("central/"+second, "line 2", "Line 2")
			old, sum := sha256.Sum256([]byte("<13>1 - host - - - - line 2\n")), sha256.Sum256([]byte("<13>1 - host - - - - Line 2\n"))
			begin, end := groupOf(c, 3)
			was := seal.SumOf(testbed.ReadFile(c.t, filepath.Join(c.dir, list1))[begin:end])
			c.change(list1, seal.Sum(old).String(), seal.Sum(sum).String())
			c.change("audit_log", was.String(), seal.SumOf(testbed.ReadFile(c.t, filepath.Join(c.dir, list1))[begin:end]).String())
		}, 1, 4, []string{"chain: this seal does not hang on the one before it; seal 4 of chain"}},
		"an event removed": {func(c *centre) { removeLine(c, "audit_log", "seal 3 of") }, 1, 1, []string{"chain: events of seals are missing, up to number 3; seal 3 of chain"}},
		"the first events are gone, which the later ones vouch for": {func(c *centre) {
			removeLine(c, "audit_log", "seal 1 of")
			removeLine(c, "audit_log", "seal 2 of")
		}, 0, 0, nil},
		"and a list of that time altered": {func(c *centre) {
			removeLine(c, "audit_log", "seal 1 of")
			c.change(list1, " 0 28 1 web1", " 0 27 1 web1")
		}, 1, 3, []string{"lines 1 to 3", "not those on which the next seal hangs; seal 1 of chain", "no_seal: "}},
		"the last event removed": {func(c *centre) { removeLine(c, "audit_log", "seal 6 of") }, 1, 1, []string{"the lists end with seals of which no event tells; seal 6 of chain"}},
		"all lists removed":      {func(c *centre) { must(c.t, os.RemoveAll(c.path("_seals"))) }, 2, 1, []string{"not checked: ", "/central has no lists of seals: they were removed, or "}},
		"a sender tells of seals": {func(c *centre) {
			other := seal.NewChain()
			c.forge(other.Central(seal.Central{List: "_seals/2026-01-01.log", End: 1 << 20, Files: 1}))
			c.change("central/"+second, "line 2", "Line 2")
			old, sum := sha256.Sum256([]byte("<13>1 - host - - - - line 2\n")), sha256.Sum256([]byte("<13>1 - host - - - - Line 2\n"))
			c.change(list1, seal.Sum(old).String(), seal.Sum(sum).String())
		}, 1, 5, []string{"file_altered: ", "not those that were sealed; seal 3 of chain"}},
		"a sender tells of a removal": {func(c *centre) {
			c.forge(event.CollectRemoved.With("file", first, "bytes", 1, "why", "older", "sha256", "x").String())
			must(c.t, os.Remove(c.path(first)))
		}, 1, 3, []string{"file_missing: ", first}},
		"record and lists removed": {func(c *centre) {
			c.removeLists()
			c.line(third, "a chain of its own")
			c.seal(third)
		}, 1, 4, []string{"file_missing: ", "/" + list1 + ": this list of seals is missing", "/" + list2 + ": this list of seals is missing", "/" + list3 + ": events have seals that were in this list, and are not: of chain "}},
		"and the list is as long again": {func(c *centre) {
			size := len(testbed.ReadFile(c.t, filepath.Join(c.dir, list3)))
			c.removeLists()
			for n := 0; n <= size; n = len(testbed.ReadFile(c.t, filepath.Join(c.dir, list3))) {
				c.line(third, "more")
				c.seal(third)
			}
		}, 1, 4, []string{"file_altered: ", "/" + list3 + ": events have seals that were in this list, and are not: of chain "}},
		"lists removed, as events tell": {func(c *centre) {
			must(c.t, errors.Join(os.Remove(filepath.Join(c.dir, list1)), os.Remove(c.path(first)), os.Remove(c.path(second))))
			for _, name := range []string{"_seals/2026-01-01.log.gz", first, second} {
				c.tell(event.CollectRemoved.With("file", name, "bytes", 1, "why", "older", "sha256", "x").String())
			}
		}, 0, 0, nil},
		"another directory, and this one again": {func(c *centre) { c.movesThereAndBack() }, 0, 0, nil},
		"and the lists of before are removed": {func(c *centre) {
			c.removeLists()
			c.movesThereAndBack()
		}, 1, 4, []string{"file_missing: ", "/" + list1 + ": this list of seals is missing"}},
		"no events": {func(c *centre) { must(c.t, os.Remove(filepath.Join(c.dir, "audit_log"))) }, 2, 1, []string{"not checked: nothing vouches for the seals in ", "/central/_seals: the audit log of the central server is not in DIR\n"}},
		"a file cut while it was written": {func(c *centre) {
			must(c.t, os.Truncate(c.path("web1/web1/access-2026-01-03.log"), 0))
			c.sizes["web1/web1/access-2026-01-03.log"] = 0
			c.line("web1/web1/access-2026-01-03.log", "anew, and more of it")
			c.seal("web1/web1/access-2026-01-03.log")
		}, 1, 1, []string{"file_altered: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCentre(t)
			tt.do(c)
			r := c.verify(verify.Options{})
			var b strings.Builder
			must(t, r.Write(&b))
			if r.Exit() != tt.exit || tt.exit == 0 && r.Counts.Central == 0 {
				t.Errorf("%d, want %d\n%s", r.Exit(), tt.exit, b.String())
			}
			if sealed := c.sealed(); (name == "nothing" || name == "packed") && r.Counts.Central != sealed {
				t.Errorf("%d bytes are as they were sealed, of %d", r.Counts.Central, sealed)
			}
			if n := len(r.Findings) + len(r.Unchecked); n != tt.finds {
				t.Errorf("%d findings, want %d\n%s", n, tt.finds, b.String())
			}
			for _, want := range tt.says {
				want = strings.ReplaceAll(want, "DIR", c.dir)
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is not in\n%s", want, b.String())
				}
			}
			if few := c.verify(verify.Options{Memory: 100}); few.Counts.Central != r.Counts.Central || len(few.Findings) != len(r.Findings) {
				t.Errorf("with little memory: %+v\n%+v", few.Counts, few.Findings)
			}
		})
	}
}

// groupOf is where a seal stands in the first list.
func groupOf(c *centre, n int) (begin, end int) {
	text := testbed.ReadFile(c.t, filepath.Join(c.dir, list1))
	begin = strings.Index(text, fmt.Sprintf("seal %d ", n))
	return begin, strings.Index(text, fmt.Sprintf("seal %d ", n+1))
}

// TestListsRemoved: where it is known whose audit log it is, lists that are gone are missing. Who has none is asked for none.
func TestListsRemoved(t *testing.T) {
	c := newCentre(t)
	must(t, os.RemoveAll(c.path("_seals")))
	r := c.verify(verify.Options{CentralDir: filepath.Join(c.dir, "central"), CentralLog: c.dir})
	for _, name := range []string{list1, list2} {
		if !slices.ContainsFunc(r.Findings, func(f finding.Finding) bool {
			return f.Code == finding.FileMissing && f.File == filepath.Join(c.dir, name)
		}) {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
	must(t, os.Remove(filepath.Join(c.dir, "audit_log")))
	if r := c.verify(verify.Options{}); len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
}

// TestListsRemovedAfterAMove: which lists there should be says the chain of the last seal, in audit_log, and not in what
// that was rotated to before.
func TestListsRemovedAfterAMove(t *testing.T) {
	for _, rotated := range []bool{false, true} { // so that there is no audit_log
		c := newCentre(t)
		c.movesThereAndBack()
		must(t, os.RemoveAll(c.path("_seals")))
		if rotated {
			must(t, os.Rename(filepath.Join(c.dir, "audit_log"), filepath.Join(c.dir, "audit_log-20260103-000000")))
		}
		r := c.verify(verify.Options{CentralDir: filepath.Join(c.dir, "central"), CentralLog: c.dir})
		var missing []string
		for _, f := range r.Findings {
			if f.Code == finding.FileMissing {
				missing = append(missing, strings.TrimPrefix(f.File, c.dir+"/"))
			}
		}
		if slices.Sort(missing); !slices.Equal(missing, []string{list1, list2, list3}) {
			t.Errorf("missing are %q", missing)
		}
	}
}

// TestDirectoryTwice: a directory that is named twice, by a link too, is checked once.
func TestDirectoryTwice(t *testing.T) {
	c := newCentre(t)
	removeLine(c, list1, " 28 56 1 web2")
	once := c.verify(verify.Options{})
	must(t, os.Symlink("central", filepath.Join(c.dir, "link")))
	central := filepath.Join(c.dir, "central")
	twice, err := verify.Run(t.Context(), verify.Options{Central: []string{central, filepath.Join(c.dir, "link"), central + "/"}, Now: c.now.Add(time.Hour)})
	must(t, err)
	sealed := func(r *finding.Report) (n int) {
		for _, f := range r.Findings {
			if f.Seal != "" {
				n++
			}
		}
		return n
	}
	if sealed(once) == 0 || sealed(twice) != sealed(once) || twice.Counts.Central != once.Counts.Central {
		t.Errorf("%+v %+v\nonce:\n%+v %+v", twice.Counts, twice.Findings, once.Counts, once.Findings)
	}
}

// TestHostsOfLists: of hosts that are asked for those files are held against the lists that name them, and those of
// anybody's lines, and the lists are; where no path names one, or one that does not has lines of it, all files are.
func TestHostsOfLists(t *testing.T) {
	const shared, single, rest, own = "relay/_/_-2026-01-02.log", "web1-2026-01-02.log", "relay/_other/_other-2026-01-02.log", "web1/web1/own-2026-01-02.log"
	for name, tt := range map[string]struct {
		do    func(c *centre)
		host  string
		finds []string // code and file
	}{
		"nothing":                     {func(*centre) {}, "web1", nil},
		"another host's file altered": {func(c *centre) { c.change("central/"+first, "line 2", "Line 2") }, "web2", nil},
		"a file that had its lines, too": {func(c *centre) {
			c.change("central/"+second, "line 2", "Line 2")
		}, "web1", []string{"file_altered " + second}},
		"its file altered":                {func(c *centre) { c.change("central/"+second, "line 2", "Line 2") }, "web2", []string{"file_altered " + second}},
		"its file removed":                {func(c *centre) { must(c.t, os.Remove(c.path(first))) }, "web1", []string{"file_missing " + first}},
		"another host's file removed":     {func(c *centre) { must(c.t, os.Remove(c.path(first))) }, "web2", nil},
		"a file that nobody has sealed":   {func(c *centre) { c.line("web1/_/x-2026-01-02.log", "lie") }, "web1", []string{"unknown_file web1/_/x-2026-01-02.log"}},
		"a file of its and others' lines": {func(c *centre) { c.change("central/"+shared, "of another", "of anybody") }, "web1", []string{"file_altered " + shared}},
		"a file of others' lines alone":   {func(c *centre) { c.change("central/"+shared, "of another", "of anybody") }, "web2", nil},
		"a file named by it and the day":  {func(c *centre) { c.change("central/"+single, "of one", "of two") }, "web1", []string{"file_altered " + single}},
		"no path names it": {func(c *centre) {
			c.change("central/"+second, "line 2", "Line 2")
			must(c.t, os.Remove(c.path(first)))
		}, "host", []string{"file_altered " + second, "file_missing " + first}},
		"a sender names a stream so": {func(c *centre) {
			c.line("evil/host-2026-01-03.log", "x")
			must(c.t, os.Remove(c.path(first)))
		}, "host", []string{"file_missing " + first}},
		"a file of anybody's lines removed": {func(c *centre) { must(c.t, os.Remove(c.path(rest))) }, "web2", []string{"file_missing " + rest}},
		"a list cut":                        {func(c *centre) { must(c.t, os.Truncate(filepath.Join(c.dir, list1), 300)) }, "web9", []string{"file_altered _seals/2026-01-01.log", "file_shortened _seals/2026-01-01.log"}},
		"its file packed, and another one beside it": {func(c *centre) {
			c.pack(first)
			c.line(first, "line 0")
		}, "web2", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCentre(t)
			c.append("central/"+shared, "<13>1 - web1 - - - - of web1\n<13>1 - other - - - - of another\n")
			c.append("central/"+own, "<13>1 - web1 - - - - of web1\n")
			c.line(single, "of one")
			c.line(rest, "of anybody")
			c.seal(shared, own, single, rest, third)
			tt.do(c)
			r := c.verify(verify.Options{Hosts: []string{tt.host}})
			var finds []string
			for _, f := range r.Findings {
				if f.File != "" && !slices.Contains(finds, string(f.Code)+" "+strings.TrimPrefix(f.File, c.path("")+"/")) {
					finds = append(finds, string(f.Code)+" "+strings.TrimPrefix(f.File, c.path("")+"/"))
				}
			}
			slices.Sort(finds)
			for _, want := range tt.finds {
				if !slices.Contains(finds, want) {
					t.Errorf("%q is not told: %q", want, finds)
				}
			}
			if tt.host != "web9" && len(finds) != len(tt.finds) {
				t.Errorf("told: %q", finds)
			}
			if r.Counts.Central == 0 && tt.host != "web9" {
				t.Error("no byte was held against a seal")
			}
		})
	}
}

// TestListWasCut: where a list has lost seals, as after a restore of an older one, those files are named that were in
// them and got nothing since, on the same day already.
func TestListWasCut(t *testing.T) {
	const fourth = "web3/_/_-2026-01-03.log"
	for name, tt := range map[string]struct {
		cut, goesOn bool
		written     time.Duration // the files were, before the last seal
		pause       time.Duration // between the seals that are left and the last one
		finds       []string
	}{
		"not cut":                       {false, true, time.Hour, 0, nil},
		"the collector has not gone on": {true, false, time.Hour, 0, []string{"file_shortened _seals/2026-01-03.log", "no_seal " + third, "no_seal " + fourth}},
		"the collector has gone on":     {true, true, time.Hour, 0, []string{"file_shortened _seals/2026-01-03.log", "no_seal " + third, "no_seal " + fourth}},
		"written to since":              {true, false, 0, 0, []string{"file_shortened _seals/2026-01-03.log"}},
		"written behind those that are left": {true, false, 5 * time.Minute, 10 * time.Minute,
			[]string{"file_shortened _seals/2026-01-03.log", "no_seal " + third, "no_seal " + fourth}},
		"written just before the last one": {true, false, 30 * time.Second, 10 * time.Minute, []string{"file_shortened _seals/2026-01-03.log"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCentre(t)
			c.seal(third)
			was := c.sizes["_seals/2026-01-03.log"]
			c.line(third, "in a seal that is cut off")
			c.line(fourth, "likewise, all of it")
			c.now = c.now.Add(tt.pause)
			c.seal(third, fourth)
			if tt.cut {
				must(t, os.Truncate(filepath.Join(c.dir, list3), was))
				c.sizes["_seals/2026-01-03.log"] = was
			}
			c.now = c.now.Add(2 * time.Hour)
			if tt.goesOn {
				if former := c.chain; tt.cut {
					c.chain = seal.NewChain()
					c.tell(event.SealBroken.With("former", former.ID, "cause", "x", "n", former.N, "chain", c.chain.ID).String())
				}
				c.line("web4/_/_-2026-01-03.log", "behind")
				c.seal("web4/_/_-2026-01-03.log")
			}
			at := c.now.Add(-2*time.Hour - tt.written)
			for _, file := range []string{third, fourth} {
				must(t, os.Chtimes(c.path(file), at, at))
			}
			var finds []string
			for _, f := range c.verify(verify.Options{}).Findings {
				finds = append(finds, string(f.Code)+" "+strings.TrimPrefix(f.File, c.path("")+"/"))
			}
			if slices.Sort(finds); !slices.Equal(finds, tt.finds) {
				t.Errorf("%q, want %q", finds, tt.finds)
			}
		})
	}
}

// TestDaysOfLists: only files of the days that are asked for are read.
func TestDaysOfLists(t *testing.T) {
	c := newCentre(t)
	c.change("central/"+second, "line 2", "Line 2")
	if r := c.verify(verify.Options{From: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}); len(r.Findings) > 0 || r.Counts.Central == 0 {
		t.Errorf("%+v", r.Findings)
	}
	if r := c.verify(verify.Options{To: time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)}); len(r.Findings) != 1 {
		t.Errorf("%+v", r.Findings)
	}
}
