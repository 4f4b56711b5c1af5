package frame

import (
	"encoding/binary"
	"math"
)

// messageHead is the length in bytes of what stands before a message in a payload.
const messageHead = 8

// MessageRoom is how many bytes a message of that length takes in a payload.
func MessageRoom(length int) int { return messageHead + length }

// Message is one of the messages of a frame.
type Message struct {
	Bytes []byte // as it came, but for its framing
	Lost  int    // bytes that were cut off its end; -1: not known how many
}

// AppendMessage appends a message to the payload of a frame of messages. It allocates nothing where
// dst has the room.
func AppendMessage(dst []byte, m Message) []byte {
	lost := uint32(min(m.Lost, math.MaxInt32))
	if m.Lost < 0 {
		lost = math.MaxUint32
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(m.Bytes)))
	dst = binary.LittleEndian.AppendUint32(dst, lost)
	return append(dst, m.Bytes...)
}

// CutMessage cuts the first message off the front of a payload; its bytes are part of that. ok is false
// where the payload is at its end, or is not one of messages.
func CutMessage(payload []byte) (m Message, rest []byte, ok bool) {
	if len(payload) < messageHead {
		return m, nil, false
	}
	n, lost := int64(binary.LittleEndian.Uint32(payload)), binary.LittleEndian.Uint32(payload[4:])
	payload = payload[messageHead:]
	if n > int64(len(payload)) {
		return m, nil, false
	}
	m = Message{Bytes: payload[:n:n], Lost: int(lost)}
	if lost == math.MaxUint32 {
		m.Lost = -1
	}
	return m, payload[n:], true
}

// countMessages counts the whole messages at the start of a payload, and where they end.
func countMessages(payload []byte) (n, end int) {
	for rest := payload; ; n++ {
		_, after, ok := CutMessage(rest)
		if !ok {
			return n, end
		}
		end, rest = len(payload)-len(after), after
	}
}

// Sender is who has sent the messages of a frame: its origin.
type Sender struct {
	Name []byte // proved by a certificate; empty: none has
	Addr []byte // on the network, or the path of a unix socket
}

// MaxSender is the greatest length of a Sender in bytes, as Append writes it.
const MaxSender = 1 + 2*maxOriginField

// Append appends the sender as frames have it. Both fields are cut to 255 bytes.
func (s *Sender) Append(dst []byte) []byte {
	name := short(s.Name)
	dst = append(dst, byte(len(name)))
	return append(append(dst, name...), short(s.Addr)...)
}

// ParseSender reads what Append has written; its slices are parts of b. false: b is something else.
func ParseSender(b []byte) (s Sender, ok bool) {
	if len(b) == 0 || len(b) > MaxSender || len(b) < 1+int(b[0]) {
		return s, false
	}
	n := 1 + int(b[0])
	return Sender{Name: b[1:n], Addr: b[n:]}, len(b)-n <= maxOriginField
}
