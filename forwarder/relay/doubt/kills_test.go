package doubt

import (
	"math/rand/v2"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
)

// mortal is a server that takes whatever it gets, and is killed and started again at random, within seconds, but
// never before it has got something. The machine is busy: it may begin late to read.
type mortal struct {
	rng    *rand.Rand
	now    time.Duration
	up     time.Duration // when it can be connected to again
	killed time.Duration // when it is killed next; zero: it has got nothing yet
	lives  time.Duration // how long it lives at least
}

func (m *mortal) upTo(most time.Duration) time.Duration {
	return time.Duration(m.rng.Int64N(int64(most)))
}

// starts has it live until it gets something, and for a while.
func (m *mortal) starts() {
	m.up, m.killed = m.now+m.upTo(100*time.Millisecond), 0
	m.lives = m.up + m.upTo(time.Second)
}

// gets has it get something.
func (m *mortal) gets() {
	if m.killed == 0 {
		m.killed = max(m.lives, m.now+m.upTo(3*time.Second))
	}
}

// stands lets time pass, and reports whether the server has not been killed by then, or else after how long it was.
func (m *mortal) stands(most time.Duration) (after time.Duration, stood bool) {
	if m.killed == 0 || m.killed > m.now+most {
		m.now += most
		return 0, true
	}
	after = max(0, m.killed-m.now)
	m.now += after
	m.starts()
	return after, false
}

// refuses reports whether one message is refused in the course of some kills.
func (m *mortal) refuses(kills int) bool {
	d := New(time.Second)
	m.starts()
	for kills > 0 {
		delay := 500 * time.Millisecond
		if !d.IsOn() {
			delay <<= d.Breaks()
		}
		m.now += m.upTo(delay)
		if m.now < m.up {
			d.Gone()
			m.now = m.up
			continue
		}
		d.Connected()
		if !d.IsOn() {
			m.gets()
			after, _ := m.stands(time.Hour)
			kills--
			d.Broke(spool.Positions{}, after, false, 100)
			continue
		}
		for open := true; open && d.IsOn(); {
			next, messages := d.Next(), 0
			if next != SendNothing {
				m.gets()
			}
			if next == SendRun {
				messages, _ = d.Run()
				messages = min(messages, 1000)
			}
			after, stood := m.stands(d.Patience())
			if !stood {
				open = false
				kills--
				if d.HungUp(messages, false, after) == Suspect {
					d.SuspectIs(100, func(int) bool { return true })
				}
				continue
			}
			switch d.Passed(messages, false, false) {
			case Cut, Aside:
				return true
			}
		}
	}
	return false
}

// TestKillsProveNothing: a server that takes everything, and is killed again and again, is hardly ever taken for one
// that does not take a message: with two breaks at the suspect, whenever these came, every fourth was.
func TestKillsProveNothing(t *testing.T) {
	const times, kills, most = 20000, 20, 40
	refused := 0
	for seed := range uint64(times) {
		m := &mortal{rng: rand.New(rand.NewPCG(seed, 5))}
		if m.refuses(kills) {
			refused++
		}
	}
	t.Logf("%d of %d servers that were killed %d times", refused, times, kills)
	if refused > most {
		t.Errorf("that is more than %d", most)
	}
}

// TestSlowHangUp: a server that takes its time to hang up at a message is found out when sessions stand for much
// longer behind others.
func TestSlowHangUp(t *testing.T) {
	const slow = time.Second / 2
	d := New(time.Second)
	for range breakLimit {
		d.Broke(spool.Positions{}, slow, false, 100)
	}
	d.Connected()
	if d.HungUp(1, false, slow) != Suspect {
		t.Fatal("no suspect")
	}
	d.SuspectIs(100, func(int) bool { return true })
	connections := 0
	for ; !d.IsProven() && connections < 10; connections++ {
		d.Connected()
		for d.Next() != SendRun {
			d.Passed(1, false, false)
		}
		d.HungUp(1, false, slow)
	}
	if connections != 2+proofs || d.Patience() < promptly*slow {
		t.Errorf("%d connections, which stand for %v", connections, d.Patience())
	}
}
