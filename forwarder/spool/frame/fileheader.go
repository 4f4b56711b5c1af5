package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"
)

const (
	// MinFileHeader and MaxFileHeader are the lengths in bytes of a file's header with both names
	// empty, and with both as long as they may be.
	MinFileHeader = 44
	MaxFileHeader = MinFileHeader + 2*MaxName
	// MaxName is the greatest length of a host's or a stream's name in bytes.
	MaxName = 1024

	fileMagic = "HSPOOL"
	// The format versions: older programs leave files of the later one alone.
	versionLines    = 1
	versionMessages = 2

	hostOffset = 36
)

// castagnoli is made when it is first used: a front has no use for it, and a tenth of a
// millisecond less to its start is worth having.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// ErrVersion is returned for a file of a format version that this program does
// not know.
var ErrVersion = errors.New("spool file of another format version")

// ErrShortHeader: the header is not all there yet, or never will be.
var ErrShortHeader = errors.New("short header")

// FileHeader is what a spool file says of its writer.
type FileHeader struct {
	File   FileID
	Start  time.Time // of the writer
	Host   string    // host name for what the file holds
	Stream string    // name of the stream; "" is invalid
	// Messages says that the file is one of messages, by its format version.
	Messages bool
}

// MessageStream is the name of the stream that files of messages have.
const MessageStream = "messages of a collector"

// Append appends the header as files have it.
func (h *FileHeader) Append(b []byte) []byte {
	at := len(b)
	b = append(b, fileMagic...)
	version := uint16(versionLines)
	if h.Messages {
		version = versionMessages
	}
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(MinFileHeader+len(h.Host)+len(h.Stream)))
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

// ParseFileHeader reads a header at the start of b and returns its length.
func ParseFileHeader(b []byte) (h FileHeader, n int, err error) {
	if len(b) < 12 {
		return h, 0, ErrShortHeader
	}
	if string(b[:6]) != fileMagic {
		return h, 0, errors.New("not a spool file")
	}
	v := binary.LittleEndian.Uint16(b[6:])
	if v != versionLines && v != versionMessages {
		return h, 0, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	n = int(binary.LittleEndian.Uint32(b[8:]))
	if n < MinFileHeader || n > MaxFileHeader {
		return h, 0, fmt.Errorf("header of %d bytes", n)
	}
	if len(b) < n {
		return h, 0, ErrShortHeader
	}
	b = b[:n]
	if crc32.Checksum(b[:n-4], castagnoli()) != binary.LittleEndian.Uint32(b[n-4:]) {
		return h, 0, errors.New("wrong checksum in the header")
	}
	host := int(binary.LittleEndian.Uint16(b[hostOffset:]))
	if MinFileHeader+host > n {
		return h, 0, errors.New("host name longer than the header")
	}
	stream := b[hostOffset+2+host:]
	if int(binary.LittleEndian.Uint16(stream)) != n-MinFileHeader-host {
		return h, 0, errors.New("stream name of another length than the header's")
	}
	h.File = FileID{
		Writer: WriterID{binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint32(b[20:])},
		Number: binary.LittleEndian.Uint32(b[24:]),
	}
	h.Messages = v == versionMessages
	h.Start = time.Unix(0, int64(binary.LittleEndian.Uint64(b[28:])))
	h.Host = string(b[hostOffset+2 : hostOffset+2+host])
	h.Stream = string(stream[2 : n-MinFileHeader-host+2])
	return h, n, nil
}
