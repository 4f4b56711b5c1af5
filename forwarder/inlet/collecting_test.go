package inlet

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// collected is a Collecting of a test, with what it has told.
type collected struct {
	t *testing.T
	*Collecting
	told chan error // by Unsynced
}

func newCollecting(t *testing.T, ctx context.Context, change func(*Options)) *collected {
	t.Helper()
	c := &collected{t: t, told: make(chan error, 100)}
	o := Options{Host: "web1", StateDir: statedir.Dir(t.TempDir()), LastTry: time.Minute, Unsynced: func(err error) { c.told <- err }}
	if change != nil {
		change(&o)
	}
	c.Collecting = NewCollecting(ctx, o)
	return c
}

// close closes the Collecting, which has lost nothing and leaves no file open.
func (c *collected) close() {
	c.t.Helper()
	if err := c.Close(); err != nil {
		c.t.Error(err)
	}
	if n := leaktest.OpenIn(c.o.StateDir.Spool()); n != 0 {
		c.t.Errorf("%d files are open", n)
	}
}

// taker is that of a sender to a listener of that scheme.
func (c *collected) taker(scheme string, from *listener.Sender) (*collectingTaker, *listener.Listener) {
	c.t.Helper()
	a := listener.Address{Scheme: scheme, Host: "127.0.0.1", Port: "0"}
	if a.IsUnix() {
		a = listener.Address{Scheme: scheme, Path: filepath.Join(c.t.TempDir(), "log")}
	}
	l, err := listener.Open(listener.Options{Address: a})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { l.Close() })
	return c.Open(l)(from).(*collectingTaker), l
}

// take has a taker take messages of a sender.
func (c *collected) take(taker *collectingTaker, from *listener.Sender, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if err := taker.Take(&listener.Raw{Bytes: []byte(text), Received: received, From: from}); err != nil {
			c.t.Error(err)
		}
	}
}

var (
	received = time.Unix(1700000000, 5000)
	relpFrom = &listener.Sender{Name: "db7.example", Addr: netip.MustParseAddrPort("[::ffff:192.0.2.7]:4711"), Repeats: true}
)

// messages are those of a frame, each with what it has lost.
type messages struct {
	Host, Name, Addr string
	First            uint64
	Texts            []string
	file             uint32
}

// inSpool is what the spool has.
func (c *collected) inSpool() (all []messages) {
	c.t.Helper()
	for f := range testbed.Frames(c.t, c.o.StateDir.Spool()) {
		if f.First == 0 {
			continue
		}
		s, ok := frame.ParseSender(f.Origin)
		if !ok || !f.Head.Messages || f.Kind != frame.Messages || !f.Time.Equal(received) {
			c.t.Errorf("a frame is not one of messages that came then: %+v", f)
		}
		m := messages{Host: f.Head.Host, Name: string(s.Name), Addr: string(s.Addr), First: f.First, file: f.Head.File.Number}
		for message, rest, ok := frame.CutMessage(f.Payload); ok; message, rest, ok = frame.CutMessage(rest) {
			m.Texts = append(m.Texts, fmt.Sprint(string(message.Bytes), " ", message.Lost))
		}
		if len(m.Texts) != f.Lines {
			c.t.Errorf("%d messages in a frame of %d", len(m.Texts), f.Lines)
		}
		all = append(all, m)
	}
	return all
}

