package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"
)

const (
	fileMagic  = "HSPOOL"
	version    = 1
	minHeader  = 44 // both names empty
	maxHeader  = 44 + 2*maxName
	maxName    = 1024
	hostOffset = 36
)

// castagnoli is made when it is first used: a front has no use for it, and a tenth of a
// millisecond less to its start is worth having.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// ErrVersion is returned for a file of a format version that this program does
// not know.
var ErrVersion = errors.New("spool file of another format version")

// errShort: the header is not all there yet, or never will be.
var errShort = errors.New("short header")

// Header is what a spool file says of its writer.
type Header struct {
	File   FileID
	Start  time.Time // of the writer
	Host   string    // host name for what the file holds
	Stream string    // name of the stream; "" is invalid
}

var errHeaderLen = errors.New("header shorter than the length it gives")

func (h *Header) append(b []byte) []byte {
	at := len(b)
	b = append(b, fileMagic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(minHeader+len(h.Host)+len(h.Stream)))
	b = binary.LittleEndian.AppendUint64(b, h.File.Writer.ID)
	b = binary.LittleEndian.AppendUint32(b, h.File.Writer.PID)
	b = binary.LittleEndian.AppendUint32(b, h.File.Number)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Start.UnixNano()))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.Host)))
	b = append(b, h.Host...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.Stream)))
	b = append(b, h.Stream...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli()))
}

// parseHeader reads a header at the start of b and returns its length.
func parseHeader(b []byte) (h Header, n int, err error) {
	if len(b) < 12 {
		return h, 0, errShort
	}
	if string(b[:6]) != fileMagic {
		return h, 0, errors.New("not a spool file")
	}
	if v := binary.LittleEndian.Uint16(b[6:]); v != version {
		return h, 0, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	n = int(binary.LittleEndian.Uint32(b[8:]))
	if n < minHeader || n > maxHeader {
		return h, 0, fmt.Errorf("header of %d bytes", n)
	}
	if len(b) < n {
		return h, 0, errShort
	}
	b = b[:n]
	if crc32.Checksum(b[:n-4], castagnoli()) != binary.LittleEndian.Uint32(b[n-4:]) {
		return h, 0, errors.New("wrong checksum in the header")
	}
	host := int(binary.LittleEndian.Uint16(b[hostOffset:]))
	if minHeader+host > n {
		return h, 0, errors.New("host name longer than the header")
	}
	stream := b[hostOffset+2+host:]
	if int(binary.LittleEndian.Uint16(stream)) != n-minHeader-host {
		return h, 0, errors.New("stream name of another length than the header's")
	}
	h.File = FileID{
		Writer: WriterID{binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint32(b[20:])},
		Number: binary.LittleEndian.Uint32(b[24:]),
	}
	h.Start = time.Unix(0, int64(binary.LittleEndian.Uint64(b[28:])))
	h.Host = string(b[hostOffset+2 : hostOffset+2+host])
	h.Stream = string(stream[2 : n-minHeader-host+2])
	return h, n, nil
}
