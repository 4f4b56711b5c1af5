package listener_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

const (
	handshakeMax = 10 * time.Second // a listener's default

	memoryMax = 64e6
	// memoryMaxTLS is for connections to three listeners, of which a silent one over TLS costs 20 kB.
	memoryMaxTLS = 128e6
)

// siege is how long an attack lasts: longer than an idle connection may be.
func siege() time.Duration {
	if testbed.Raced {
		return 3 * time.Second / 2 // the detector makes it as hard in less
	}
	return 3 * time.Second
}

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
	"half a hello": {300, func(conn net.Conn, done <-chan struct{}) {
		io.WriteString(conn, "\x16\x03\x01\x3f\x00\x01\x00\x3e\xfc\x03\x03"+strings.Repeat("h", 12000))
		conn.Read(make([]byte, 1))
	}},
	"long certificates": {100, func(conn net.Conn, done <-chan struct{}) {
		c := tls.Certificate{PrivateKey: longKey}
		for range 150 {
			c.Certificate = append(c.Certificate, make([]byte, 1000))
		}
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{c}})
		if secure.Handshake() == nil {
			secure.Read(make([]byte, 1))
		}
	}},
	"RELP lengths": {100, func(conn net.Conn, done <-chan struct{}) {
		flood(conn, done, relpOpening+"2 syslog 1000000 ", strings.Repeat("l", 64<<10))
	}},
	"half RELP frames": {500, func(conn net.Conn, done <-chan struct{}) {
		io.WriteString(conn, relpOpening+"2 syslog 190000 "+strings.Repeat("z", 180000))
		conn.Read(make([]byte, 1<<10))
		conn.Read(make([]byte, 1))
	}},
	"RELP without reading": {100, func(conn net.Conn, done <-chan struct{}) {
		for n, err := 2, error(nil); err == nil; n++ {
			text := ""
			if n == 2 {
				text = relpOpening
			}
			_, err = fmt.Fprintf(conn, "%s%d syslog 1 x\n", text, n)
			select {
			case <-done:
				return
			default:
			}
		}
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

// longKey is a key for certificates that are none.
var longKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // never fails (crypto/rand)

const relpOpening = "1 open 30 relp_version=0\ncommands=syslog\n"

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
	if network == "tls" || network == "relp" || network == "relp+tls" {
		network = "tcp"
	}
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

	first int           // message of the connection
	since time.Time     // when the connection was begun
	took  time.Duration // until the first message was on its way
}

func (g *good) send(l *listening, done <-chan struct{}) {
	var conn io.WriteCloser
	defer func() {
		if conn != nil {
			g.end(conn)
		}
	}()
	for {
		select {
		case <-done:
			return
		case <-time.After(2 * time.Millisecond):
		}
		if conn == nil || g.again && g.sent%10 == 0 {
			if conn != nil && !g.end(conn) {
				conn = nil
				continue
			}
			if conn, g.err = g.dial(l); g.err != nil {
				return
			}
		}
		raw := fmt.Sprintf("<140>%s %s[1]: %s %d", time.Now().Format(time.Stamp), g.name, g.name, g.sent)
		if _, g.err = io.WriteString(conn, g.frame(raw)); g.err != nil {
			if g.again && g.wasLate() {
				conn = nil
				continue
			}
			return
		}
		if g.sent == g.first {
			g.took = time.Since(g.since)
		}
		g.sent++
	}
}

// dial connects. It does so again where that has taken longer than the server allows.
func (g *good) dial(l *listening) (conn io.WriteCloser, err error) {
	may := map[string]time.Duration{"tls": handshakeMax, "relp+tls": handshakeMax, "relp": childIdle}[g.network]
	for {
		g.first, g.since, g.took = g.sent, time.Now(), 0
		if conn, err = l.dial(g.network); err == nil || may == 0 || time.Since(g.since) < may {
			return conn, err
		}
	}
}

// wasLate reports whether a RELP session was closed by a server that had the right to it, since the first message
// of the session has come too late: none was answered, and they are sent again.
func (g *good) wasLate() bool {
	late := g.took
	if late == 0 {
		late = time.Since(g.since)
	}
	if !strings.HasPrefix(g.network, "relp") || late < childIdle {
		return false
	}
	g.sent, g.err = g.first, nil
	return true
}

// end closes a connection. Over RELP all has to be answered by then; it reports whether that was so, or need not.
func (g *good) end(conn io.WriteCloser) bool {
	err := conn.Close()
	if g.err == nil {
		g.err = err
	}
	return err == nil || !g.again || !g.wasLate()
}

func lf(m string) string      { return m + "\n" }
func counted(m string) string { return fmt.Sprint(len(m), " ", m) }
func plain(m string) string   { return m }

// overTLS are the attacks on what comes before messages are read.
var overTLS = []string{"silent", "half a hello", "long certificates", "RELP lengths", "half RELP frames", "RELP without reading"}

// TestAttacks holds that whatever comes over connections, memory is bounded and those
// who send messages lose none.
func TestAttacks(t *testing.T) {
	networks := []string{"tcp", "unix"}
	var names []string
	for name := range attacks {
		if name != "silent" && slices.Contains(overTLS, name) {
			continue
		}
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withstand(t, networks, memoryMax, name)
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		withstand(t, networks, memoryMax, names...)
	})
}

// TestAttacksOverTLSAndRELP does the same for what comes over TLS and RELP. The attacks are not at one
// time: handshakes take the machine's time.
func TestAttacksOverTLSAndRELP(t *testing.T) {
	networks := []string{"tls", "relp", "relp+tls"}
	for _, name := range overTLS {
		t.Run(name, func(t *testing.T) { withstand(t, networks, memoryMaxTLS, name) })
	}
	t.Run("all at once", func(t *testing.T) { withstand(t, networks, memoryMaxTLS, overTLS...) })
}

// withstand lets a child be attacked over each of the networks.
func withstand(t *testing.T, networks []string, memoryMax int, names ...string) {
	l := startListening(t)
	done := make(chan struct{})
	var senders []*good
	var attackers []*child
	for _, network := range networks {
		senders = append(senders, &good{name: "b" + network, network: network, frame: counted}, &good{name: "c" + network, network: network, frame: lf, again: true})
		if strings.HasPrefix(network, "relp") {
			senders[len(senders)-2].frame, senders[len(senders)-1].frame = plain, plain
		} else {
			senders = append(senders, &good{name: "a" + network, network: network, frame: lf})
		}
		attackers = append(attackers, startChild(t, append([]string{"attack", network, l.addrs[network]}, names...)...))
	}
	senders = append(senders, &good{name: "d", network: "unixgram", frame: plain})
	var busy sync.WaitGroup
	for _, g := range senders {
		busy.Go(func() { g.send(l, done) })
	}
	time.Sleep(siege())
	memory := l.peakMemory()
	close(done)
	busy.Wait()
	for _, a := range attackers {
		a.stdin.Close()
		t.Logf("%s connections", a.line(t))
	}
	t.Logf("%.1f MB", float64(memory)/1e6)
	if memory > memoryMax && !testbed.Raced {
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
			const rate = 100_000
			seconds := 3
			if testbed.Raced {
				seconds = 1 // of some, at the rate that there is
			}
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
			if memory > memoryMax && !testbed.Raced {
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
	if each > 32<<10 && !testbed.Raced {
		t.Errorf("%d bytes each", each)
	}
	if n := len(l.end()["good"]); n != 500 {
		t.Errorf("%d messages", n)
	}
}
