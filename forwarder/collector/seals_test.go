package collector

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
)

// newSealed is a site whose collector seals with each record.
func newSealed(t *testing.T) *site {
	s := newSite(t)
	s.o.Seal = time.Nanosecond
	return s
}

// record makes a record, and what is due with it.
func (s *site) record(c *Collector) {
	s.t.Helper()
	for range 2 { // the first notes that there is something to seal
		c.state.at = time.Time{}
		must(s.t, c.commitDue(true))
		for c.state.seals.sealer.Reads() {
			c.sealSome()
		}
	}
}

// sealAll seals what is recorded, without messages in between.
func sealAll(c *Collector) error {
	if err := c.beginSeal(); err != nil {
		return err
	}
	for c.state.seals.sealer.Reads() {
		c.state.seals.sealer.Read(c.set.IsStill)
	}
	return c.endSeal()
}

// eachEvent gives the events that are in the spool.
func (s *site) eachEvent(give func(*spool.Frame)) {
	s.t.Helper()
	c := spool.NewCatalog(s.stateDir.Spool())
	must(s.t, c.Refresh())
	r := spool.NewReader(c, nil, func(h *frame.FileHeader) bool { return h.Stream == stream.Audit })
	defer r.Close()
	for {
		f, err := r.Next()
		must(s.t, err)
		if f == nil {
			return
		}
		if f.Kind == frame.Event {
			give(f)
		}
	}
}

// sealTexts are the events of seals that are in the spool.
func (s *site) sealTexts() (texts []string) {
	s.t.Helper()
	s.eachEvent(func(f *spool.Frame) {
		if text := strings.TrimSuffix(string(f.Payload), "\n"); strings.Contains(text, "{event=seal.central ") {
			texts = append(texts, text)
		}
	})
	return texts
}

// seals are the seals that were told, each once, in their order.
func (s *site) seals() (all []seal.Seal) {
	s.t.Helper()
	var check seal.Checker
	for _, text := range s.sealTexts() {
		one, err := seal.Parse(text)
		must(s.t, err)
		if check.Add(&one, text) {
			all = append(all, one)
		}
	}
	if flaws := check.Findings(); len(flaws) > 0 {
		s.t.Errorf("%+v", flaws)
	}
	return all
}

// checkSeals holds that all that the files have is sealed, once, as it is, and that the events have the lists.
func (s *site) checkSeals() (seals int) {
	s.t.Helper()
	covered := map[string]int64{}
	lists := map[string]int64{}
	for _, one := range s.seals() {
		l := one.Central
		b := s.read(l.List)
		if lists[l.List] != l.Begin || int64(len(b)) < l.End || seal.SumOf(string(b[l.Begin:l.End])) != l.Sum {
			s.t.Errorf("seal %d is not of the list: %+v", one.N, l)
			continue
		}
		lists[l.List] = l.End
		lines := bytes.Split(bytes.TrimSuffix(b[l.Begin:l.End], []byte("\n")), []byte("\n"))
		h, err := seal.ParseHeading(lines[0])
		must(s.t, err)
		if h.N != one.N || h.Chain != one.Chain || h.Prev != one.Prev || h.Pieces != len(lines)-1 || uint64(h.Pieces) != l.Files {
			s.t.Errorf("%s: %+v", lines[0], one)
		}
		for _, line := range lines[1:] {
			p, err := seal.ParsePiece(line)
			must(s.t, err)
			text := s.read(p.Path)
			if covered[p.Path] != p.From || int64(len(text)) < p.To || sha256.Sum256(text[p.From:p.To]) != p.Sum || int64(bytes.Count(text[p.From:p.To], []byte("\n"))) != p.Lines {
				s.t.Errorf("%s is not as it is, or not behind %d", line, covered[p.Path])
			}
			covered[p.Path] = p.To
		}
		seals++
	}
	for name, end := range lists {
		if n := int64(len(s.read(name))); n != end {
			s.t.Errorf("%s has %d bytes, and %d are sealed", name, n, end)
		}
	}
	paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "[^_]*/*/*"))
	for _, path := range paths {
		name := strings.TrimPrefix(path, s.o.Dir+"/")
		if n := int64(len(s.read(name))); n != covered[name] {
			s.t.Errorf("%s has %d bytes, and %d are sealed", name, n, covered[name])
		}
	}
	return seals
}

func (s *site) read(name string) []byte {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.o.Dir, name))
	must(s.t, err)
	return b
}

