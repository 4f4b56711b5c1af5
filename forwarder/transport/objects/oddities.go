package objects

import (
	"fmt"

	"httpd-syslog/forwarder/transport"
)

// maxOddities bounds what is told: who may write to a bucket can make any number.
const maxOddities = 1000

// oddities are what is found, each of bounded length and in printable characters.
type oddities struct {
	all  []transport.Oddity
	more int
}

func (o *oddities) tell(key, format string, args ...any) {
	if len(o.all) == maxOddities {
		o.more++
		return
	}
	o.all = append(o.all, transport.Oddity{Where: printable(key), What: fmt.Sprintf(format, args...)})
}

func (o *oddities) told() []transport.Oddity {
	if o.more > 0 {
		return append(o.all, transport.Oddity{Where: "the bucket", What: fmt.Sprintf("has %d more of such", o.more)})
	}
	return o.all
}
