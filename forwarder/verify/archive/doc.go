// Package archive reads log files as somebody has kept them, plain and compressed, block by block:
// each block has whole lines. What is wrong with a file itself, a second gzip member for example, is
// a flaw that is told beside its lines.
//
// Files are only read, and only regular ones are: a named pipe or a link in a directory of logs would
// have the reader wait, or look elsewhere. The memory for one file is bounded, whatever is in it.
package archive
