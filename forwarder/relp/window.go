package relp

// window is the messages of a session that are sent and not answered. A message's number is 0
// for the first one that was sent. Not for concurrent use.
type window struct {
	ends     []uint64 // of each message, by its number modulo the window's size, in bytes given to Send
	answered []bool   // likewise: answered before one that was sent earlier
	first    uint64   // number of the oldest message without an answer
	next     uint64   // number of the next message
	accepted uint64   // bytes up to the first message without an answer
}

func newWindow(size int) window {
	return window{ends: make([]uint64, size), answered: make([]bool, size)}
}

// unanswered is how many messages lie between the oldest without an answer and the next one.
func (w *window) unanswered() uint64 { return w.next - w.first }

// free is how many more messages the window can have.
func (w *window) free() int { return len(w.ends) - int(w.unanswered()) }

// push notes the next message. end is how many bytes Send was given up to its end. There must be a free place.
func (w *window) push(end uint64) {
	w.ends[w.next%uint64(len(w.ends))] = end
	w.next++
}

// answer notes that a message in the window was answered 200. It returns false if it was before.
func (w *window) answer(number uint64) bool {
	size := uint64(len(w.ends))
	if w.answered[number%size] {
		return false
	}
	w.answered[number%size] = true
	for w.first < w.next && w.answered[w.first%size] {
		i := w.first % size
		w.answered[i] = false
		w.accepted = w.ends[i]
		w.first++
	}
	return true
}

// txnr is the transaction number of a message; the command open had the first one.
func txnr(number uint64) uint32 { return uint32((number+1)%maxTXNR + 1) }