// TestSeals: what files have got is sealed, each byte once, and the seals are a chain.
func TestSeals(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	for n := range uint64(3) {
		s.put("web1", message(1, n+1, "a"))
		if n != 1 {
			s.put("web2", message(2, n+1, "a"), message(2, n+1, "a"))
		}
		s.step(c)
		s.record(c)
	}
	s.record(c) // nothing is new
	s.end(c)
	if n := s.checkSeals(); n != 3 {
		t.Errorf("%d seals", n)
	}
	s.expectTold()
}

// TestNoSeals where they are off.
func TestNoSeals(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	s.record(c)
	s.end(c)
	if _, err := os.Lstat(filepath.Join(s.o.Dir, place.SealsDir)); err == nil || len(s.sealTexts()) > 0 {
		t.Errorf("%q", s.sealTexts())
	}
}

// TestSealsOffAndOn: the chain goes on, no event says that it begins or is broken, and what came meanwhile is sealed.
func TestSealsOffAndOn(t *testing.T) {
	s := newSealed(t)
	for n, every := range []time.Duration{time.Nanosecond, 0, 0, time.Nanosecond} {
		s.o.Seal = every
		c := s.begin()
		s.put("web1", message(1, uint64(n)+1, "a"))
		s.step(c)
		s.record(c)
		s.end(c)
		if texts := s.sealTexts(); n < 3 && len(texts) != 1 {
			t.Errorf("process %d: %d seals were told", n, len(texts))
		}
	}
	if n := s.checkSeals(); n != 2 {
		t.Errorf("%d seals", n)
	}
	for _, text := range s.told {
		if !strings.Contains(text, "{event=seal.central ") {
			t.Errorf("told: %s", text)
		}
	}
}

