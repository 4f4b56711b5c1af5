package forwarder

import "time"

// pacer lets so many messages pass in a second, and so many at once.
type pacer struct {
	rate, burst int
	left        float64
	last        time.Time
	looked      time.Time // when waiting was called last
}

// newPacer returns the pacer of so many messages a second; nil, for no limit,
// of 0. It lets at most 100 pass at once: the socket of a UDP receiver holds
// some 200 by default.
func newPacer(rate int) *pacer {
	if rate == 0 {
		return nil
	}
	return &pacer{rate: rate, burst: max(1, min(rate/200, 100))}
}

// wait blocks until n more messages may pass, n being no more than the burst. It calls
// waiting about once a second, however short each wait is; an error of that ends it.
func (p *pacer) wait(n int, waiting func() error) error {
	for {
		now := time.Now()
		if now.Sub(p.looked) >= time.Second {
			p.looked = now
			if err := waiting(); err != nil {
				return err
			}
		}
		d := p.take(n, now)
		if d <= 0 {
			return nil
		}
		time.Sleep(min(d, time.Second))
	}
}

// take lets n messages pass if they may; else it returns how long that will take.
func (p *pacer) take(n int, now time.Time) time.Duration {
	if p.last.IsZero() {
		p.left = float64(p.burst)
	} else {
		p.left = min(p.left+now.Sub(p.last).Seconds()*float64(p.rate), float64(p.burst))
	}
	p.last = now
	if p.left < float64(n) {
		return time.Duration((float64(n)-p.left)/float64(p.rate)*float64(time.Second)) + time.Microsecond
	}
	p.left -= float64(n)
	return 0
}
