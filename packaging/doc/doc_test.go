// Package doc_test holds the pages to the program: README.md, those beside this file, forwarder's,
// CONTRIBUTING.md and the manual.
package doc_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tree is the root of the source, as seen from here.
const tree = "../.."

// maxReadme is how many bytes README.md may have: it is for users, and the rest has pages of its own.
const maxReadme = 10 << 10

func TestReadmeIsShort(t *testing.T) {
	if n := len(read(t, "README.md")); n > maxReadme {
		t.Errorf("README.md has %d bytes, %d at most; move what is no first-time user's to a page of packaging/doc", n, maxReadme)
	}
}

// pages are all of them, as paths in the tree.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "forwarder/README.md"}
	for _, file := range filesOf(t, ".md", "packaging/doc") {
		all = append(all, strings.TrimPrefix(file, tree+"/"))
	}
	return all
}

// read returns a file of the tree.
func read(t *testing.T, path string) string {
	t.Helper()
	return readPath(t, filepath.Join(tree, path))
}

func readPath(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// filesOf are the files below some directories of the tree whose name ends so.
func filesOf(t *testing.T, suffix string, dirs ...string) (files []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(tree, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// cell ends one: a bar that is not escaped.
var cell = regexp.MustCompile(` \| `)

// tablesOf are the rows of all tables of a page, without their heads.
func tablesOf(t *testing.T, page string) (rows [][]string) {
	t.Helper()
	lines := strings.Split(read(t, page), "\n")
	for i, line := range lines {
		isHead := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|---")
		if strings.HasPrefix(line, "| ") && !isHead {
			rows = append(rows, cell.Split(strings.Trim(strings.TrimSuffix(line, "|"), "| ")+" ", -1))
		}
	}
	return rows
}
