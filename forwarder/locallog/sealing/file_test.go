package sealing

import (
	"fmt"
	"testing"
)

// steps is what a local log with three files may see; each ends where it can commit.
func steps(s *site) []func() {
	a, b, c := s.sender(3, 7, "access"), s.sender(2, 9, "access"), s.sender(1, 8, "error")
	events := c.events()
	return []func(){
		func() { s.write("access_log", a, "1\n2\n") },         // a file that is a writer's alone
		func() { s.write("error_log", c, "error\n") },         // and another one's
		func() { s.write("access_log", a, "3\n") },            // it goes on so
		func() { s.write("other_log", events, "happened\n") }, // events of a writer that has lines too
		func() { s.seal() },
		func() { s.write("access_log", a, "4\n") },
		func() { s.write("access_log", b, "b1\n") }, // and becomes one of two
		func() { s.write("access_log", a, "5\n6\n") },
		func() { s.write("error_log", a, "7\n") }, // two files of one writer, after another's line
		func() { s.write("error_log", c, "more\n") },
		func() { s.write("other_log", events, "again\n") },
		func() { s.seal() },
		func() { s.write("access_log", a, "8\n") },
		func() { s.write("other_log", a, "9\n") }, // of which each has some of the writer's lines alone
		func() { s.rotate("access_log") },
		func() { s.write("access_log", b, "b2\n") },
		func() { s.seal() },
		func() { s.rotate("access_log") }, // without anything that is not sealed
		func() { s.write("access_log", b, "b3\n") },
		func() { s.seal() },
	}
}

const stepsSealed = `1: 8-0000000000000001 error audit 1-1 (1) 1-1
2: 8-0000000000000001 error lines 1-1 (1) 1-1
3: 7-0000000000000003 access lines 1-3 (3) 1-3
4: access_log since 4 0-6
5: error_log since 5 0-6
6: other_log since 6 0-9
7: 8-0000000000000001 error audit 2-2 (1) 2-2
8: 8-0000000000000001 error lines 2-2 (1) 2-2
9: 9-0000000000000002 access lines 1-1 (1) 1-1
10: 7-0000000000000003 access lines 4-7 (4) 4-7
11: access_log since 4 6-15
12: error_log since 5 6-13
13: other_log since 6 9-15
14: 7-0000000000000003 access lines 8-9 (2) 8-9
15: access_log since 4 15-17
16: other_log since 6 15-17
17: 9-0000000000000002 access lines 2-2 (1) 2-2
18: access_log since 18 0-3
19: 9-0000000000000002 access lines 3-3 (1) 3-3
20: access_log since 20 0-3
`

// TestSealsAreOfWhatWasWritten: of each writer's texts and of each file's bytes, once and in order; whenever the process
// dies or is begun again.
func TestSealsAreOfWhatWasWritten(t *testing.T) {
	s := newSite(t)
	all := steps(s)
	for _, step := range all {
		step()
	}
	s.check()
	if got := s.seals(); got != stepsSealed {
		t.Errorf("seals:\n%s", got)
	}
	for died := range all {
		for _, recorded := range []bool{true, false} {
			t.Run(fmt.Sprintf("step %d recorded %v", died, recorded), func(t *testing.T) {
				s := newSite(t)
				for n, step := range steps(s) {
					before := s.commits
					step()
					if n == died && !recorded && s.commits == before {
						s.kill()
						step()
					}
					s.commit()
					if n == died && recorded {
						s.kill()
					}
				}
				s.check()
				if got := s.seals(); got != stepsSealed {
					t.Errorf("seals:\n%s", got)
				}
			})
		}
	}
}
