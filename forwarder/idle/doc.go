// Package idle is how a process that waits costs nothing: how often it looks for what
// nothing tells it of (Rhythm), what it waits with (PatientTimer, Alarm), and what it gives back
// to the kernel meanwhile (LetGoOfCode).
package idle
