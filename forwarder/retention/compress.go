package retention

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
)

// chunk is how many bytes are compressed without a pause: a millisecond or two of work.
const chunk = 64 << 10

// restFactor is how many times as long as the work the pause after it is, so that delivery, which is in the
// same process, does not wait.
const restFactor = 3

// errChanged: somebody writes to a rotated file.
var errChanged = errors.New("it was written to while it was compressed")

// compress puts a compressed file in the place of the one called plain. hurry: without pauses. On failure the
// original is there as before; when ctx ends it fails with its error.
func compress(ctx context.Context, plain string, hurry bool) error {
	src, err := os.OpenFile(plain, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	partial := plain + compressSuffix + partialSuffix
	dst, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	fault.Point("compress.created")
	err = fill(ctx, dst, src, hurry)
	if err == nil {
		err = dst.Sync()
	}
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	fault.Point("compress.written")
	if err == nil {
		err = os.Rename(partial, plain+compressSuffix)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(partial)))
	}
	fault.Point("compress.renamed")
	return dropOriginal(plain)
}

// dropOriginal removes a file that has a whole compressed one beside it, after it has made the name of the
// compressed one durable.
func dropOriginal(plain string) error {
	if err := record.SyncDir(filepath.Dir(plain)); err != nil {
		return err
	}
	fault.Point("compress.durable")
	err := os.Remove(plain)
	fault.Point("compress.done")
	return err
}

// fill writes the compressed content of src, and gives dst its access and time of last write.
func fill(ctx context.Context, dst, src *os.File, hurry bool) error {
	var before, after unix.Stat_t
	if err := unix.Fstat(int(src.Fd()), &before); err != nil {
		return err
	}
	if err := enough(dst, before.Size); err != nil {
		return err
	}
	z := gzip.NewWriter(dst)
	if err := feed(ctx, z, src, hurry); err != nil {
		return err
	}
	if err := errors.Join(fault.Error("compress.write"), z.Close()); err != nil {
		return err
	}
	if err := unix.Fstat(int(src.Fd()), &after); err != nil {
		return err
	}
	if after.Size != before.Size || after.Mtim != before.Mtim {
		return errChanged
	}
	if err := copyAccess(dst, src, &before); err != nil {
		return err
	}
	return unix.UtimesNanoAt(int(dst.Fd()), "", []unix.Timespec{before.Mtim, before.Mtim}, unix.AT_EMPTY_PATH)
}

// enough returns an error if the disk has too little space for a compressed file: the last of it is for the
// spool.
func enough(dst *os.File, size int64) error {
	var st unix.Statfs_t
	if unix.Fstatfs(int(dst.Fd()), &st) == nil && int64(st.Bavail)*st.Bsize < size/8 {
		return &fs.PathError{Op: "compress into", Path: dst.Name(), Err: unix.ENOSPC}
	}
	return nil
}

// feed copies in chunks, with pauses.
func feed(ctx context.Context, z io.Writer, src io.Reader, hurry bool) error {
	for ctx.Err() == nil {
		begin := time.Now()
		_, err := io.CopyN(z, src, chunk)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if hurry {
			runtime.Gosched()
			continue
		}
		rest(ctx, restFactor*time.Since(begin))
	}
	return ctx.Err()
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(min(d, 100*time.Millisecond)): // work that was long because the disk stood still needs no long pause
	case <-ctx.Done():
	}
}

// copyAccess gives dst the owner, group, mode and access list of src. Where one of these cannot be given to
// dst nobody may read dst who may not read src: whoever is in another class for dst than for src gets no more
// than both classes have.
func copyAccess(dst, src *os.File, st *unix.Stat_t) error {
	mode := st.Mode & 0o777
	fd := int(dst.Fd())
	if unix.Fchown(fd, -1, int(st.Gid)) != nil {
		mode &= 0o700 | mode>>3&0o007 // others get no more than the group had; dst's group gets nothing
	}
	if int(st.Uid) != os.Geteuid() && unix.Fchown(fd, int(st.Uid), -1) != nil {
		mode &= 0o700 | mode>>3&0o070 | mode>>6&0o007
	}
	list, err := accessList(src)
	if err == nil && list == nil {
		err = ignoreNoList(unix.Fremovexattr(fd, aclName)) // dst may have a list from the directory's default
	}
	if err != nil {
		mode &= 0o700
	}
	if err := unix.Fchmod(fd, mode); err != nil {
		return err
	}
	if list != nil && unix.Fsetxattr(fd, aclName, list, 0) != nil {
		return unix.Fchmod(fd, mode&0o700)
	}
	return nil
}

const aclName = "system.posix_acl_access"

// accessList returns the access list of a file as the kernel keeps it; nil: there is none.
func accessList(f *os.File) ([]byte, error) {
	var buf [4096]byte
	n, err := unix.Fgetxattr(int(f.Fd()), aclName, buf[:])
	if err != nil {
		return nil, ignoreNoList(err)
	}
	return bytes.Clone(buf[:n]), nil
}

func ignoreNoList(err error) error {
	if err == unix.ENODATA || err == unix.ENOTSUP {
		return nil
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
