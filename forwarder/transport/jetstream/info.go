package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// streamInfo is what JetStream says of a stream, as far as it is looked at.
type streamInfo struct {
	Config  streamConfig `json:"config"`
	State   streamState  `json:"state"`
	Cluster *clusterInfo `json:"cluster"`
	Total   int          `json:"total"` // of subjects, of which there are some
	Error   *apiError    `json:"error"`
}

// streamConfig is how a stream is set up.
type streamConfig struct {
	Subjects []string        `json:"subjects"`
	Mirror   json.RawMessage `json:"mirror"`
	FirstSeq uint64          `json:"first_seq"`
	Sealed   bool            `json:"sealed"`
	keeping
	taking
}

// keeping is what a stream keeps, and how.
type keeping struct {
	Retention   string        `json:"retention"`
	Storage     string        `json:"storage"`
	PersistMode string        `json:"persist_mode"`
	Replicas    int           `json:"num_replicas"`
	MaxAge      time.Duration `json:"max_age"`
	DenyDelete  bool          `json:"deny_delete"`
	DenyPurge   bool          `json:"deny_purge"`
	AllowRollup bool          `json:"allow_rollup_hdrs"`
	AllowTTL    bool          `json:"allow_msg_ttl"`
	AllowDirect bool          `json:"allow_direct"`
}

// taking is how much a stream takes. A number below 1 is no limit.
type taking struct {
	Discard              string `json:"discard"`
	DiscardNewPerSubject bool   `json:"discard_new_per_subject"`
	MaxBytes             int64  `json:"max_bytes"`
	MaxMsgs              int64  `json:"max_msgs"`
	MaxMsgsPerSubject    int64  `json:"max_msgs_per_subject"`
	MaxMsgSize           int    `json:"max_msg_size"`
	NoAck                bool   `json:"no_ack"`
}

// streamState is what a stream has.
type streamState struct {
	FirstSeq uint64            `json:"first_seq"`
	LastSeq  uint64            `json:"last_seq"`
	Deleted  uint64            `json:"num_deleted"` // between them
	Subjects map[string]uint64 `json:"subjects"`    // number of entries
}

// clusterInfo is where a stream is.
type clusterInfo struct {
	Leader   string `json:"leader"`
	Replicas []struct {
		Name    string `json:"name"`
		Current bool   `json:"current"`
		Offline bool   `json:"offline"`
	} `json:"replicas"` // but the leader
}

// infoRequest asks for a stream's subjects as well, which come by pages.
type infoRequest struct {
	Filter string `json:"subjects_filter,omitempty"`
	Offset int    `json:"offset,omitempty"`
}

// streamInfo asks about a stream.
func (l *link) streamInfo(ctx context.Context, stream string, r infoRequest) (*streamInfo, error) {
	var body []byte
	if r != (infoRequest{}) {
		body, _ = json.Marshal(r) // a string and a number
	}
	answer, err := l.exchange(ctx, &nats.Msg{Subject: fmt.Sprintf(apiInfo, stream), Data: body}, noWait)
	if err != nil {
		return nil, err
	}
	i := new(streamInfo)
	if err := json.Unmarshal(answer.Data, i); err != nil {
		return nil, fmt.Errorf("the answer to %s cannot be read: %w", fmt.Sprintf(apiInfo, stream), err)
	}
	if i.Error != nil {
		return nil, i.Error.explain(stream)
	}
	return i, nil
}

// covers reports whether a stream takes a subject.
func (i *streamInfo) covers(subject string) bool {
	for _, pattern := range i.Config.Subjects {
		if matches(pattern, subject) {
			return true
		}
	}
	return false
}

// subjects are those that a stream takes, in words that do nothing to a terminal.
func (i *streamInfo) subjects() string {
	const most = 20
	var all []string
	for n, s := range i.Config.Subjects {
		if n == most {
			return strings.Join(append(all, "…"), ", ")
		}
		all = append(all, shown(s))
	}
	return strings.Join(all, ", ")
}

// matches reports whether all that a subject stands for, which may end with >, is in a pattern.
func matches(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, word := range p {
		switch {
		case word == ">":
			return i < len(s)
		case i >= len(s), s[i] == ">", word != "*" && word != s[i]:
			return false
		}
	}
	return len(p) == len(s)
}
