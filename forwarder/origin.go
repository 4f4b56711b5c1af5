package forwarder

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"runtime"

	"httpd-syslog/forwarder/event"
)

// sumOfProgram is the SHA-256 of the file that this process runs, even after an upgrade has replaced it;
// "unknown": it cannot be read.
func sumOfProgram() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return unknownSum
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(yielding{sum}, f); err != nil {
		return unknownSum
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// yielding has other goroutines go before each part of a sum: on few processors the first lines would wait for
// all of it.
type yielding struct{ hash.Hash }

func (y yielding) Write(b []byte) (int, error) {
	runtime.Gosched()
	return y.Hash.Write(b)
}

const (
	unknownSum = "unknown"
	noSum      = "none" // there is no file
)

// tellBegin tells that a deliverer has begun that is not the service: which program and which
// configuration it is. It takes as long as the program's file is read.
func (d *deliverer) tellBegin() {
	sum := sumOfProgram()
	d.events.TellOwn(func(writer string, _ uint64) event.Event {
		return event.DelivererBegin.With("version", d.o.Version, "pid", os.Getpid(), "writer", writer,
			"binary", sum, "digest", cmp.Or(d.o.ConfigSum, noSum), "cards", d.o.Cards)
	})
}

// tellBegin likewise tells that the service has begun.
func (s *Service) tellBegin() {
	sum := sumOfProgram()
	s.events.TellOwn(func(writer string, _ uint64) event.Event {
		return event.ServiceBegin.With("version", s.o.Deliver.Version, "pid", os.Getpid(), "writer", writer,
			"binary", sum, "digest", cmp.Or(s.o.Deliver.ConfigSum, noSum), "cards", s.o.Deliver.Cards)
	})
}

// TellLoaded tells that a changed configuration is in force. Reload does not, since listeners have yet to follow:
// what comes behind the event is to be as that configuration has it.
func (s *Service) TellLoaded(o DelivererOptions) {
	s.Tell(event.ConfigLoaded.With("config", o.Set.Config, "digest", cmp.Or(o.ConfigSum, noSum), "cards", o.Cards))
}

// tellEnd tells that the service is ending. Of events behind that, such as those of the last relays, the
// numbers are higher: the next deliverer tells which was the last.
func (d *deliverer) tellEnd() {
	d.events.TellOwn(func(writer string, number uint64) event.Event {
		return event.ServiceEnd.With("pid", os.Getpid(), "writer", writer, "last", 0, "last_event", number)
	})
}
