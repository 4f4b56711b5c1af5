// Package strict reads a TOML file strictly, and knows the line of everything in it.
//
//   - A program lists the keys of each table ([Key]): what a key is called, what it is by default, and
//     what reads its value. Keys that are in no list are problems.
//   - All problems are reported at once, in file order, each with file, line and key, and what to do.
//   - No input makes it panic, or takes more than a moment: the size of a file and the depth of its
//     nesting are bounded before the TOML library sees it.
//
// What the keys of a program mean it does not know.
package strict
