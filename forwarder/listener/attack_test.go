package listener_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	memoryMax = 64e6
	siege     = 3 * time.Second // longer than an idle connection may be
)

// attacks are what one connection does, until it is closed or done is.
var attacks = map[string]struct {
	connections int
	attack      func(conn net.Conn, done <-chan struct{})
}{
	"silent": {1000, func(conn net.Conn, done <-chan struct{}) {
		conn.Read(make([]byte, 1)) // it is closed
	}},
	"endless digits": {20, func(conn net.Conn, done <-chan struct{}) {
		flood(conn, done, "", strings.Repeat("1", 64<<10))
	}},
	"1 GiB frames": {20, func(conn net.Conn, done <-chan struct{}) {
		flood(conn, done, "1073741824 <13>", strings.Repeat("x", 64<<10))
	}},
	"NULs": {20, func(conn net.Conn, done <-chan struct{}) {
		flood(conn, done, "<13>", strings.Repeat("\x00", 64<<10))
	}},
	"lines without end": {20, func(conn net.Conn, done <-chan struct{}) {
		flood(conn, done, "<13>", strings.Repeat("y", 64<<10))
	}},
	"half frames": {500, func(conn net.Conn, done <-chan struct{}) {
		io.WriteString(conn, "190000 <13>"+strings.Repeat("z", 180000))
		conn.Read(make([]byte, 1))
	}},
	"slow": {200, func(conn net.Conn, done <-chan struct{}) {
		for _, b := range []byte("<13>Oct 11 22:14:15 t: " + strings.Repeat("s", 1000)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			select {
			case <-time.After(10 * time.Millisecond):
			case <-done:
				return
			}
		}
	}},
}

func flood(conn net.Conn, done <-chan struct{}, first, then string) {
	_, err := io.WriteString(conn, first)
	for err == nil {
		_, err = io.WriteString(conn, then)
		select {
		case <-done:
			return
		default:
		}
	}
}