// TestSealsOfKilled: killed between list, event and record, and with a part of a list: the chain goes on, and no seal
// has two texts.
func TestSealsOfKilled(t *testing.T) {
	for _, torn := range []string{"", "seal 9 0123", "seal 2 x 2026-11-27T12:34:56Z 2\n"} {
		s := newSealed(t)
		n := uint64(0)
		for round := range 6 {
			c := s.begin()
			n++
			s.put("web1", message(1, n, "a"))
			s.step(c)
			s.record(c)
			if round%2 == 0 {
				n++
				s.put("web2", message(2, n, "behind the record"))
				s.step(c)
			}
			s.kill(c) // the record has the state of a while ago
			f, err := os.OpenFile(filepath.Join(s.o.Dir, place.List(place.DayOf(time.Now()))), os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteString(torn)
			must(t, err)
			must(t, f.Close())
		}
		c := s.begin()
		s.step(c)
		s.record(c)
		s.end(c)
		if seals := s.checkSeals(); seals < 6 || len(s.sealTexts()) == seals {
			t.Errorf("%d seals, told %d times", seals, len(s.sealTexts()))
		}
	}
}

// TestSealUntold: a seal whose event cannot be written is told later, by this process or another one.
func TestSealUntold(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	must(t, c.commit())
	back := s.noSpool()
	if err := sealAll(c); err == nil {
		t.Error("it is told")
	}
	back()
	s.kill(c)
	c = s.begin()
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.record(c)
	s.end(c)
	if n := s.checkSeals(); n != 2 {
		t.Errorf("%d seals", n)
	}
}

// noSpool has no event be written until the function that it returns is called.
func (s *site) noSpool() (back func()) {
	s.t.Helper()
	spool := s.stateDir.Spool()
	must(s.t, os.Rename(spool, spool+".away"))
	must(s.t, os.WriteFile(spool, nil, 0o600))
	return func() {
		must(s.t, os.Remove(spool))
		must(s.t, os.Rename(spool+".away", spool))
	}
}

// TestUnsealed: where the list cannot be written lines are, and that is told; in the end they are sealed.
func TestUnsealed(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	dir := filepath.Join(s.o.Dir, place.SealsDir)
	must(t, os.WriteFile(dir, nil, 0o640))
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	s.record(c)
	s.expect("web1/*/*", "a")
	must(t, os.Remove(dir))
	s.record(c)
	s.end(c)
	s.checkSeals()
	s.expectTold("collect.unsealed", "collect.sealed")
}

// TestMessagesDoNotWaitForSeals: while many files are sealed messages are written, and each byte is sealed once.
func TestMessagesDoNotWaitForSeals(t *testing.T) {
	s := newSealed(t)
	s.o.Sync = false
	c := s.begin()
	const senders = 2500
	for n := range uint64(senders) {
		s.put(fmt.Sprintf("web%d", n), message(n+1, 1, "a"))
	}
	s.step(c)
	for range 2 { // the first notes that there is something to seal
		c.state.at = time.Time{}
		must(t, c.commitDue(true))
	}
	list := filepath.Join(s.o.Dir, place.List(place.DayOf(time.Now())))
	want := []string{"a"}
	steps := 0
	for ; c.state.seals.sealer.Reads(); steps++ {
		if _, err := os.Lstat(list); err == nil {
			t.Error("there is a list before all is read")
		}
		text := fmt.Sprint("meanwhile ", steps)
		want = append(want, text)
		s.put("web7", message(8, uint64(steps)+2, text))
		s.step(c)
		s.expect("web7/*/*", want...)
	}
	if steps < 3 {
		t.Errorf("all was read in %d steps", steps)
	}
	s.record(c)
	s.end(c)
	if n := s.checkSeals(); n != 2 {
		t.Errorf("%d seals", n)
	}
	s.expectTold()
}

// TestReplacedBeforeItIsSealed: a file that others replace, and that is written to, while others are sealed is sealed from
// where the collector went on with it.
func TestReplacedBeforeItIsSealed(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	must(t, c.commit())
	must(t, c.beginSeal())
	name := "web1/web1/access-" + place.DayOf(s.received).String() + ".log"
	path := filepath.Join(s.o.Dir, name)
	must(t, os.Rename(path, path+".old"))
	must(t, os.WriteFile(path, []byte("not ours\n"), 0o640))
	c.set.Close() // and it is opened again
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.record(c)
	s.end(c)
	s.expectTold("collect.gone")
	var pieces []string
	for line := range strings.Lines(string(s.read(place.List(place.DayOf(time.Now()))))) {
		if p, err := seal.ParsePiece([]byte(strings.TrimSuffix(line, "\n"))); err == nil && p.Path == name {
			pieces = append(pieces, fmt.Sprint(p.From, " ", p.To))
		}
	}
	if want := []string{fmt.Sprint(len("not ours\n"), " ", len(s.read(name)))}; !slices.Equal(pieces, want) {
		t.Errorf("sealed %q, want %q", pieces, want)
	}
}

// TestHowFarSealsAre: the status has the last seal, also after a restart, and what waits for its seal since when.
func TestHowFarSealsAre(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	now := func() status.CollectSeals {
		t.Helper()
		c.publish()
		h := c.Progress.CollectHealth()
		if h.Seals == nil {
			t.Fatal("there are no seals")
		}
		return *h.Seals
	}
	if got := now(); got != (status.CollectSeals{Every: s.o.Seal}) {
		t.Errorf("at first: %+v", got)
	}
	dir := filepath.Join(s.o.Dir, place.SealsDir)
	must(t, os.WriteFile(dir, nil, 0o640))
	s.put("web1", message(1, 1, "a"))
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	s.record(c)
	first := now()
	if want := int64(2 * len(s.read("web1/web1/access-"+place.DayOf(s.received).String()+".log"))); first.Files != 2 || first.Bytes != want || first.Since.IsZero() || first.N != 0 || !first.At.IsZero() {
		t.Errorf("not sealed: %+v; %d bytes", first, want)
	}
	s.record(c)
	if got := now(); got != first {
		t.Errorf("not sealed yet: %+v, not %+v", got, first)
	}
	must(t, os.Remove(dir))
	s.record(c)
	sealed := now()
	if sealed.N != 1 || sealed.Chain == "" || sealed.At.IsZero() || !sealed.Since.IsZero() || sealed.Files != 0 || sealed.Bytes != 0 {
		t.Errorf("sealed: %+v", sealed)
	}
	s.end(c)
	c = s.begin()
	if got := now(); got.N != 1 || !got.At.Equal(sealed.At) || got.Chain != sealed.Chain || got.Files != 0 {
		t.Errorf("after a restart: %+v, not %+v", got, sealed)
	}
	s.end(c)
	s.o.Seal = 0
	c = s.begin()
	if c.publish(); c.Progress.CollectHealth().Seals != nil {
		t.Error("there are seals, and none are made")
	}
	s.end(c)
}

// TestSealsOfDays: the files of a day are packed when they are sealed, and so is its list; a later piece is in the list
// of the next day.
func TestSealsOfDays(t *testing.T) {
	s := newSealed(t)
	s.o.Compress = true
	today := place.DayOf(time.Now())
	s.received = today.Begin().Add(-time.Hour)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	c.state.day = today // as commitDue does
	must(t, c.commit())
	if c.set.Names() != 1 || c.set.FirstBefore(today) != today-1 {
		t.Error("a file that is not sealed was let go")
	}
	s.record(c)
	s.record(c)
	if c.set.Names() != 0 {
		t.Error("a file that is sealed is kept")
	}
	s.checkSeals()
	must(t, os.Rename(filepath.Join(s.o.Dir, place.List(today)), filepath.Join(s.o.Dir, place.List(today-1))))
	must(t, c.keeper.pass(t.Context()))
	s.end(c)
	for _, name := range []string{"web1/web1/access-" + (today - 1).String() + ".log.gz", place.List(today-1) + ".gz"} {
		if _, err := os.Lstat(filepath.Join(s.o.Dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestSealsAreLost: without the record, or with an older one, another chain begins, and that is told; one that goes on
// with the list is the same.
func TestSealsAreLost(t *testing.T) {
	s := newSealed(t)
	write := func() {
		c := s.begin()
		s.put("web1", message(1, s.number, "a"))
		s.step(c)
		s.record(c)
		s.end(c)
	}
	write()
	write()
	list := filepath.Join(s.o.Dir, place.List(place.DayOf(time.Now())))
	b, err := os.ReadFile(list)
	must(t, err)
	at := bytes.Index(b[1:], []byte("seal ")) + 1
	must(t, os.WriteFile(list, b[at:], 0o640)) // as if there were older lists
	must(t, os.Remove(s.stateDir.Cursor(statedir.CollectCursor)))
	s.told = nil
	write()
	write()
	s.told = slices.Compact(s.told) // seals of the last moments are told again
	s.expectTold("seal.broken")
	former, _ := event.Parse(s.told[0])
	chains := map[string]uint64{}
	for _, text := range s.sealTexts() {
		one, err := seal.Parse(text)
		must(t, err)
		chains[one.Chain] = max(chains[one.Chain], one.N)
	}
	if len(chains) != 2 || chains[former.Get("former")] != 2 || former.Get("n") != "2" || chains[former.Get("chain")] != 2 {
		t.Errorf("%v: %s", chains, s.told[0])
	}
}

// TestSealedFileIsCut: what others do to a file or a list after it was sealed is told, and nobody seals it for them.
func TestSealedFileIsCut(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"), message(1, 2, "b"))
	s.step(c)
	s.record(c)
	s.end(c)
	file := "web1/web1/access-" + place.DayOf(s.received).String() + ".log"
	list := place.List(place.DayOf(time.Now()))
	for _, name := range []string{file, list} {
		must(t, os.Truncate(filepath.Join(s.o.Dir, name), 10))
	}
	c = s.begin()
	s.put("web1", message(1, 3, "c"))
	s.step(c)
	s.record(c)
	s.end(c)
	s.expectTold("collect.short", "collect.short", "seal.broken")
	if broken, _ := event.Parse(s.told[2]); !strings.HasPrefix(broken.Get("cause"), "the lists of seals are not those of the record: ") {
		t.Errorf("%q", broken.Get("cause"))
	}
	b := s.read(list)
	lines := slices.DeleteFunc(strings.Split(string(b), "\n"), func(l string) bool { return !strings.HasSuffix(l, " "+file) })
	if len(lines) != 1 || !strings.Contains(lines[0], fmt.Sprintf(" 10 %d 1 ", len(s.read(file)))) {
		t.Errorf("%q", b)
	}
}

// TestStateRestored: a state directory from a backup costs the files no line that was sealed, nor one behind that.
func TestStateRestored(t *testing.T) {
	s := newSealed(t)
	copied := string(s.stateDir) + ".copy"
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	s.record(c)
	s.end(c)
	must(t, os.CopyFS(copied, os.DirFS(string(s.stateDir))))
	c = s.begin()
	s.put("web1", message(1, 2, "b"))
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	s.record(c)
	s.put("web1", message(1, 3, "not sealed"))
	s.step(c)
	must(t, c.commit())
	s.end(c)
	must(t, os.RemoveAll(string(s.stateDir)))
	must(t, os.Rename(copied, string(s.stateDir)))
	c = s.begin()
	s.step(c)
	s.record(c)
	s.end(c)
	s.expect("web1/*/*", "a", "b", "not sealed")
	s.expect("web2/*/*", "a")
	s.expectTold("collect.older")
	s.checkSeals()
}

// TestSealsAreFoundLater: where lists cannot be looked at when the collector begins, what they have is not sealed again
// when they can.
func TestSealsAreFoundLater(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	must(t, c.commit())
	must(t, sealAll(c))
	s.kill(c) // before a record has the seal
	dir := filepath.Join(s.o.Dir, place.SealsDir)
	must(t, os.Rename(dir, dir+".away"))
	must(t, os.WriteFile(dir, nil, 0o640))
	c = s.begin()
	must(t, os.Remove(dir))
	must(t, os.Rename(dir+".away", dir))
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.record(c)
	s.end(c)
	if n := s.checkSeals(); n != 2 {
		t.Errorf("%d seals", n)
	}
	s.expectTold("collect.unsealed", "collect.sealed")
}
