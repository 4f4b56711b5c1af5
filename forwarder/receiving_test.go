package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

var receivedStreams = []Stream{
	{Name: "access", Facility: syslogfmt.Local1}, {Name: "error", Facility: syslogfmt.Local2}, {Name: "second", Facility: syslogfmt.Local2},
}

func receivingOptions(t *testing.T) ReceivingOptions {
	return ReceivingOptions{
		Streams: receivedStreams, Host: "web1", StateDir: t.TempDir(), Memory: 4 << 20, MaxLine: 1 << 10, LastTry: time.Minute,
	}
}

func newReceiving(t *testing.T, ctx context.Context, o ReceivingOptions) *Receiving {
	t.Helper()
	r, err := NewReceiving(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func closeReceiving(t *testing.T, r *Receiving) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func messageOf(f syslogfmt.Facility, text string) *listener.Message {
	return &listener.Message{Facility: f, Severity: syslogfmt.Err, Received: time.Now(), Text: []byte(text)}
}

// takenFrame is a frame that was read.
type takenFrame struct {
	spool.Frame
	stream string
	writer spool.WriterID
	text   string
	origin spool.Origin
}

// takenIn are all frames in the spool, in the order of their writers.
func takenIn(t *testing.T, stateDir string) (all []takenFrame) {
	t.Helper()
	c := spool.NewCatalog(statedir.SpoolDir(stateDir))
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	defer r.Close()
	for {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f == nil {
			return all
		}
		if f.First == 0 {
			continue
		}
		s := takenFrame{Frame: *f, stream: f.Head.Stream, writer: f.Head.File.Writer, text: strings.TrimSuffix(string(f.Payload), "\n")}
		s.Origin = slices.Clone(f.Origin)
		s.origin, _ = spool.ParseOrigin(s.Origin)
		all = append(all, s)
	}
}

func TestReceivingRoutes(t *testing.T) {
	o := receivingOptions(t)
	r := newReceiving(t, t.Context(), o)
	stamp := time.Unix(1700000000, 5000)
	m := listener.Message{
		Facility: syslogfmt.Local2, Severity: syslogfmt.Crit, Received: time.Now(), Time: stamp, Host: []byte("db7"),
		Tag: []byte("su"), ProcID: []byte("77"), Data: []byte("[x@1]"), Text: []byte("one\ntwo"),
	}
	if reason := r.Take(&m); reason != listener.Taken {
		t.Error(reason)
	}
	for text, want := range map[syslogfmt.Facility]listener.Reason{
		syslogfmt.Local1: listener.Taken, syslogfmt.Local3: listener.Facility, syslogfmt.Kern: listener.Facility,
	} {
		if reason := r.Take(messageOf(text, "x")); reason != want {
			t.Errorf("facility %v: %q, want %q", text, reason, want)
		}
	}
	r.Take(messageOf(syslogfmt.Local2, "three"))
	closeReceiving(t, r)
	got := map[string][]takenFrame{}
	for _, f := range takenIn(t, o.StateDir) {
		got[f.stream] = append(got[f.stream], f)
	}
	if len(got["access"]) != 1 || len(got["error"]) != 2 || len(got) != 2 {
		t.Fatalf("%d, %d frames of %d streams", len(got["access"]), len(got["error"]), len(got))
	}
	f := got["error"][0]
	if f.text != `one\ntwo` || f.First != 1 || f.Lines != 1 || f.Severity != 2 || f.Kind != spool.Lines || f.Time.UnixNano() != m.Received.UnixNano() ||
		!f.origin.Time.Equal(stamp) || string(f.origin.Host) != "db7" || string(f.origin.Tag) != "su" || string(f.origin.ProcID) != "77" || string(f.origin.Data) != "[x@1]" {
		t.Errorf("%+v", f)
	}
	if f = got["error"][1]; f.text != "three" || f.First != 2 || f.Severity != 3 || f.Head.Host != "web1" {
		t.Errorf("%+v", f)
	}
}

// Structured data that is too long is told of as what it is: the text is whole.
func TestTooLongDataIsToldOf(t *testing.T) {
	o := receivingOptions(t)
	var told []string
	o.Tell = func(_ syslogfmt.Severity, text string) { told = append(told, text) }
	r := newReceiving(t, t.Context(), o)
	m := messageOf(syslogfmt.Local1, "a text")
	m.MsgID = []byte("ID47")
	for _, n := range []int{spool.MaxOriginData, spool.MaxOriginData + 1} {
		m.Data = []byte("[x@1 a=\"" + strings.Repeat("v", n-len(`[x@1 a=""]`)) + "\"]")
		if reason := r.Take(m); reason != listener.Taken {
			t.Error(reason)
		}
	}
	closeReceiving(t, r)
	if want := fmt.Sprintf("[the structured data of 1 messages of access was left out: it was longer than %d bytes]", spool.MaxOriginData); fmt.Sprint(told) != want {
		t.Errorf("%q, want %s", told, want)
	}
	for i, f := range takenIn(t, o.StateDir)[:2] {
		if f.text != "a text" || string(f.origin.MsgID) != "ID47" || (len(f.origin.Data) == 0) != (i == 1) {
			t.Errorf("%d: %q, %s, %d bytes of data", i, f.text, f.origin.MsgID, len(f.origin.Data))
		}
	}
}

// Streams come and go while messages do: each message that was taken is in the spool,
// once, with a number of its own.
func TestReceivingLosesNothingInAReload(t *testing.T) {
	o := receivingOptions(t)
	r := newReceiving(t, t.Context(), o)
	var taken atomic.Int64
	var takers sync.WaitGroup
	done := make(chan struct{})
	for n := range 4 {
		takers.Go(func() {
			for i := 0; !isClosed(done); i++ {
				m := messageOf(syslogfmt.Local1+syslogfmt.Facility(i%2), fmt.Sprintf("%d.%d", n, i))
				if r.Take(m) == listener.Taken {
					taken.Add(1)
				}
				if i%100 == 0 {
					r.Flush()
				}
			}
		})
	}
	for i := range 100 {
		streams := receivedStreams
		if i%2 == 0 {
			streams = []Stream{receivedStreams[i/2%2]}
		}
		if err := r.SetStreams(streams); err != nil {
			t.Fatal(err)
		}
		for had := taken.Load(); taken.Load() < had+50; {
			time.Sleep(time.Microsecond)
		}
	}
	close(done)
	takers.Wait()
	closeReceiving(t, r)
	texts, last := map[string]bool{}, map[spool.WriterID]uint64{}
	for _, f := range takenIn(t, o.StateDir) {
		if texts[f.text] || f.First != last[f.writer]+1 || f.Dropped != 0 {
			t.Fatalf("%q has number %d after %d", f.text, f.First, last[f.writer])
		}
		texts[f.text], last[f.writer] = true, f.First
	}
	if n := int(taken.Load()); len(texts) != n {
		t.Errorf("%d messages in the spool, %d were taken", len(texts), n)
	}
	if err := r.SetStreams(receivedStreams); err == nil {
		t.Error("a closed one gets streams")
	}
}

// breakSpool puts a file where the spool is to be; mend takes it away.
func breakSpool(t *testing.T, stateDir string) (mend func()) {
	t.Helper()
	if err := os.MkdirAll(stateDir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(statedir.SpoolDir(stateDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(statedir.SpoolDir(stateDir)); err != nil {
			t.Fatal(err)
		}
	}
}

// fill takes messages until there is no room, and returns how many were taken.
func fill(t *testing.T, r *Receiving) (taken int) {
	t.Helper()
	for r.Take(messageOf(syslogfmt.Local1, fmt.Sprint(taken, " ", strings.Repeat("x", 900)))) == listener.Taken {
		if taken++; taken > 1<<20 {
			t.Fatal("there is no end of memory")
		}
	}
	return taken
}

func TestReceivingDropsTheNewest(t *testing.T) {
	o := receivingOptions(t)
	var told atomic.Pointer[string]
	o.Tell = func(s syslogfmt.Severity, text string) { told.Store(&text) }
	o.Streams = o.Streams[:1]
	mend := breakSpool(t, o.StateDir)
	r := newReceiving(t, t.Context(), o)
	kept := fill(t, r)
	if most := kept * 900; most > o.Memory {
		t.Errorf("%d bytes were kept in %d bytes of memory", most, o.Memory)
	}
	for range 9 {
		if reason := r.Take(messageOf(syslogfmt.Local1, strings.Repeat("x", 900))); reason != listener.Full {
			t.Errorf("%q", reason)
		}
	}
	mend()
	for reason := listener.Full; reason == listener.Full; reason = r.Take(messageOf(syslogfmt.Local1, "last")) {
		time.Sleep(time.Millisecond)
	}
	closeReceiving(t, r)
	var lines, dropped, reported int
	var event string
	for _, f := range takenIn(t, o.StateDir) {
		dropped += int(f.Dropped)
		if f.Kind == spool.Event {
			var n int
			if _, err := fmt.Sscanf(f.text, "%d messages of access dropped: the spool could not be written", &n); err != nil {
				t.Errorf("%q: %v", f.text, err)
			}
			event, reported = f.text, reported+n
			continue
		}
		if lines++; lines <= kept && !strings.HasPrefix(f.text, fmt.Sprint(lines-1, " ")) {
			t.Fatalf("line %d is %.20q", lines, f.text)
		}
		if want := lines + dropped; int(f.First) != want {
			t.Fatalf("line %d has number %d, want %d", lines, f.First, want)
		}
	}
	if lines != kept+1 || dropped < 10 || reported != dropped || told.Load() == nil || *told.Load() != event {
		t.Errorf("%d lines of %d, %d dropped, %d reported, event %q, told %v", lines, kept+1, dropped, reported, event, told.Load())
	}
}

// With Block nothing is dropped, until ctx ends.
func TestReceivingBlocks(t *testing.T) {
	o := receivingOptions(t)
	o.Block = true
	mend := breakSpool(t, o.StateDir)
	ctx, cancel := context.WithCancel(t.Context())
	r := newReceiving(t, ctx, o)
	filled := make(chan struct{})
	go func() {
		fill(t, r)
		close(filled)
	}()
	in := r.routes.Load().byName["access"]
	for end := time.Now().Add(time.Minute); !in.hasNoRoom() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if err := r.SetStreams(receivedStreams[:1]); err != nil { // nobody is held up by it
		t.Error(err)
	}
	cancel()
	<-filled
	mend()
	closeReceiving(t, r)
	dropped := 0
	for _, f := range takenIn(t, o.StateDir) {
		dropped += int(f.Dropped)
	}
	if dropped != 1 {
		t.Errorf("%d lines were dropped, want the one in hand when ctx ended", dropped)
	}
}

// hasNoRoom reports whether there is none for a message of fill.
func (in *inlet) hasNoRoom() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.ring.Room(in.built, 4<<10) == nil
}

// A spool above MaxSpool makes senders wait, until it is smaller.
func TestReceivingWaitsForTheSpool(t *testing.T) {
	o := receivingOptions(t)
	o.Block, o.MaxSpool = true, 64<<10
	backlog := testbed.Overfill(t, o.StateDir, o.MaxSpool)
	r := newReceiving(t, t.Context(), o)
	taken := make(chan listener.Reason)
	go func() { taken <- r.Take(messageOf(syslogfmt.Local1, "a")) }()
	select {
	case <-taken:
		t.Fatal("it was taken")
	case <-time.After(5 * intake.ReadAhead):
	}
	if err := os.Remove(backlog); err != nil {
		t.Fatal(err)
	}
	if reason := <-taken; reason != listener.Taken {
		t.Error(reason)
	}
	closeReceiving(t, r)
	if all := takenIn(t, o.StateDir); len(all) != 1 || all[0].First != 1 || all[0].Dropped != 0 {
		t.Errorf("%+v", all)
	}
}

// TestReceivingKeepsToMaxSpool: with Block the spool grows beyond its size by one frame for
// each stream at most, however much is sent, and nothing is lost.
func TestReceivingKeepsToMaxSpool(t *testing.T) {
	o := receivingOptions(t)
	o.Block, o.MaxSpool, o.Memory = true, 64<<10, 16<<20
	r := newReceiving(t, t.Context(), o)
	const messages = 600 // a megabyte
	var sending sync.WaitGroup
	for _, f := range []syslogfmt.Facility{syslogfmt.Local1, syslogfmt.Local2} {
		sending.Go(func() {
			for n := range messages {
				r.Take(messageOf(f, fmt.Sprintf("%d %s", n, strings.Repeat("x", 900))))
				if n%10 == 9 {
					r.Flush()
				}
			}
		})
	}
	sent := make(chan struct{})
	go func() { sending.Wait(); close(sent) }()
	most := o.MaxSpool + 2*2048 // a frame of each has less than 1 KiB
	texts := make(map[string]int)
	for done := false; !done; {
		access, second := r.routes.Load().byName["access"], r.routes.Load().byName["error"]
		testbed.Eventually(t, "the spool is full, or all is sent", func() bool {
			done = isClosed(sent)
			return done || access.full.Load() && second.full.Load()
		})
		if size := spool.DirSize(statedir.SpoolDir(o.StateDir)); size > most {
			t.Fatalf("%d bytes in a spool of %d", size, o.MaxSpool)
		}
		for _, f := range takenIn(t, o.StateDir) {
			if f.File.Complete() { // as of before the reading
				texts[f.stream+f.text]++
				_ = os.Remove(f.File.Path) // it may have gone with a frame before
			}
		}
	}
	closeReceiving(t, r)
	for _, f := range takenIn(t, o.StateDir) {
		texts[f.stream+f.text]++
	}
	if len(texts) != 2*messages {
		t.Errorf("%d messages of %d", len(texts), 2*messages)
	}
}

func TestReceivingGivesUpInTheEnd(t *testing.T) {
	o := receivingOptions(t)
	o.LastTry = 0
	breakSpool(t, o.StateDir)
	r := newReceiving(t, t.Context(), o)
	r.Take(messageOf(syslogfmt.Local1, "a"))
	r.Take(messageOf(syslogfmt.Local1, "b"))
	r.Take(messageOf(syslogfmt.Local2, "c"))
	err := r.Close()
	for _, want := range []string{"2 messages of access could not be written to " + statedir.SpoolDir(o.StateDir), "1 messages of error"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestReceivedLine(t *testing.T) {
	const limit = 1 << 10
	long := strings.Repeat("y", limit)
	for _, tt := range []struct {
		text string
		lost int
		want string
	}{
		{"", 0, ""}, {"a", 0, "a"}, {"a\nb\n", 0, `a\nb\n`}, {long, 0, long}, {"\x00\xff", 0, "\x00\xff"},
		{long + "z", 0, long[:limit-intake.CutMark] + " [httpd_syslog: cut here, 65 bytes]"},
		{"\n" + long[:limit-2], 0, `\n` + long[:limit-2]},
		{"\n" + long[:limit-1], 0, `\n` + long[:limit-intake.CutMark-2] + " [httpd_syslog: cut here, 65 bytes]"},
		{"a", 7, "a [httpd_syslog: cut here, 7 bytes]"}, {"a", -1, "a [httpd_syslog: cut here]"},
	} {
		got, cut := appendLine(nil, &listener.Message{Text: []byte(tt.text), Lost: tt.lost}, limit)
		if string(got) != tt.want+"\n" || cut != strings.Contains(tt.want, "cut here") {
			t.Errorf("%.20q: %q, %v", tt.text, got, cut)
		}
	}
}

// FuzzInlet holds that no message takes more room than was found for it.
func FuzzInlet(f *testing.F) {
	f.Add([]byte("text"), []byte("host"), []byte("tag"), []byte("1"), []byte("[x]"), 0, 3)
	f.Add([]byte(strings.Repeat("\n", 3000)), []byte(strings.Repeat("h", 300)), []byte{}, []byte{}, []byte(strings.Repeat("d", 70000)), -1, 0)
	f.Add([]byte(strings.Repeat("\n", 30)), []byte{}, []byte{}, []byte{}, []byte{}, 1<<62, 1)
	f.Fuzz(func(t *testing.T, text, host, tag, procID, data []byte, lost, dropped int) {
		if lost < -1 {
			return
		}
		ring, err := intake.NewRing(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		defer ring.Free()
		in := &inlet{r: &Receiving{o: ReceivingOptions{MaxLine: 1 << 10}}, stream: strings.Repeat("s", 200), ring: ring, number: 1, dropped: uint32(dropped)}
		m := listener.Message{Text: text, Host: host, Tag: tag, ProcID: procID, Data: data, Lost: lost}
		o := spool.Origin{Host: host, Tag: tag, ProcID: procID, Data: data}
		room := ring.Room(0, 1)
		most := frameRoom(o.Room(), min(2*len(text)+intake.CutMark, 1<<10))
		if reason, open := in.take(&m); reason != listener.Taken || !open || in.built > most {
			t.Fatalf("%q, %d bytes built in a room of %d", reason, in.built, most)
		}
		if whole := spool.Whole(room[:in.built]); whole != in.built {
			t.Fatalf("%d bytes of %d are whole frames", whole, in.built)
		}
	})
}

func TestReceivingAllocatesNothing(t *testing.T) {
	o := receivingOptions(t)
	r := newReceiving(t, t.Context(), o)
	m := messageOf(syslogfmt.Local2, "[core:error] a line as Apache writes it")
	m.Time, m.Tag, m.ProcID = time.Now(), []byte("httpd"), []byte("4711")
	if n := testing.AllocsPerRun(1000, func() {
		r.Take(m)
		r.Flush()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkReceiving(b *testing.B) {
	r, err := NewReceiving(b.Context(), ReceivingOptions{
		Streams: receivedStreams, StateDir: filepath.Join(b.TempDir(), "state"), Memory: 16 << 20, MaxLine: 128 << 10, Block: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	m := messageOf(syslogfmt.Local2, "[core:error] a line as Apache writes it")
	m.Time, m.Tag, m.ProcID = time.Now(), []byte("httpd"), []byte("4711")
	b.ReportAllocs()
	for b.Loop() {
		r.Take(m)
	}
}

// TestFromSocketToServer: what programs log reaches the local file and the server, as
// they have written it.
func TestFromSocketToServer(t *testing.T) {
	c := newCentral(t)
	s := newSite(t, relayTo(c, "central"))
	ctx, cancel := context.WithCancel(t.Context())
	r := newReceiving(t, ctx, ReceivingOptions{Streams: s.o.Streams, Host: "web1", StateDir: s.o.StateDir, Memory: 4 << 20, MaxLine: 128 << 10, LastTry: time.Minute})
	l, err := listener.Open(listener.Options{Address: listener.Address{Scheme: "unixgram", Path: filepath.Join(t.TempDir(), "log")}, Host: "web1"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- l.Serve(ctx, r) }()
	conn, err := net.Dial("unixgram", l.Address().Path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const n = 1000
	stamp := time.Now().Truncate(time.Second)
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(conn, "<%d>%s httpd[%d]: number %d", syslogfmt.PRI(syslogfmt.Local2, syslogfmt.Severity(i%8)), stamp.Format(time.Stamp), 100+i%3, i)
		fmt.Fprintf(&want, "%s web1 httpd[%d]: [ID %d local2.%v] number %d\n", stamp.Format("2006-01-02T15:04:05.000000Z07:00"), 100+i%3, i+1, syslogfmt.Severity(i%8), i)
	}
	cancel()
	if err := errors.Join(<-served, r.Close(), RunDeliverer(t.Context(), s.o)); err != nil {
		t.Fatal(err)
	}
	if got := s.local("error_log"); got != want.String() {
		t.Errorf("the local file has %d bytes, want %d: %.200s", len(got), want.Len(), got)
	}
	var writer string
	for i, m := range c.lines() {
		pid, id, _ := strings.Cut(m.procID, "-")
		if i == 0 {
			writer = id
		}
		if m.stream != "error" || m.seq != fmt.Sprint(i+1) || m.text != fmt.Sprint("number ", i) || pid != fmt.Sprint(100+i%3) || id != writer || len(id) != 16 {
			t.Fatalf("%d: %+v", i, m)
		}
		severity := []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[i%8]
		if m.pri != "local2."+severity {
			t.Fatalf("%d: %+v, want %s", i, m, severity)
		}
	}
	if got := c.count(); got != n {
		t.Errorf("%d of %d lines at the server", got, n)
	}
}
