package smalldisk

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Power is a disk whose power can fail: ext4 in a file.
type Power struct {
	t     *testing.T
	dir   string
	image string
}

// NewPower puts such a disk at dir until the test ends. Where that is not permitted the test is skipped.
func NewPower(t *testing.T, dir string) *Power {
	t.Helper()
	p := &Power{t: t, dir: dir, image: filepath.Join(t.TempDir(), "disk")}
	if err := os.WriteFile(p.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(p.image, 128<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", p.image).CombinedOutput(); err != nil {
		t.Skipf("no ext4 can be made (e2fsprogs has mkfs.ext4): %v: %s", err, out)
	}
	if out, err := p.mount(); err != nil {
		t.Skipf("no file system can be mounted from a file (root may, with loop devices): %v: %s", err, out)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return p
}

func (p *Power) mount() ([]byte, error) {
	return exec.Command("mount", "-o", "loop", p.image, p.dir).CombinedOutput()
}

// Fail takes the power away: what is not on the disk by now never will be, and every write fails. The
// kernel has that for its own tests (EXT4_IOC_SHUTDOWN, without a last write of the journal).
func (p *Power) Fail() {
	p.t.Helper()
	const shutdown, noLogFlush = 0x8004587d, 2
	d, err := os.Open(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	defer d.Close()
	if err := unix.IoctlSetPointerInt(int(d.Fd()), shutdown, noLogFlush); err != nil {
		p.t.Fatalf("the power of %s cannot be taken away: %v", p.dir, err)
	}
}

// Restore puts the disk in place again, as it is after Fail. Nobody must have a file of it open. A process that
// has begun a mount namespace meanwhile has a copy of the mount, and with it the disk without power: until it
// ends there is no other.
func (p *Power) Restore() {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := unix.Unmount(p.dir, 0)
		if err == nil {
			var out []byte
			if out, err = p.mount(); err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
		}
		if err == nil {
			err = os.Mkdir(filepath.Join(p.dir, "lost+found", "works"), 0o700) // without power nothing can be made
		}
		if err == nil {
			err = os.Remove(filepath.Join(p.dir, "lost+found", "works"))
		}
		if err == nil {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s cannot be mounted again: %v", p.dir, err)
		}
	}
}
