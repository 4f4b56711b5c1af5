package pace

import "time"

// Pacer lets so many messages pass in a second, and so many at once.
type Pacer struct {
	Burst int // how many pass at once

	rate   int
	left   float64   // messages that could pass at the time last
	last   time.Time // when left was found
	called time.Time // when waiting was called last
}

// NewPacer returns the pacer of rate messages a second; nil, which is no limit, for 0. It lets at most
// 100 pass at once: the socket of a UDP receiver holds some 200 by default.
func NewPacer(rate int) *Pacer {
	if rate == 0 {
		return nil
	}
	return &Pacer{rate: rate, Burst: max(1, min(rate/200, 100))}
}

// Wait blocks until n more messages may pass, n being no more than Burst. It calls
// waiting about once a second, however short each wait is; an error of waiting ends it.
func (p *Pacer) Wait(n int, waiting func() error) error {
	for {
		now := time.Now()
		if now.Sub(p.called) >= time.Second {
			p.called = now
			if err := waiting(); err != nil {
				return err
			}
		}
		d := p.pass(n, now)
		if d <= 0 {
			return nil
		}
		time.Sleep(min(d, time.Second))
	}
}

// pass lets n messages pass if they may; else it returns how long that will take.
func (p *Pacer) pass(n int, now time.Time) time.Duration {
	if p.last.IsZero() {
		p.left = float64(p.Burst)
	} else {
		p.left = min(p.left+now.Sub(p.last).Seconds()*float64(p.rate), float64(p.Burst))
	}
	p.last = now
	if p.left < float64(n) {
		return time.Duration((float64(n)-p.left)/float64(p.rate)*float64(time.Second)) + time.Microsecond
	}
	p.left -= float64(n)
	return 0
}
