package collector

import "httpd-syslog/forwarder/collector/numbers"

// Bounds of the files that are begun on a day. What a sender says of hosts and kinds becomes names of files: beyond
// a bound lines go to one file of the sender's for all the others.
const (
	mostFiles    = 1000   // of a sender
	mostAllFiles = 50_000 // of all
)

// fresh counts files that were begun on a day by this process, by sender.
type fresh map[*numbers.Sender]int

// take counts a file; false: the sender may not begin another one. all is how many there are.
func (f fresh) take(s *numbers.Sender, all int) bool {
	if f[s] >= mostFiles || all >= mostAllFiles {
		return false
	}
	f[s]++
	return true
}

// tell tells once that the sender is at a bound.
func (f fresh) tell(to numbers.Teller, s *numbers.Sender) {
	if f[s] > mostFiles {
		return
	}
	f[s] = mostFiles + 1
	to.Full(s, numbers.Row{}, "files on a day", mostFiles)
}
