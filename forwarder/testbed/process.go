package testbed

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a process of this machine, by its number. What is asked of one that has ended is
// nothing.
type Process int

// Processes are all those of this machine.
func Processes() (all []Process) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1) // what there is of them
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			all = append(all, Process(pid))
		}
	}
	slices.Sort(all)
	return all
}

func (p Process) path(name string) string { return "/proc/" + strconv.Itoa(int(p)) + "/" + name }

// Args are its arguments, the name of its program before them; of a zombie, too, there are none. A
// process in the midst of execve(2) has its new program and no arguments yet, on a busy machine for
// seconds: Args waits for them.
func (p Process) Args() []string {
	if p.Program() == "" {
		return nil // of those of the kernel, which are many, it knows at once
	}
	if args, err := p.args(); len(args) > 0 || err != nil {
		return args
	}
	without := 0 // looks that it was not in execve(2) before
	for end := time.Now().Add(Patience); ; time.Sleep(time.Millisecond) {
		if !p.inExec() {
			without++
		}
		args, err := p.args()
		if len(args) > 0 {
			return args
		}
		if err != nil || p.Program() == "" || without > 1 || time.Now().After(end) { // it may have begun with it behind one
			return nil
		}
	}
}

// args are its arguments as they are. Tests look at all processes of the machine a hundred times a second, and
// so it asks the kernel for no more than it must: os.ReadFile takes twice as many calls.
func (p Process) args() ([]string, error) {
	fd, err := unix.Open(p.path("cmdline"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var all []byte
	for part := make([]byte, 4096); ; {
		n, err := unix.Read(fd, part)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, part[:n]...); n < len(part) {
			break
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return strings.Split(string(bytes.TrimSuffix(all, []byte{0})), "\x00"), nil
}

// inExec reports whether there is no end of its arguments (arg_end in proc_pid_stat(5)).
func (p Process) inExec() bool {
	b, _ := os.ReadFile(p.path("stat"))
	_, fields, _ := strings.Cut(string(b), ") ") // from the third on
	f := strings.Fields(fields)
	return len(f) > 46 && f[46] == "0"
}

// Program is the file that it runs; of a zombie, too, there is none.
func (p Process) Program() string {
	path, _ := os.Readlink(p.path("exe"))
	return path
}

// Status is the file of that name: see proc_pid_status(5).
func (p Process) Status() string {
	b, _ := os.ReadFile(p.path("status"))
	return string(b)
}

// Ignores reports whether it ignores a signal.
func (p Process) Ignores(s unix.Signal) bool { return p.hasInMask("SigIgn", s) }

// Catches reports whether it has a handler of a signal.
func (p Process) Catches(s unix.Signal) bool { return p.hasInMask("SigCgt", s) }

// hasInMask reports whether a set of signals in its status has a signal.
func (p Process) hasInMask(name string, s unix.Signal) bool {
	_, after, _ := strings.Cut(p.Status(), "\n"+name+":\t")
	mask, _, _ := strings.Cut(after, "\n")
	n, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && n>>(s-1)&1 == 1
}

// Descriptors are its open descriptors, with what each leads to.
func (p Process) Descriptors() map[int]string {
	all := make(map[int]string)
	links, _ := filepath.Glob(p.path("fd/*")) // the pattern is good
	for _, link := range links {
		fd, err := strconv.Atoi(filepath.Base(link))
		to, err2 := os.Readlink(link)
		if err == nil && err2 == nil { // it may just have been closed
			all[fd] = to
		}
	}
	return all
}

// Stop has it do nothing until Continue, with its descriptors open. To send SIGSTOP is not enough: the
// other threads of a process go on until the one that takes the signal is given a processor, which on a
// busy machine is milliseconds.
func (p Process) Stop(t testing.TB) {
	t.Helper()
	p.signal(t, unix.SIGSTOP)
	Eventually(t, fmt.Sprintf("each thread of process %d stands", p), p.stands)
}

// Continue ends Stop.
func (p Process) Continue(t testing.TB) {
	t.Helper()
	p.signal(t, unix.SIGCONT)
}

func (p Process) signal(t testing.TB, signal unix.Signal) {
	t.Helper()
	if err := unix.Kill(int(p), signal); err != nil {
		t.Fatalf("%v for process %d: %v", signal, p, err)
	}
}

// stands reports whether each of its threads is stopped (state T in proc_pid_stat(5)).
func (p Process) stands() bool {
	threads, _ := filepath.Glob(p.path("task/*/stat")) // the pattern is good
	for _, thread := range threads {
		b, err := os.ReadFile(thread)
		if _, state, _ := strings.Cut(string(b), ") "); err == nil && !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(threads) > 0
}

var isResident = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

// Memory is what it has resident, in KiB.
func (p Process) Memory(t testing.TB) int {
	t.Helper()
	m := isResident.FindStringSubmatch(p.Status())
	if m == nil {
		t.Fatalf("process %d does not tell its memory", p)
	}
	kib, _ := strconv.Atoi(m[1]) // digits
	return kib
}

// CPU is for how long it has computed, to the hundredth of a second.
func (p Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	b, err := os.ReadFile(p.path("stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // from the third on
	user, _ := strconv.Atoi(fields[11])                                 // digits
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// PeakMemory is the most that it ever had resident, in KiB.
func (p Process) PeakMemory(t testing.TB) int {
	t.Helper()
	m := highWater.FindStringSubmatch(p.Status())
	if m == nil {
		t.Fatalf("process %d does not tell its memory", p)
	}
	kib, _ := strconv.Atoi(m[1]) // digits
	return kib
}
