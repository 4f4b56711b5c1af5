package trust

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// maxFile bounds the size of a file: the lists of large authorities have a few MiB.
const maxFile = 64 << 20

// readFile reads a regular file. On a FIFO it returns an error, and does not block.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, dangling(path, err)
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, fmt.Errorf("it is no regular file (%v)", st.Mode().Type())
	case st.Size() > maxFile:
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// dangling adds to the error of a file that does not exist that its name is a symbolic link, if it is.
func dangling(path string, err error) error {
	if target, lerr := os.Readlink(path); lerr == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it is a symbolic link to %q, which does not exist: %w", target, fs.ErrNotExist)
	}
	return err
}

// why is an error of a file without the path, which the message has already.
func why(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}

// block is a PEM block and the line that it begins on.
type block struct {
	*pem.Block
	line int
}

var begin = []byte("-----BEGIN ")

// blocks returns the PEM blocks of a file (RFC 7468); text around them is allowed. Unlike
// pem.Decode it passes over nothing that begins as a block does.
func blocks(data []byte) ([]block, error) {
	var all []block
	line := 1
	for rest := data; ; {
		at := bytes.Index(rest, begin)
		if at < 0 {
			return all, notPEM(data, all)
		}
		line += bytes.Count(rest[:at], []byte("\n"))
		b, after := pem.Decode(rest[at:])
		used := rest[at : len(rest)-len(after)]
		atLineStart := at == 0 || rest[at-1] == '\n'
		if b == nil || !atLineStart || bytes.Count(used, begin) != 1 {
			return nil, fmt.Errorf("line %d: the PEM block that begins there is damaged", line)
		}
		all = append(all, block{b, line})
		line += bytes.Count(used, []byte("\n"))
		rest = after
	}
}

// notPEM says what a file without a PEM block seems to be; nil: it has one.
func notPEM(data []byte, all []block) error {
	switch {
	case len(all) > 0:
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		return fmt.Errorf("it is empty")
	case isDER(data):
		return fmt.Errorf("it is in DER form, and must be in PEM form (for a certificate: openssl x509 -inform der -in FILE -out FILE.pem; for a key: openssl pkey -inform der …; for PKCS #12: openssl pkcs12 …)")
	}
	return fmt.Errorf("it has nothing in PEM form (-----BEGIN …)")
}

// isDER reports whether data begins as the DER form of certificates, keys and lists does.
func isDER(data []byte) bool {
	const sequence, longForm = 0x30, 0x80
	return len(data) > 2 && data[0] == sequence && (data[1]&longForm != 0 || int(data[1])+2 == len(data))
}

// misplaced says that a block has no place in a file; what should be there is wanted.
func misplaced(b block, wanted string) error {
	hint := "remove it"
	switch b.Type {
	case "X509 CRL":
		hint = "put it into a file of its own, and set crl_file"
	case "TRUSTED CERTIFICATE":
		hint = "openssl x509 -in FILE -out FILE.pem makes a plain certificate of it"
	case "PKCS7", "CMS":
		hint = "openssl pkcs7 -in FILE -print_certs -out FILE.pem makes certificates of it"
	}
	return fmt.Errorf("line %d: there is a %.40q, where %s should be: %s", b.line, b.Type, wanted, hint)
}
