package collector

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/retention"
)

// keeper packs files whose day is over, and removes those that are too old. Nobody writes to such files.
type keeper struct {
	o      *Options
	events *audit.Log
	day    atomic.Int32 // the first day whose files may still be written to
	poke   chan struct{}
	now    func() time.Time
}

func newKeeper(o *Options, events *audit.Log) *keeper {
	return &keeper{o: o, events: events, poke: make(chan struct{}, 1), now: time.Now}
}

// over tells that the files of all days before one are done, and recorded. That they are is so for good.
func (k *keeper) over(day place.Day) {
	if day <= place.Day(k.day.Load()) {
		return
	}
	k.day.Store(int32(day))
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// start has the keeper work in a goroutine of its own; the function that it returns ends that.
func (k *keeper) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		for ctx.Err() == nil {
			err := k.pass(ctx)
			if ctx.Err() == nil {
				k.events.Trouble(&event.CollectKept, "", err)
			}
			t := time.NewTimer(k.o.Timing.keep())
			select {
			case <-t.C:
			case <-k.poke:
			case <-ctx.Done():
			}
			t.Stop()
		}
	})
	return func() { cancel(); working.Wait() }
}

// pass looks through all files. An error is the first one; the others are looked at all the same.
func (k *keeper) pass(ctx context.Context) (failed error) {
	err := filepath.WalkDir(k.o.Dir, func(path string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && e.Type().IsRegular() {
			err = k.file(ctx, path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && failed == nil {
			failed = err
		}
		return nil
	})
	if failed == nil {
		failed = err
	}
	return failed
}

// file does what is due with a file.
func (k *keeper) file(ctx context.Context, path string) error {
	name, keep := strings.TrimSuffix(strings.TrimPrefix(path, k.o.Dir+"/"), retention.Suffix), k.o.Keep
	day, ok := place.DayIn(name, &k.o.File)
	if d, isList := place.ListDay(name); isList {
		day, ok, keep = d, true, keep+24*time.Hour // than the files that it is of
	}
	if !ok || day >= place.Day(k.day.Load()) {
		return nil
	}
	if k.o.Keep > 0 && k.now().Sub((day+1).Begin()) >= keep {
		return k.remove(path)
	}
	if k.o.Compress && !strings.HasSuffix(path, retention.Suffix) {
		return retention.Pack(ctx, path)
	}
	return nil
}

// remove removes a file, after an event that has the sum of its content, and the directories that are empty
// then.
func (k *keeper) remove(path string) error {
	size, sum, err := digest(path)
	if err != nil {
		return err
	}
	const day = 24 * time.Hour
	if _, told := k.events.TellNow(event.CollectRemoved.With("file", strings.TrimPrefix(path, k.o.Dir+"/"), "bytes", size,
		"why", fmt.Sprintf("older than keep_age (%dd)", k.o.Keep/day), "sha256", sum)); !told {
		return fmt.Errorf("%s is kept, since its removal cannot be told", path)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	for dir := filepath.Dir(path); dir != k.o.Dir && os.Remove(dir) == nil; dir = filepath.Dir(dir) {
	}
	return nil
}

// digest is the length and the SHA-256 of what a file holds, before it was packed.
func digest(path string) (size int64, sum string, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	var from io.Reader = f
	if strings.HasSuffix(path, retention.Suffix) {
		if from, err = gzip.NewReader(f); err != nil {
			return 0, "", fmt.Errorf("%s: %w", path, err)
		}
	}
	h := sha256.New()
	if size, err = io.Copy(h, from); err != nil {
		return 0, "", fmt.Errorf("%s: %w", path, err)
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}
