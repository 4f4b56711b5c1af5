// Package event has the form of what is told of the log itself, and the table of all that can be
// told. An event is a sentence for people with a block for programs behind it:
//
//	relay central: down: refused; lines wait in the spool {event=relay.down incident=019ac2f4a1b9f3a1.17 relay=central cause=refused}
//
// It stands in the text, since many servers drop structured data. The block ends the text, and no
// other braces are in it: those of a sentence and of values become parentheses. Values are quoted
// where they are more than letters, digits and some marks, and nothing in them is left that moves a
// terminal. So nothing that a line, a peer or a file's name says passes for a key.
//
// The package is pure; its functions may be called from several goroutines.
package event
