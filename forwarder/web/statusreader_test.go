package web

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/status"
)

// TestManyShareOneLook lets many ask at once, while a look takes its time and after.
func TestManyShareOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		l := &statusReader{age: readingAge, read: func() (status.Status, error) {
			looks++
			time.Sleep(time.Second)
			return healthy(0), nil
		}}
		storm := func() {
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() {
					if _, err := l.get(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		storm()
		storm()
		if looks != 1 {
			t.Errorf("%d looks, want one", looks)
		}
		time.Sleep(readingAge)
		storm()
		if looks != 2 {
			t.Errorf("%d looks, want another", looks)
		}
	})
}

// TestSlowLook has a disk that stands still: those who ask are not kept, and no look
// is begun while one hangs.
func TestSlowLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int32
		disk := make(chan struct{})
		l := &statusReader{age: readingAge, read: func() (status.Status, error) {
			looks.Add(1)
			<-disk
			return healthy(0), nil
		}}
		begin := time.Now()
		for range 3 {
			if _, err := l.get(t.Context()); !errors.Is(err, errSlow) {
				t.Errorf("got %v, want %v", err, errSlow)
			}
		}
		if took := time.Since(begin); took != 3*readingTime || looks.Load() != 1 {
			t.Errorf("%d looks in %v", looks.Load(), took)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.get(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v for a client that has gone", err)
		}
		close(disk)
		if _, err := l.get(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestSampling lets an hour go by.
func TestSampling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, looks := time.Now(), 0
		s := New(Options{Status: func() (status.Status, error) {
			looks++
			since := time.Since(begin)
			if since >= 58*time.Minute && since < 59*time.Minute {
				return status.Status{}, errors.New("unreadable")
			}
			return healthy(since), nil
		}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.sampleUntil(ctx)
		}()
		time.Sleep(time.Hour + time.Second)
		stop()
		<-ended
		if want := int(time.Hour/every) + 1; looks != want {
			t.Errorf("%d looks in an hour, want %d", looks, want)
		}
		samples := s.history.all()
		first, last := samples[0].at.Sub(start), samples[len(samples)-1].at.Sub(start)
		if first != 50*time.Minute-every || last != time.Hour {
			t.Errorf("samples from %v to %v, want the last ten minutes", first, last)
		}
		if want := int((span+every)/every) + 1 - 12; len(samples) != want { // without the minute that could not be read
			t.Errorf("%d samples, want %d", len(samples), want)
		}
	})
}
