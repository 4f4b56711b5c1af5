package inlet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

var receivedStreams = []stream.Stream{
	{Name: "access", Facility: syslogfmt.Local1}, {Name: "error", Facility: syslogfmt.Local2}, {Name: "second", Facility: syslogfmt.Local2},
}

func testOptions(t *testing.T) Options {
	return Options{
		Streams: receivedStreams, Host: "web1", StateDir: statedir.Dir(t.TempDir()), Memory: 4 << 20, MaxLine: 1 << 10, LastTry: time.Minute,
	}
}

func newInlets(t *testing.T, ctx context.Context, o Options) *Inlets {
	t.Helper()
	r, err := New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func closeInlets(t *testing.T, r *Inlets) {
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
	writer frame.WriterID
	text   string
	origin frame.Origin
}

// takenIn are all frames in the spool, in the order of their writers, but for the events of their begin and end.
func takenIn(t *testing.T, stateDir statedir.Dir) (all []takenFrame) {
	t.Helper()
	for f := range testbed.Frames(t, stateDir.Spool()) {
		if told, _ := event.Parse(strings.TrimSuffix(string(f.Payload), "\n")); f.First == 0 || told.Code == event.InletBegin.Code || told.Code == event.InletEnd.Code {
			continue
		}
		s := takenFrame{Frame: *f, stream: f.Head.Stream, writer: f.Head.File.Writer, text: strings.TrimSuffix(string(f.Payload), "\n")}
		s.Origin = slices.Clone(f.Origin)
		s.origin, _ = frame.ParseOrigin(s.Origin)
		all = append(all, s)
	}
	return all
}

func TestInletsRoutes(t *testing.T) {
	o := testOptions(t)
	r := newInlets(t, t.Context(), o)
	stamp := time.Unix(1700000000, 5000)
	m := listener.Message{
		Facility: syslogfmt.Local2, Severity: syslogfmt.Crit, Received: time.Now(), Time: stamp, Host: []byte("db7"),
		Tag: []byte("su"), ProcID: []byte("77"), Data: []byte("[x@1]"), Text: []byte("one\ntwo"),
	}
	if reason := take(r, &m); reason != listener.Taken {
		t.Error(reason)
	}
	for text, want := range map[syslogfmt.Facility]listener.Reason{
		syslogfmt.Local1: listener.Taken, syslogfmt.Local3: listener.Facility, syslogfmt.Kern: listener.Facility,
	} {
		if reason := take(r, messageOf(text, "x")); reason != want {
			t.Errorf("facility %v: %q, want %q", text, reason, want)
		}
	}
	take(r, messageOf(syslogfmt.Local2, "three"))
	closeInlets(t, r)
	got := map[string][]takenFrame{}
	for _, f := range takenIn(t, o.StateDir) {
		got[f.stream] = append(got[f.stream], f)
	}
	if len(got["access"]) != 1 || len(got["error"]) != 2 || len(got) != 2 {
		t.Fatalf("%d, %d frames of %d streams", len(got["access"]), len(got["error"]), len(got))
	}
	f := got["error"][0]
	if f.text != `one\ntwo` || f.First != 1 || f.Lines != 1 || f.Severity != 2 || f.Kind != frame.Lines || f.Time.UnixNano() != m.Received.UnixNano() ||
		!f.origin.Time.Equal(stamp) || string(f.origin.Host) != "db7" || string(f.origin.Tag) != "su" || string(f.origin.ProcID) != "77" || string(f.origin.Data) != "[x@1]" {
		t.Errorf("%+v", f)
	}
	if f = got["error"][1]; f.text != "three" || f.First != 2 || f.Severity != 3 || f.Head.Host != "web1" {
		t.Errorf("%+v", f)
	}
}

// Structured data that is too long is told of as what it is: the text is whole.
func TestTooLongDataIsToldOf(t *testing.T) {
	o := testOptions(t)
	var told []string
	o.Tell = func(_ syslogfmt.Severity, text string) { told = append(told, testbed.Sentence(text)) }
	r := newInlets(t, t.Context(), o)
	m := messageOf(syslogfmt.Local1, "a text")
	m.MsgID = []byte("ID47")
	for _, n := range []int{frame.MaxOriginData, frame.MaxOriginData + 1} {
		m.Data = []byte("[x@1 a=\"" + strings.Repeat("v", n-len(`[x@1 a=""]`)) + "\"]")
		if reason := take(r, m); reason != listener.Taken {
			t.Error(reason)
		}
	}
	closeInlets(t, r)
	if want := fmt.Sprintf("[the structured data of 1 messages of access was left out: it was longer than %d bytes]", frame.MaxOriginData); fmt.Sprint(told[1:len(told)-1]) != want {
		t.Errorf("%q, want %s", told, want)
	}
	for i, f := range takenIn(t, o.StateDir)[:2] {
		if f.text != "a text" || string(f.origin.MsgID) != "ID47" || (len(f.origin.Data) == 0) != (i == 1) {
			t.Errorf("%d: %q, %s, %d bytes of data", i, f.text, f.origin.MsgID, len(f.origin.Data))
		}
	}
}

// TestCutMessagesAreTold: those that are longer than a line may be, and those that were broken off, by their numbers.
func TestCutMessagesAreTold(t *testing.T) {
	o := testOptions(t)
	r := newInlets(t, t.Context(), o)
	for n, m := range []*listener.Message{messageOf(syslogfmt.Local1, strings.Repeat("x", 2<<10)), messageOf(syslogfmt.Local1, "whole"), messageOf(syslogfmt.Local1, "a part")} {
		if n == 2 {
			m.Lost = -1
		}
		if reason := take(r, m); reason != listener.Taken {
			t.Error(reason)
		}
	}
	closeInlets(t, r)
	told := testbed.Spooled(t, o.StateDir)
	testbed.WantTold(t, told, "messages.cut", "inlet.begin", "inlet.end")
	if !strings.Contains(told, " first=1 last=1 first=3 last=3}") {
		t.Errorf("the numbers are not named:\n%s", told)
	}
}

// Streams come and go while messages do: each message that was taken is in the spool,
// once, with a number of its own.
func TestInletsLosesNothingInAReload(t *testing.T) {
	o := testOptions(t)
	r := newInlets(t, t.Context(), o)
	var taken atomic.Int64
	var takers sync.WaitGroup
	done := make(chan struct{})
	for n := range 4 {
		takers.Go(func() {
			for i := 0; !isClosed(done); i++ {
				m := messageOf(syslogfmt.Local1+syslogfmt.Facility(i%2), fmt.Sprintf("%d.%d", n, i))
				if take(r, m) == listener.Taken {
					taken.Add(1)
				}
				if i%100 == 0 {
					flush(r)
				}
			}
		})
	}
	for i := range 100 {
		streams := receivedStreams
		if i%2 == 0 {
			streams = []stream.Stream{receivedStreams[i/2%2]}
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
	closeInlets(t, r)
	texts, last := map[string]bool{}, map[frame.WriterID]uint64{}
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
func breakSpool(t *testing.T, stateDir statedir.Dir) (mend func()) {
	t.Helper()
	if err := os.MkdirAll(string(stateDir), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stateDir.Spool(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(stateDir.Spool()); err != nil {
			t.Fatal(err)
		}
	}
}

// fill takes messages until there is no space, and returns how many were taken.
func fill(t *testing.T, r *Inlets) (taken int) {
	t.Helper()
	for take(r, messageOf(syslogfmt.Local1, fmt.Sprint(taken, " ", strings.Repeat("x", 900)))) == listener.Taken {
		if taken++; taken > 1<<20 {
			t.Fatal("there is no end of memory")
		}
	}
	return taken
}

func TestInletsDropsTheNewest(t *testing.T) {
	o := testOptions(t)
	var mu sync.Mutex
	var told []string // begin, what was dropped and, where there is space for it by then, end
	o.Tell = func(_ syslogfmt.Severity, text string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, text)
	}
	o.Streams = o.Streams[:1]
	mend := breakSpool(t, o.StateDir)
	r := newInlets(t, t.Context(), o)
	kept := fill(t, r)
	if most := kept * 900; most > o.Memory {
		t.Errorf("%d bytes were kept in %d bytes of memory", most, o.Memory)
	}
	for range 9 {
		if reason := take(r, messageOf(syslogfmt.Local1, strings.Repeat("x", 900))); reason != listener.Full {
			t.Errorf("%q", reason)
		}
	}
	mend()
	for reason := listener.Full; reason == listener.Full; reason = take(r, messageOf(syslogfmt.Local1, "last")) {
		time.Sleep(time.Millisecond)
	}
	closeInlets(t, r)
	var lines, dropped, reported int
	var event string
	for _, f := range takenIn(t, o.StateDir) {
		dropped += int(f.Dropped)
		if f.Kind == frame.Event {
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
	if lines != kept+1 || dropped < 10 || reported != dropped || !slices.Contains(told, event) {
		t.Errorf("%d lines of %d, %d dropped, %d reported, event %q, told %q", lines, kept+1, dropped, reported, event, told)
	}
}

// With Block nothing is dropped, until ctx ends.
func TestInletsBlocks(t *testing.T) {
	o := testOptions(t)
	o.Block = true
	mend := breakSpool(t, o.StateDir)
	ctx, cancel := context.WithCancel(t.Context())
	r := newInlets(t, ctx, o)
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
	closeInlets(t, r)
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
	return in.ring.Space(in.built, 8<<10) == nil
}

// A spool above MaxSpool makes senders wait, until it is smaller.
func TestInletsWaitsForTheSpool(t *testing.T) {
	o := testOptions(t)
	o.Block, o.MaxSpool = true, 64<<10
	backlog := testbed.Overfill(t, o.StateDir, o.MaxSpool)
	r := newInlets(t, t.Context(), o)
	taken := make(chan listener.Reason)
	go func() { taken <- take(r, messageOf(syslogfmt.Local1, "a")) }()
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
	closeInlets(t, r)
	if all := takenIn(t, o.StateDir); len(all) != 1 || all[0].First != 1 || all[0].Dropped != 0 {
		t.Errorf("%+v", all)
	}
}

// TestInletsKeepsToMaxSpool: with Block the spool grows beyond its size by one frame for
// each stream at most, however much is sent, and nothing is lost.
func TestInletsKeepsToMaxSpool(t *testing.T) {
	o := testOptions(t)
	o.Block, o.MaxSpool, o.Memory = true, 64<<10, 16<<20
	r := newInlets(t, t.Context(), o)
	const messages = 600 // a megabyte
	var sending sync.WaitGroup
	for _, f := range []syslogfmt.Facility{syslogfmt.Local1, syslogfmt.Local2} {
		sending.Go(func() {
			for n := range messages {
				take(r, messageOf(f, fmt.Sprintf("%d %s", n, strings.Repeat("x", 900))))
				if n%10 == 9 {
					flush(r)
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
		if size := quota.DirSize(o.StateDir.Spool()); size > most {
			t.Fatalf("%d bytes in a spool of %d", size, o.MaxSpool)
		}
		for _, f := range takenIn(t, o.StateDir) {
			if f.File.Complete() { // as of before the reading
				texts[f.stream+f.text]++
				_ = os.Remove(f.File.Path) // it may have gone with a frame before
			}
		}
	}
	closeInlets(t, r)
	for _, f := range takenIn(t, o.StateDir) {
		texts[f.stream+f.text]++
	}
	if len(texts) != 2*messages {
		t.Errorf("%d messages of %d", len(texts), 2*messages)
	}
}

// TestDistressOfInletsIsTold: like an intake, inlets that cannot write tell those who look at the
// state directory, until they can.
func TestDistressOfInletsIsTold(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	mend := breakSpool(t, o.StateDir)
	r := newInlets(t, t.Context(), o)
	if o.StateDir.InDistress() {
		t.Error("there is distress before there is a message")
	}
	take(r, messageOf(syslogfmt.Local1, "a"))
	flush(r)
	testbed.Eventually(t, "it is told", o.StateDir.InDistress)
	mend()
	testbed.Eventually(t, "it is over", func() bool { return !o.StateDir.InDistress() })
	closeInlets(t, r)
}

func TestInletsGivesUpInTheEnd(t *testing.T) {
	o := testOptions(t)
	o.LastTry = 0
	breakSpool(t, o.StateDir)
	r := newInlets(t, t.Context(), o)
	take(r, messageOf(syslogfmt.Local1, "a"))
	take(r, messageOf(syslogfmt.Local1, "b"))
	take(r, messageOf(syslogfmt.Local2, "c"))
	err := r.Close()
	for _, want := range []string{"2 messages of access could not be written to " + o.StateDir.Spool(), "1 messages of error"} {
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
		got, cut := appendLine(nil, &listener.Message{Text: []byte(tt.text), Lost: tt.lost}, limit, nil)
		if string(got) != tt.want+"\n" || cut != strings.Contains(tt.want, "cut here") {
			t.Errorf("%.20q: %q, %v", tt.text, got, cut)
		}
	}
}

// FuzzInlet holds that no message takes more space than was found for it.
func FuzzInlet(f *testing.F) {
	f.Add([]byte("text"), []byte("host"), []byte("tag"), []byte("1"), []byte("[x]"), 0, 3)
	f.Add([]byte(strings.Repeat("\n", 3000)), []byte(strings.Repeat("h", 300)), []byte{}, []byte{}, []byte(strings.Repeat("d", 70000)), -1, 0)
	f.Add([]byte(strings.Repeat("\n", 30)), []byte{}, []byte{}, []byte{}, []byte{}, 1<<62, 1)
	f.Fuzz(func(t *testing.T, text, host, tag, procID, data []byte, lost, dropped int) {
		if lost < -1 {
			return
		}
		ring, err := ring.New(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		defer ring.Free()
		in := &inlet{r: &Inlets{o: Options{MaxLine: 1 << 10}}, stream: strings.Repeat("s", 200), ring: ring, identity: identity{number: 1}, dropped: uint32(dropped)}
		m := listener.Message{Text: text, Host: host, Tag: tag, ProcID: procID, Data: data, Lost: lost}
		o := frame.Origin{Host: host, Tag: tag, ProcID: procID, Data: data}
		space := ring.Space(0, 1)
		most := frameSpace(o.Room(), min(2*len(text)+intake.CutMark, 1<<10))
		if _, reason, open := in.put(&m, new(listener.Sender)); reason != listener.Taken || !open || in.built > most {
			t.Fatalf("%q, %d bytes built in a space of %d", reason, in.built, most)
		}
		if whole := frame.Whole(space[:in.built]); whole != in.built {
			t.Fatalf("%d bytes of %d are whole frames", whole, in.built)
		}
	})
}

func TestInletsAllocatesNothing(t *testing.T) {
	o := testOptions(t)
	r := newInlets(t, t.Context(), o)
	taker := r.Open(new(listener.Sender))
	m := messageOf(syslogfmt.Local2, "[core:error] a line as Apache writes it")
	m.Time, m.Tag, m.ProcID = time.Now(), []byte("httpd"), []byte("4711")
	if n := testing.AllocsPerRun(1000, func() {
		taker.Take(m)
		taker.Flush()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkInlets(b *testing.B) {
	r, err := New(b.Context(), Options{
		Streams: receivedStreams, StateDir: statedir.Dir(filepath.Join(b.TempDir(), "state")), Memory: 16 << 20, MaxLine: 128 << 10, Block: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	taker := r.Open(new(listener.Sender))
	m := messageOf(syslogfmt.Local2, "[core:error] a line as Apache writes it")
	m.Time, m.Tag, m.ProcID = time.Now(), []byte("httpd"), []byte("4711")
	b.ReportAllocs()
	for b.Loop() {
		taker.Take(m)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestCardNumbersOfMessages: none is in the spool, whichever field of a message had it, nor the end
// that a cut has left of one.
func TestCardNumbersOfMessages(t *testing.T) {
	const number, left = "4111111111111111", "411111******1111"
	o := testOptions(t)
	o.Cards.Action = cards.Truncate
	var told []string
	o.Tell = func(_ syslogfmt.Severity, text string) { told = append(told, text) }
	r := newInlets(t, t.Context(), o)
	begin := "a " + number + "\n4111 1111 1111 1111\n"
	m := messageOf(syslogfmt.Local1, begin+strings.Repeat("z", 1<<10-intake.CutMark-len(begin)-14)+" "+number+strings.Repeat("z", 200))
	m.Host, m.Tag, m.ProcID, m.MsgID = []byte(number), []byte("t"+number), []byte(number), []byte(number)
	m.Data = []byte(`[x@1 pan="` + number + `" b="378282246310005"]`)
	if reason := take(r, m); reason != listener.Taken {
		t.Error(reason)
	}
	closeInlets(t, r)
	f := takenIn(t, o.StateDir)[0]
	if want := "a " + left + `\n4111 11** **** 1111\n`; !strings.HasPrefix(f.text, want) {
		t.Errorf("%.80q, want %q", f.text, want)
	}
	if cut := strings.Index(f.text, " [httpd_syslog: cut here"); cut < 0 || !strings.HasSuffix(f.text[:cut], " 411111*****") {
		t.Errorf("at the cut: %q", f.text[max(0, cut-30):])
	}
	got := f.origin
	if string(got.Host) != left || string(got.Tag) != "t"+left || string(got.ProcID) != left || string(got.MsgID) != left ||
		string(got.Data) != `[x@1 pan="`+left+`" b="378282*****0005"]` {
		t.Errorf("%q %q %q %q %q", got.Host, got.Tag, got.ProcID, got.MsgID, got.Data)
	}
	if all := strings.Join(told, "\n"); !strings.Contains(all, "cards.truncated count=") || !strings.Contains(all, "network=amex") || strings.Contains(all, "1111111111") {
		t.Errorf("told: %s", all)
	}
}

// TestMemoryThatIsNotThere: streams that there is no memory for change nothing, and the others go on.
func TestMemoryThatIsNotThere(t *testing.T) {
	o := testOptions(t)
	memory := o.Memory
	o.Memory = 1 << 60
	if r, err := New(t.Context(), o); err == nil {
		r.Close()
		t.Error("there are inlets without memory")
	}
	o.Memory = memory
	r := newInlets(t, t.Context(), o)
	r.o.Memory = 1 << 60
	more := append(slices.Clone(receivedStreams), stream.Stream{Name: "more", Facility: syslogfmt.Local7})
	if r.SetStreams(more) == nil {
		t.Error("there is a stream without memory")
	}
	take(r, messageOf(syslogfmt.Local1, "it goes on"))
	closeInlets(t, r)
	for _, f := range takenIn(t, o.StateDir) {
		if f.stream == "access" && f.text == "it goes on" {
			return
		}
	}
	t.Error("a message is missing")
}

// TestCardRulesChange: what was found before is told, and what comes from then on is treated by the
// new rules.
func TestCardRulesChange(t *testing.T) {
	o := testOptions(t)
	var told []string
	o.Tell = func(_ syslogfmt.Severity, text string) { told = append(told, text) }
	r := newInlets(t, t.Context(), o)
	take(r, messageOf(syslogfmt.Local1, "4111111111111111"))
	rules := cards.Rules{Action: cards.Truncate}
	r.SetCards(rules)
	r.SetCards(rules)
	take(r, messageOf(syslogfmt.Local1, "378282246310005"))
	closeInlets(t, r)
	var texts []string
	for _, f := range takenIn(t, o.StateDir) {
		if f.Kind == frame.Lines {
			texts = append(texts, f.text)
		}
	}
	if !slices.Equal(texts, []string{"4111111111111111", "378282*****0005"}) {
		t.Errorf("%q", texts)
	}
	if all := strings.Join(told, "\n"); !strings.Contains(all, "cards.found count=1 network=visa") || !strings.Contains(all, "cards.truncated count=1 network=amex") {
		t.Errorf("told: %s", all)
	}
}

// TestNumbersDoNotWrap: where a writer's numbers are used up another one goes on from 1.
func TestNumbersDoNotWrap(t *testing.T) {
	o := testOptions(t)
	o.MaxNumber = 10
	r := newInlets(t, t.Context(), o)
	in := r.routes.Load().byName["access"]
	const n = 35
	for i := range n {
		if reason := take(r, messageOf(syslogfmt.Local1, "text")); reason != listener.Taken {
			t.Fatal(reason)
		}
		if i%12 == 11 {
			in.flush()
			testbed.Eventually(t, "the turn before is written", func() bool { return !in.turn.IsSet() })
			in.tellNews()
		}
	}
	closeInlets(t, r)
	next, ended := map[string]uint64{}, map[string]bool{}
	for f := range testbed.Frames(t, o.StateDir.Spool()) {
		id := f.Head.File.Writer.ProcID()
		if f.Kind == frame.Event {
			told, _ := event.Parse(strings.TrimSuffix(string(f.Payload), "\n"))
			if last, ok := told.Uint("last"); ok {
				if ended[id] = true; last != next[id] || told.Get("writer") != id {
					t.Errorf("%s behind %d", f.Payload, next[id])
				}
			}
			continue
		}
		if f.Lines > 0 && (f.First != next[id]+1 || ended[id]) {
			t.Errorf("number %d behind %d of %s, which has ended: %t", f.First, next[id], id, ended[id])
		}
		next[id] += uint64(f.Lines)
	}
	sum := uint64(0)
	for _, last := range next {
		sum += last
	}
	if len(next) != 3 || len(ended) != 3 || sum != n {
		t.Errorf("writers %v, ended %v, %d messages", next, ended, sum)
	}
}

// TestSetHost: messages that name no host are of the one that was set last, in inlets that are there and in those to come.
func TestSetHost(t *testing.T) {
	o := testOptions(t)
	o.Streams = receivedStreams[:1]
	r := newInlets(t, t.Context(), o)
	send := func(f syslogfmt.Facility, text string) {
		t.Helper()
		taker := r.Open(new(listener.Sender))
		if reason := taker.Take(messageOf(f, text)); reason != listener.Taken {
			t.Fatalf("%s: %v", text, reason)
		}
		taker.Flush()
	}
	hosts := func() map[string]string {
		all := make(map[string]string)
		for _, f := range takenIn(t, o.StateDir) {
			all[f.text] = f.Head.Host
		}
		return all
	}
	send(syslogfmt.Local1, "before")
	testbed.Eventually(t, "the first message is spooled", func() bool { return len(hosts()) == 1 })
	r.SetHost("web2")
	send(syslogfmt.Local1, "after")
	if err := r.SetStreams(receivedStreams[:2]); err != nil {
		t.Fatal(err)
	}
	send(syslogfmt.Local2, "new")
	closeInlets(t, r)
	for text, host := range map[string]string{"before": "web1", "after": "web2", "new": "web2"} {
		if got := hosts()[text]; got != host {
			t.Errorf("%s is of %q, want %s", text, got, host)
		}
	}
}
