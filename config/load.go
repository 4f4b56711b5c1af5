package config

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"httpd-syslog/config/strict"
)

// Load reads and validates the file at path. Where there is none, the error is fs.ErrNotExist by
// errors.Is. What is wrong with the content is [strict.Errors].
func Load(path string) (*Config, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// ReadFile reads the file at path for [Parse] and [Salvage]. It refuses what is not a regular
// file (or /dev/null) and does not wait for one, and reads just enough of a file that is too
// large for Parse to say so.
func ReadFile(path string) ([]byte, error) {
	// Opening a pipe without O_NONBLOCK waits for its writer, and the web server with us.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && path != os.DevNull {
		return nil, fmt.Errorf("read %s: not a regular file", path)
	}
	return io.ReadAll(io.LimitReader(f, strict.MaxFile+1))
}

// Parse is [Load] of data already read; name is used in messages. Every error is a [strict.Errors].
func Parse(name string, data []byte) (*Config, error) {
	doc, problem := strict.Parse(name, data)
	if problem != nil {
		return nil, strict.Errors{*problem}
	}
	c := Default()
	n := newNames(c.Streams)
	doc.Read(c.keys(), c.tables(n))
	c.check(doc.Top())
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return c, nil
}
