package source

import (
	"bytes"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/ledger"
)

// parser makes events of the lines of one file.
type parser struct {
	path     string
	local    bool          // its lines may have the form of audit_log
	m        *gather.Maker // for Routine alone
	message  central.Message
	hosts    map[string]string // so that each name is in memory once
	routines map[string]*gather.Routine
	order    []*gather.Routine
	latest   *gather.Routine // the one of the routine event before
	told     event.Told      // of heartbeats, one after the other
	events   []gather.Event
}

var (
	newline     = []byte{'\n'}
	dash        = []byte{'-'}
	block       = []byte(" {event=")
	blockEnd    = []byte{'}'}
	sealLines   = []byte(event.SealLines.Code)
	sealFile    = []byte(event.SealFile.Code)
	sealCentral = []byte(event.SealCentral.Code)
	beat        = []byte(event.Heartbeat.Code)
	headEnd     = []byte("] ")
	headID      = []byte("]: [ID ")
	ourTag      = []byte(" httpd_syslog[")
)

// found is an event in a line.
type found struct {
	host, pid []byte
	number    uint64
	time      time.Time
	text      []byte
	code      []byte
}

// hasEvent reports whether some lines have an event of a message of RFC 5424.
func hasEvent(data []byte) bool {
	var m central.Message
	for line := range bytes.SplitSeq(data, newline) {
		if m.Parse(line) == central.Numbered && m.Row.Audit {
			return true
		}
	}
	return false
}

// parse parses a line without LF. It reports false where the line is no event.
func (p *parser) parse(line []byte, f *found) bool {
	if line[len(line)-1] != '}' {
		return false
	}
	if line[0] == '<' {
		return p.parseMessage(line, f)
	}
	return p.local && parseLocal(line, f)
}

// cutCode finds the code of the event in the text. It reports false where there is none.
func (f *found) cutCode() bool {
	at := bytes.Index(f.text, block)
	if at < 0 {
		return false
	}
	f.code = f.text[at+len(block):]
	if end := bytes.IndexByte(f.code, ' '); end >= 0 {
		f.code = f.code[:end]
	}
	f.code = bytes.TrimSuffix(f.code, blockEnd)
	return true
}

// isSeal reports whether the event is a seal of lines or of a file, of which no more counts than the moment.
func (f *found) isSeal() bool { return bytes.Equal(f.code, sealLines) || bytes.Equal(f.code, sealFile) }

// parseMessage parses a message of RFC 5424.
func (p *parser) parseMessage(line []byte, f *found) bool {
	m := &p.message
	if m.Parse(line) != central.Numbered || !m.Row.Audit {
		return false
	}
	f.host, f.number, f.text = m.Host, m.Number, m.Text
	if !f.cutCode() {
		return false
	}
	if f.isSeal() {
		f.time = m.Moment()
	} else {
		f.pid, _, _ = bytes.Cut(m.ProcID, dash)
		f.time = m.Time()
	}
	return !f.time.IsZero()
}

// parseLocal parses a line of audit_log.
func parseLocal(line []byte, f *found) bool {
	end := bytes.Index(line, headEnd)
	tag := bytes.Index(line, ourTag)
	id := bytes.Index(line, headID)
	if tag < 0 || id < tag || end < id+len(headID) {
		return false
	}
	told, number, ok := ledger.ParseLocal(line[:end+len(headEnd)])
	if !ok {
		return false
	}
	f.host = line[bytes.IndexByte(line, ' ')+1 : tag]
	f.pid = line[tag+len(ourTag) : id]
	f.number, f.time, f.text = number, told.Time, line[end+len(headEnd):]
	return f.cutCode()
}

// block takes in the lines of a block, and gives away what is no routine.
func (p *parser) block(b archive.Block, give func([]gather.Event) error) error {
	var f found
	n := b.Line
	data := b.Data
	for ; len(data) > 0; n++ {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break // too long for a line
		}
		if end > 0 && p.parse(data[:end], &f) {
			p.take(&f, n)
		}
		data = data[end+1:]
		if len(p.events) >= maxBatch {
			if err := p.flush(give); err != nil {
				return err
			}
		}
	}
	return nil
}

const maxBatch = 500

func (p *parser) flush(give func([]gather.Event) error) error {
	if len(p.events) == 0 {
		return nil
	}
	events := p.events
	p.events = nil
	return give(events)
}

// take takes in an event.
func (p *parser) take(f *found, line int64) {
	if f.isSeal() {
		p.routine(f.host).Seal(f.time)
		return
	}
	place := gather.Place{File: p.path, Line: line}
	if bytes.Equal(f.code, sealCentral) {
		p.routine(f.host).Central(f.time, place)
		return
	}
	text := string(f.text)
	if bytes.Equal(f.code, beat) {
		if p.told.Parse(text) {
			p.routine(f.host).Heartbeat(f.time, place, &p.told)
		}
		return
	}
	told, ok := event.Parse(text)
	if !ok {
		return
	}
	told.Code = strings.Clone(told.Code)
	p.events = append(p.events, gather.Event{Host: p.name(f.host), PID: string(f.pid), Number: f.number, Time: f.time, Told: told, Text: text, At: place})
}

// maxHosts bounds the hosts that one file can name.
const maxHosts = 10000

func (p *parser) name(host []byte) string {
	name, known := p.hosts[string(host)]
	if !known {
		name = string(host)
		if len(p.hosts) < maxHosts {
			p.hosts[name] = name
		}
	}
	return name
}

// routine is what a host's seals and heartbeats come to.
func (p *parser) routine(host []byte) *gather.Routine {
	if p.latest != nil && p.latest.Host == string(host) {
		return p.latest
	}
	r := p.routines[string(host)]
	if r == nil {
		r = p.m.Routine(string(host))
		if len(p.routines) < maxHosts {
			p.routines[r.Host] = r
			p.order = append(p.order, r)
		}
	}
	p.latest = r
	return r
}
