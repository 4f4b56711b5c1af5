package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxFiles bounds a search.
const maxFiles = 1 << 20

var errTooMany = errors.New("there are too many files")

// Find returns the paths of the regular files at a path: itself, or those in the directory and below,
// in the order of their names. Links below the path are not followed. A part that cannot be read
// is an error; the paths of the others come with it.
func Find(root string) (paths []string, err error) {
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	var errs []error
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			errs = append(errs, err)
		case d.Type().IsRegular():
			paths = append(paths, path)
		}
		if len(paths) >= maxFiles {
			return fmt.Errorf("%s: %w", root, errTooMany)
		}
		return nil
	})
	slices.Sort(paths)
	return paths, errors.Join(append(errs, err)...)
}

// open opens a regular file, and does not wait for a named pipe that has taken its place.
func open(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no regular file")}
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
