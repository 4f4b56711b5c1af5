package measure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// parentOf maps each process of the machine to its parent.
func parentOf() map[int]int {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	parents := make(map[int]int, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if s := statFields(b); len(s) > 1 {
			parents[pid], _ = strconv.Atoi(s[1])
		}
	}
	return parents
}

// statFields are the fields of /proc/PID/stat that follow the name.
func statFields(b []byte) []string {
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
}

// Descendants are the processes below this one, except one and what is below it.
func Descendants(except int) (pids []int) {
	parents := parentOf()
	for pid := range parents {
		for p := parents[pid]; p != 0 && pid != except && p != except; p = parents[p] {
			if p == os.Getpid() {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids
}

// Ticks is the CPU time that a process has used; ps counts in 1/100 s.
func Ticks(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	s := statFields(b)
	if err != nil || len(s) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(s[11])
	system, _ := strconv.Atoi(s[12])
	return user + system
}

// CPUOf is the CPU time that processes have used, by their clocks (clock_getcpuclockid(3)):
// in ticks, 128 processes that have just started would have used none.
func CPUOf(pids []int) (d time.Duration) {
	const scheduled = 2
	for _, pid := range pids {
		var t unix.Timespec
		if unix.ClockGettime(int32(^pid<<3|scheduled), &t) == nil { // else it has ended
			d += time.Duration(t.Nano())
		}
	}
	return d
}

// statusNumber is the number after key in the text of /proc/PID/status.
func statusNumber(b []byte, key string) int {
	_, after, ok := bytes.Cut(b, []byte("\n"+key+":"))
	f := bytes.Fields(after[:min(len(after), 40)])
	if !ok || len(f) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(string(f[0]))
	return n
}

// ResidentMB is what a process holds, or with VmHWM the most it has held.
func ResidentMB(pid int, key string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // none: it has ended
	return float64(statusNumber(b, key)) / 1024
}

// Switches are the voluntary context switches of all of a process's threads.
func Switches(pid int) (n int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		n += statusNumber(b, "voluntary_ctxt_switches")
	}
	return n
}

// Memory follows the resident memory of all descendants.
type Memory struct {
	except int
	peaks  map[int]float64
	stop   chan struct{}
	done   chan struct{}
}

// WatchMemory begins to follow that of the descendants, except one and what is below it.
func WatchMemory(except int) *Memory {
	m := &Memory{except: except, peaks: make(map[int]float64), stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		for {
			m.sample()
			select {
			case <-m.stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return m
}

func (m *Memory) sample() {
	for _, pid := range Descendants(m.except) {
		m.peaks[pid] = max(m.peaks[pid], ResidentMB(pid, "VmHWM"))
	}
}

// Peak ends it: the sum of each process's most, and the largest of them.
func (m *Memory) Peak() (sum, largest float64) {
	close(m.stop)
	<-m.done
	m.sample()
	for _, v := range m.peaks {
		sum, largest = sum+v, max(largest, v)
	}
	return sum, largest
}