// TestCollected: messages are in the spool as they came, with who sent them: those of a connection together, those
// that came as datagrams each with its own sender; numbered through, whichever way they came.
func TestCollected(t *testing.T) {
	c := newCollecting(t, t.Context(), nil)
	byRELP, l := c.taker("relp", relpFrom)
	c.take(byRELP, relpFrom, "one", "two")
	if err := byRELP.Take(&listener.Raw{Bytes: []byte("thr"), Lost: 2, Received: received, From: relpFrom}); err != nil {
		t.Error(err)
	}
	if len(c.inSpool()) != 0 {
		t.Error("messages are in the spool one by one")
	}
	if w := byRELP.Written(); w != nil || len(c.inSpool()) != 1 {
		t.Errorf("%v is waited for, and %d frames are in the spool", w, len(c.inSpool()))
	}
	if s := l.Stats(); s.Messages != 3 || s.Cut != 1 || s.CutBytes != 2 {
		t.Errorf("the listener has counted %+v", s)
	}
	var each listener.Sender // the sender of datagrams changes
	byUDP, _ := c.taker("udp", &each)
	for _, addr := range []string{"192.0.2.8:1", "[2001:db8::9]:2"} {
		each.Addr = netip.MustParseAddrPort(addr)
		c.take(byUDP, &each, "from "+addr)
	}
	unix := new(listener.Sender)
	byUnixgram, _ := c.taker("unixgram", unix)
	c.take(byUnixgram, unix, "of this machine")
	c.SetHost("web2")
	byUnix, _ := c.taker("unix", unix)
	c.take(byUnix, unix, "of a connection")
	if n := len(c.inSpool()); n != 4 {
		t.Errorf("%d frames are in the spool before the connection is at its end", n)
	}
	byUnix.Close(nil)
	c.close()
	got, want := c.inSpool(), []messages{
		{"web1", "db7.example", "192.0.2.7", 1, []string{"one 0", "two 0", "thr 2"}, 1},
		{"web1", "", "192.0.2.8", 4, []string{"from 192.0.2.8:1 0"}, 1},
		{"web1", "", "2001:db8::9", 5, []string{"from [2001:db8::9]:2 0"}, 1},
		{"web1", "", "local", 6, []string{"of this machine 0"}, 1},
		{"web2", "", "local", 7, []string{"of a connection 0"}, 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("in the spool is\n%+v, want\n%+v", got, want)
	}
}

// TestCollectedFramesAreBounded: what a connection sends at one go is in several frames where it is much.
func TestCollectedFramesAreBounded(t *testing.T) {
	c := newCollecting(t, t.Context(), nil)
	taker, _ := c.taker("tcp", relpFrom)
	long := strings.Repeat("x", 40<<10)
	for range 6 {
		c.take(taker, relpFrom, long)
	}
	taker.Flush()
	taker.Flush() // of nothing
	c.close()
	var numbers []uint64
	for _, m := range c.inSpool() {
		numbers = append(numbers, m.First)
	}
	if !slices.Equal(numbers, []uint64{1, 4}) {
		t.Errorf("frames begin at %d", numbers)
	}
}

// outcome is how what messages wait for ends.
func outcome(t *testing.T, w listener.Written) error {
	t.Helper()
	if w == nil {
		t.Fatal("nothing is waited for")
	}
	stop := make(chan struct{})
	patience := time.AfterFunc(testbed.Patience, func() { close(stop) })
	defer patience.Stop()
	err := w.Wait(stop)
	if w.IsDone() != (err == nil) {
		t.Errorf("it is done: %v, and %v", w.IsDone(), err)
	}
	return err
}

// TestCollectedAndSynced: where that is wanted a message is answered when it is on the disk, in a file that is
// complete, too; what nobody answers does not wait.
func TestCollectedAndSynced(t *testing.T) {
	c := newCollecting(t, t.Context(), nil)
	c.SetSynced(true)
	byRELP, _ := c.taker("relp", relpFrom)
	plain := &listener.Sender{Addr: relpFrom.Addr}
	byTCP, _ := c.taker("tcp", plain)
	c.take(byTCP, plain, "zero")
	if byTCP.Written() != nil {
		t.Error("a message waits that nobody answers")
	}
	for _, host := range []string{"web1", "web2"} { // the second one in a file of its own
		c.SetHost(host)
		c.take(byRELP, relpFrom, "one")
		if err := outcome(t, byRELP.Written()); err != nil {
			t.Error(err)
		}
		if err := <-c.told; err != nil {
			t.Error("told: ", err)
		}
		if byRELP.Written() != nil {
			t.Error("what was answered is waited for again")
		}
	}
	testbed.Eventually(t, "the first file is closed", func() bool { return leaktest.OpenIn(c.o.StateDir.Spool()) == 1 })
	c.SetSynced(false)
	c.take(byRELP, relpFrom, "two")
	if byRELP.Written() != nil {
		t.Error("a message waits though it need not be on the disk")
	}
	c.close()
}

// TestFailedSync: messages whose sync fails are not acknowledged, those that came meanwhile are not either, and later ones
// are, in another file. Here the disk is a pipe, which cannot be synced.
func TestFailedSync(t *testing.T) {
	c := newCollecting(t, t.Context(), nil)
	c.SetSynced(true)
	taker, _ := c.taker("relp", relpFrom)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.mu.Lock()
	c.syncing.retired = append(c.syncing.retired, w)
	c.mu.Unlock()
	c.take(taker, relpFrom, "one")
	if err := outcome(t, taker.Written()); err == nil || !strings.Contains(err.Error(), "fdatasync") {
		t.Error("acknowledged, though the disk says: ", err)
	}
	if err := <-c.told; err == nil {
		t.Error("nobody was told")
	}
	c.take(taker, relpFrom, "two")
	if err := outcome(t, taker.Written()); err != nil {
		t.Error(err)
	}
	meanwhile, failed := &batch{done: make(chan struct{})}, errors.New("the disk is gone")
	c.mu.Lock()
	c.syncing.filling = meanwhile
	c.mu.Unlock()
	now := &batch{done: make(chan struct{})}
	c.settle(now, failed)
	if err := outcome(t, batches{now}); err != failed {
		t.Error(err)
	}
	if err := outcome(t, batches{meanwhile}); err != failed {
		t.Error("what came meanwhile: ", err)
	}
	c.take(taker, relpFrom, "three")
	if err := outcome(t, taker.Written()); err != nil {
		t.Error(err)
	}
	c.close()
	var files []uint32
	for _, m := range c.inSpool() {
		files = append(files, m.file)
	}
	if !slices.Equal(files, []uint32{1, 2, 3}) {
		t.Errorf("the messages are in the files %d", files)
	}
}

// TestBatches: messages are done when all that they wait for is, and whoever ends does not wait longer.
func TestBatches(t *testing.T) {
	var all batches
	if all.add(nil) != nil {
		t.Error("nothing is waited for")
	}
	one, two := &batch{done: make(chan struct{})}, &batch{done: make(chan struct{})}
	all = all.add(one).add(one).add(two)
	if len(all) != 2 {
		t.Errorf("%d batches", len(all))
	}
	stop := make(chan struct{})
	close(stop)
	close(one.done)
	if err := all.Wait(stop); all.IsDone() || err != errStopped {
		t.Error(err)
	}
	close(two.done)
	if err := all.Wait(nil); !all.IsDone() || err != nil {
		t.Error(err)
	}
	two.err = errLost
	if err := all.Wait(nil); all.IsDone() || err != errLost {
		t.Error(err)
	}
}

// TestCollectingWaits: while the spool is above its size senders wait, and the file can be removed; at the end all that
// is in hand is written, whatever the size.
func TestCollectingWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := newCollecting(t, ctx, func(o *Options) { o.MaxSpool, o.LastTry = 1, 0 })
	taker, _ := c.taker("tcp", relpFrom)
	c.take(taker, relpFrom, "one")
	taker.Flush()
	wait := func(text string) (done chan struct{}) {
		done = make(chan struct{})
		c.take(taker, relpFrom, text)
		go func() { taker.Flush(); close(done) }()
		testbed.Eventually(t, "it waits", func() bool { return c.stuck.Load() && leaktest.OpenIn(c.o.StateDir.Spool()) == 0 })
		return done
	}
	second := wait("two")
	testbed.Eventually(t, "others can see it", c.o.StateDir.InDistress)
	catalog := spool.NewCatalog(c.o.StateDir.Spool())
	if err := catalog.Refresh(); err != nil || len(catalog.Files()) != 1 {
		t.Fatal(len(catalog.Files()), " files, ", err)
	}
	if err := os.Remove(catalog.Files()[0].Path); err != nil {
		t.Fatal(err)
	}
	<-second
	if c.stuck.Load() {
		t.Error("it counts as stuck, though there was room")
	}
	third := wait("three")
	cancel()
	<-third
	c.close()
	var texts []string
	for _, m := range c.inSpool() {
		texts = append(texts, m.Texts...)
	}
	if !slices.Equal(texts, []string{"two 0", "three 0"}) {
		t.Errorf("in the spool is %q", texts)
	}
	if c.o.StateDir.InDistress() {
		t.Error("the distress outlives it")
	}
}

// TestCollectingLoses: messages that cannot be written at the end are not acknowledged, and Close says how many they are.
func TestCollectingLoses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newCollecting(t, ctx, func(o *Options) { o.LastTry = 0 })
	testbed.WriteFile(t, c.o.StateDir.Spool(), "no directory")
	taker, _ := c.taker("relp", relpFrom)
	c.take(taker, relpFrom, "one")
	if err := outcome(t, taker.Written()); err == nil || err == errStopped {
		t.Error("acknowledged: ", err)
	}
	if err := c.Close(); err == nil || !strings.HasPrefix(err.Error(), "1 messages could not be written to "+c.o.StateDir.Spool()) {
		t.Error(err)
	}
}
