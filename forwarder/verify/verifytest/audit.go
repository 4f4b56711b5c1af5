package verifytest

import (
	"path/filepath"
	"slices"
	"strings"
)

func (c *Changer) audits() (all []string) {
	for _, path := range c.paths("") {
		if strings.Contains(filepath.Base(path), "audit") {
			all = append(all, path)
		}
	}
	return all
}

// event alters an event.
func (c *Changer) event() Change {
	path, lines, i := c.pick(isEvent, c.audits())
	return c.alter(path, lines, i)
}

// seal removes one.
func (c *Changer) seal() Change {
	path, lines, i := c.pick(isSeal, c.audits())
	o := c.Truth[strings.TrimSuffix(c.text(lines[i]), "\n")]
	c.store(path, slices.Delete(lines, i, i+1))
	if c.Central {
		return Change{Writer: o.Writer, Number: o.Number}
	}
	return Change{File: path}
}

// sealOf is how findings name a seal.
func sealOf(line string) string {
	_, n, _ := strings.Cut(line, " n=")
	n, _, _ = strings.Cut(n, " ")
	return "seal " + n
}

// splice has a seal say that it hangs on another one.
func (c *Changer) splice() Change {
	path, lines, i := c.pick(isSeal, c.audits())
	_, prev, _ := strings.Cut(lines[i], "prev=")
	prev = prev[:64]
	seal := sealOf(lines[i])
	lines[i] = strings.Replace(lines[i], prev, strings.Repeat("ab", 32), 1)
	c.store(path, lines)
	return Change{Seal: seal}
}
