// Package sealing makes the seals of the local log: it hashes each writer's texts and each file's bytes on
// their way, and ends all hashes together in a commit. Package seal says what a seal says.
//
// # Guarantees
//
// Everything that the local log reads is in a seal of its writer, and every byte that it writes in one of its
// file, once, in order, whatever dies when. The states of the hashes, and the texts of the last seals, are
// part of the record of the local log, and belong to its position and to the sizes of its files. A seal is in
// the record before it is told. A start tells those of the last moments again, word for word. So the death of the
// process, or a power failure, makes no hole in the chain, and no second seal with a number.
//
// An older state directory than the one that told the last seal in audit_log does not go on with the chain:
// it begins another one. Where bytes were put into a file, cut from it or exchanged by others, the piece ends,
// and another one begins where the local log goes on: with an event.
//
// # One hash for both
//
// While one writer alone fills a file, the file's piece is the writer's: its texts, and nothing else. Nothing
// is hashed twice then. The file's piece gets a hash of its own, from the state of the writer's, as soon as
// anything else is written to the file, or the writer's lines are not written to it: they go to another one since
// their stream has got that, or the file cannot be written.
//
// # The batch in hand
//
// Texts are hashed when they are read, and are part of the position when they are written. In between lies
// a batch, and a commit can come in the midst of it. So each writer's piece has, besides its state, the one
// that it had where the batch began; the record gets that one. Seals of writers are made only while no batch
// is in hand.
package sealing
