// Package relay is the consumer of the spool that sends to a central server. A relay may have several
// servers, and sends to one of them at a time.
//
// Its loop is one sentence, and each word of it a place in the code:
//
//	read      the spool's frames, by the time of receipt       Relay.sendAll, spool.Reader
//	encode    lines to messages, as many as one Send takes     Relay.encode, batch
//	send      a batch over the session to a server             Relay.send, transport.Session
//	accepted? what the server has taken, and may still lose    Relay.accept, window.Window
//	commit    the position, once a second and at a clean end   Relay.commitLater, consumer.Progress
//
// # Guarantees
//
// Every line of the relay's streams is sent until a server has accepted it, in the order of the
// spool. What accepted means is package transport's. After an end that was not in good order, of a
// session or of this process, sending begins again at what is safe (package window); repeats have
// the same PROCID and sequenceId as before. A message that a server does not take is found and
// proven (package doubt), and cut or set aside (package refusal), so that it holds up no other.
//
// Connecting is tried again for ever, with growing waits of full jitter. Events tell of an outage
// once when it begins, once when it is over, and when its reason changes.
//
// # What can be lost
//
// Lines that a server had acknowledged, beyond Rewind and RewindBytes, before it died without having
// read them. Lines that the deliverer asks to give up, because the spool is above its largest size.
// Both leave a gap in sequenceId; lines given up are counted, and told by an event.
//
// The package knows nothing of the local log, of the deliverer, or of who reads status.
package relay