// attackChild attacks an address again and again until its standard input ends: in a
// process of its own, so that good clients have theirs. It prints how many connections
// there were.
func attackChild(args []string) error {
	network, addr, names := args[0], args[1], args[2:]
	done := make(chan struct{})
	var attackers sync.WaitGroup
	var made atomic.Int64
	for _, name := range names {
		for range attacks[name].connections / len(names) {
			attackers.Go(func() { besiege(network, addr, done, attacks[name].attack, &made) })
		}
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	close(done)
	attackers.Wait()
	fmt.Println(made.Load())
	return err
}

// besiege attacks until done is closed.
func besiege(network, addr string, done <-chan struct{}, attack func(net.Conn, <-chan struct{}), made *atomic.Int64) {
	for {
		select {
		case <-done:
			return
		default:
		}
		conn, err := net.Dial(network, addr)
		if err != nil {
			time.Sleep(10 * time.Millisecond) // the backlog is full
			continue
		}
		made.Add(1)
		closed := make(chan struct{})
		go func() {
			select {
			case <-done:
				conn.Close() // ends what blocks
			case <-closed:
			}
		}()
		attack(conn, done)
		close(closed)
		conn.Close()
	}
}

// good sends messages that are numbered by sender, over one connection or over one
// for every ten of them, until done is closed.
type good struct {
	name    string
	network string
	again   bool // connects again and again
	frame   func(string) string
	sent    int
	err     error
}

func (g *good) send(l *listening, done <-chan struct{}) {
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for {
		select {
		case <-done:
			return
		case <-time.After(2 * time.Millisecond):
		}
		if conn == nil || g.again && g.sent%10 == 0 {
			if conn != nil {
				conn.Close()
			}
			if conn, g.err = net.Dial(g.network, l.addrs[g.network]); g.err != nil {
				return
			}
		}
		raw := fmt.Sprintf("<140>%s %s[1]: %s %d", time.Now().Format(time.Stamp), g.name, g.name, g.sent)
		if _, g.err = io.WriteString(conn, g.frame(raw)); g.err != nil {
			return
		}
		g.sent++
	}
}

func lf(m string) string      { return m + "\n" }
func counted(m string) string { return fmt.Sprint(len(m), " ", m) }
func plain(m string) string   { return m }

// TestAttacks holds that whatever comes over connections, memory is bounded and those
// who send messages lose none.
func TestAttacks(t *testing.T) {
	for name := range attacks {
		t.Run(name, func(t *testing.T) { withstand(t, name) })
	}
	t.Run("all at once", func(t *testing.T) { withstand(t, slices.Collect(maps.Keys(attacks))...) })
}

// withstand lets a child be attacked over TCP and a unix socket.
func withstand(t *testing.T, names ...string) {
	l := startListening(t)
	done := make(chan struct{})
	var senders []*good
	var attackers []*child
	for _, network := range []string{"tcp", "unix"} {
		senders = append(senders,
			&good{name: "a" + network, network: network, frame: lf}, &good{name: "b" + network, network: network, frame: counted},
			&good{name: "c" + network, network: network, frame: lf, again: true})
		attackers = append(attackers, startChild(t, append([]string{"attack", network, l.addrs[network]}, names...)...))
	}
	senders = append(senders, &good{name: "d", network: "unixgram", frame: plain})
	var busy sync.WaitGroup
	for _, g := range senders {
		busy.Go(func() { g.send(l, done) })
	}
	time.Sleep(siege)
	memory := l.peakMemory()
	close(done)
	busy.Wait()
	for _, a := range attackers {
		a.stdin.Close()
		t.Logf("%s connections", a.line(t))
	}
	t.Logf("%.1f MB", float64(memory)/1e6)
	if memory > memoryMax && !raced {
		t.Errorf("%d bytes of memory", memory)
	}
	// An end does not wait long for what the kernel has still.
	sent := 0
	for _, g := range senders {
		sent += g.sent
	}
	for end := time.Now().Add(time.Minute); len(l.texts()["good"]) < sent && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	complete(t, senders, l.end()["good"])
}

// complete holds that all messages of all senders are there, each once, and in the
// order in which they were sent over one connection.
func complete(t *testing.T, senders []*good, texts []string) {
	t.Helper()
	got := make(map[string][]int)
	for _, text := range texts {
		var name string
		var number int
		if _, err := fmt.Sscan(text, &name, &number); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got[name] = append(got[name], number)
	}
	for _, g := range senders {
		if g.again {
			slices.Sort(got[g.name])
		}
		if g.err != nil || g.sent == 0 || len(got[g.name]) != g.sent {
			t.Errorf("%s %s: %d of %d messages, %v", g.network, g.name, len(got[g.name]), g.sent, g.err)
		}
		for i, n := range got[g.name] {
			if n != i {
				t.Errorf("%s %s: message %d is number %d", g.network, g.name, i, n)
				break
			}
		}
	}
}

// TestFloodOfDatagrams sends 100,000 datagrams a second, as far as this machine can.
// On a unix socket senders wait, and none is lost; over UDP none is while the reader
// keeps pace.
func TestFloodOfDatagrams(t *testing.T) {
	for _, network := range []string{"unixgram", "udp"} {
		t.Run(network, func(t *testing.T) {
			const rate, seconds = 100_000, 3
			l := startListening(t)
			conn, err := net.Dial(network, l.addrs[network])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			done := make(chan struct{})
			senders := []*good{{name: "a", network: "unixgram", frame: plain}, {name: "b", network: "tcp", frame: lf}}
			var busy sync.WaitGroup
			for _, g := range senders {
				busy.Go(func() { g.send(l, done) })
			}
			begun, sent := time.Now(), 0
			for ; sent < rate*seconds; sent++ {
				if ahead := time.Duration(sent)*time.Second/rate - time.Since(begun); ahead > 2*time.Millisecond {
					time.Sleep(ahead)
				}
				message := fmt.Appendf(nil, "<147>Oct 11 22:14:15 httpd[77]: %d [core:error] AH00126: Invalid URI in request", sent)
				if _, err := conn.Write(message); err != nil {
					t.Fatal(err)
				}
			}
			took := time.Since(begun)
			memory := l.peakMemory()
			close(done)
			busy.Wait()
			texts := l.end()
			t.Logf("%.0f datagrams a second, %d of %d are there, %.1f MB", float64(sent)/took.Seconds(), len(texts["flood"]), sent, float64(memory)/1e6)
			if memory > memoryMax && !raced {
				t.Errorf("%d bytes of memory", memory)
			}
			if n := len(texts["flood"]); n > sent || network == "unixgram" && n != sent {
				t.Errorf("%d of %d datagrams", n, sent)
			}
			complete(t, senders, texts["good"])
		})
	}
}

// Many connections that say nothing cost next to nothing.
func TestIdleConnectionsAreCheap(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 1500 {
		t.Fatalf("%d descriptors are too few for this test: %v", limit.Cur, err)
	}
	l := startListening(t)
	before := l.peakMemory()
	for range 250 { // of 256
		for _, network := range []string{"tcp", "unix"} {
			conn, err := net.Dial(network, l.addrs[network])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, "<140>Oct 11 22:14:15 t: x\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for end := time.Now().Add(time.Minute); len(l.texts()["good"]) < 500 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	each := (l.peakMemory() - before) / 500
	t.Logf("%d bytes each", each)
	if each > 32<<10 && !raced {
		t.Errorf("%d bytes each", each)
	}
	if n := len(l.end()["good"]); n != 500 {
		t.Errorf("%d messages", n)
	}
}
