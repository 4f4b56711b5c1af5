package strict

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a file.
type Problem struct {
	// File is the name that was given to [Parse].
	File string
	// Line counts from 1.
	Line int
	// Column counts characters from 1, where the text is not TOML. 0: the whole line.
	Column int
	// Key names the key in the form that the file has: `state_dir`, `[log] max_size` or
	// `[[relay]] "central" servers`. Empty where the text is not TOML.
	Key string
	// Msg says what is wrong, and in parentheses what to do. It is one line.
	Msg string
}

// String returns `FILE:LINE: KEY: MSG`, or `FILE:LINE:COLUMN: MSG` where the text is not TOML.
func (p Problem) String() string {
	where := fmt.Sprintf("%s:%d:", p.File, p.Line)
	if p.Column > 0 {
		where += fmt.Sprintf("%d:", p.Column)
	}
	if p.Key != "" {
		where += " " + p.Key + ":"
	}
	return where + " " + p.Msg
}

// Errors is everything that is wrong with a file, in its order.
type Errors []Problem

// Error returns one line for each problem.
func (e Errors) Error() string {
	var b strings.Builder
	for i, p := range e {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}
