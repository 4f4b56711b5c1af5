package leaktest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ofTheRuntime is what Go itself opens once, when it is first needed.
var ofTheRuntime = []string{"anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[pidfd]", "/sys/fs/cgroup/", "/dev/urandom", "/dev/null"}

// descriptors are those of this process, each with what it leads to.
func descriptors() map[string]string {
	all := make(map[string]string)
	links, _ := filepath.Glob("/proc/self/fd/*") // the pattern is good
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil { // else it was Glob's
			all[link] = to
		}
	}
	return all
}

// openedSince are the descriptors that were not there before.
func openedSince(before map[string]string) (left []string) {
	for fd, to := range descriptors() {
		ofTests := slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasSuffix(arg, "="+to) }) // a profile
		ofGo := slices.ContainsFunc(ofTheRuntime, func(prefix string) bool { return strings.HasPrefix(to, prefix) })
		if before[fd] != to && !ofTests && !ofGo {
			left = append(left, "descriptor "+filepath.Base(fd)+": "+to)
		}
	}
	return left
}

// children are this process's, zombies too.
func children() (left []string) {
	lists, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is good
	for _, list := range lists {
		b, _ := os.ReadFile(list) // the thread may have ended
		for pid := range strings.FieldsSeq(string(b)) {
			cmdline, _ := os.ReadFile("/proc/" + pid + "/cmdline") // of a zombie: nothing
			left = append(left, "child process "+pid+": "+strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
	}
	return left
}

// OpenIn counts the descriptors that this process has of files in a directory.
func OpenIn(dir string) (n int) {
	for _, to := range descriptors() {
		if filepath.Dir(to) == dir {
			n++
		}
	}
	return n
}
